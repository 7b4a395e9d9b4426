import type { Answer } from "dns-packet";
import { describe, expect, it } from "vitest";

import { judgeMx } from "../../probes/mx/judge.ts";
import { lookUpMx } from "../../probes/mx/mx-set.ts";
import type { DnsType } from "../../src/model/dns.ts";
import type { MxEvidence } from "../../src/model/evidence.ts";
import { reverseName } from "../../src/standards/dns/reverse.ts";
import { resolver, serve } from "../support/resolver.ts";
import { mx, type ZoneReplies, zoneScript } from "../support/zone-script.ts";

const a = (name: string, data: string): Answer => ({ name, type: "A", ttl: 86_400, data });
const cname = (name: string, data: string): Answer => ({ name, type: "CNAME", ttl: 86_400, data });
const ns = (name: string, data: string): Answer => ({ name, type: "NS", ttl: 86_400, data });
const ptr = (name: string, data: string): Answer => ({ name, type: "PTR", ttl: 86_400, data });
/** The SOA of the root in the example of section 6.1. */
const ROOT_SOA: Answer = {
  name: ".",
  type: "SOA",
  ttl: 86_400,
  data: {
    mname: "SRI-NIC.ARPA",
    rname: "HOSTMASTER.SRI-NIC.ARPA",
    serial: 870_611,
    refresh: 1800,
    retry: 300,
    expire: 604_800,
    minimum: 86_400,
  },
};

const ALIAS = cname("USC-ISIC.ARPA", "C.ISI.EDU");

/** Sections 6.2 and 6.3; where a stub resolver asks, the servers behind its own are the server's business. */
const ZONE: ZoneReplies = {
  "sri-nic.arpa a": { answers: [a("SRI-NIC.ARPA", "26.0.0.73"), a("SRI-NIC.ARPA", "10.0.0.51")] },
  "sri-nic.arpa mx": { answers: [mx("SRI-NIC.ARPA", 0, "SRI-NIC.ARPA")] },
  "sri-nic.arpa ns": {},
  "sir-nic.arpa a": { rcode: 3, authorities: [ROOT_SOA] },
  "brl.mil a": { authorities: [ns("MIL", "SRI-NIC.ARPA"), ns("MIL", "A.ISI.EDU")] },
  "usc-isic.arpa a": { answers: [ALIAS, a("C.ISI.EDU", "10.0.0.52")] },
  "usc-isic.arpa cname": { answers: [ALIAS] },
  "isi.edu mx": { answers: [mx("ISI.EDU", 10, "VENERA.ISI.EDU"), mx("ISI.EDU", 20, "VAXA.ISI.EDU")] },
  "venera.isi.edu a": { answers: [a("VENERA.ISI.EDU", "128.9.0.32"), a("VENERA.ISI.EDU", "10.1.0.52")] },
  "vaxa.isi.edu a": { answers: [a("VAXA.ISI.EDU", "10.2.0.27"), a("VAXA.ISI.EDU", "128.9.0.33")] },
  "65.0.6.26.in-addr.arpa ptr": { answers: [ptr("65.0.6.26.IN-ADDR.ARPA", "ACC.ARPA")] },
};

async function lookUp(name: string, type: DnsType) {
  const lower = Object.fromEntries(
    Object.entries(ZONE).map(([key, reply]) => {
      const [owner = "", kind = ""] = key.split(" ");
      return [`${owner} ${kind.toUpperCase()}`, reply];
    }),
  );
  const dns = await serve(zoneScript(lower));
  return { dns, result: await resolver([dns]).resolve(name, type) };
}

describe("RFC 1034 section 6.2: example queries", () => {
  it.each<[string, string, DnsType, object]>([
    [
      "6.2.1",
      "SRI-NIC.ARPA",
      "A",
      { status: "ok", records: [{ data: "26.0.0.73", ttl: 86_400 }, { data: "10.0.0.51" }] },
    ],
    [
      "6.2.3",
      "SRI-NIC.ARPA",
      "MX",
      { status: "ok", records: [{ data: { preference: 0, exchange: "sri-nic.arpa" } }] },
    ],
    ["6.2.4: the name is there, the type is not", "SRI-NIC.ARPA", "NS", { status: "nodata" }],
    ["6.2.5: a name in error", "SIR-NIC.ARPA", "A", { status: "nxdomain" }],
    ["6.2.6: a delegation is no answer to a stub", "BRL.MIL", "A", { status: "refused" }],
    [
      "6.2.7: an alias and its record",
      "USC-ISIC.ARPA",
      "A",
      { status: "ok", aliases: ["c.isi.edu"], records: [{ name: "c.isi.edu", data: "10.0.0.52" }] },
    ],
    [
      "6.2.8: the alias itself",
      "USC-ISIC.ARPA",
      "CNAME",
      { status: "ok", aliases: [], records: [{ data: "c.isi.edu" }] },
    ],
  ])("%s", async (_section, name, type, expected) => {
    const { result, dns } = await lookUp(name, type);
    expect(result).toMatchObject(expected);
    expect(dns.seen).toHaveLength(1);
  });
});

describe("RFC 1034 section 6.3: example resolutions", () => {
  it("6.3.1: the mail hosts of ISI.EDU, the preferred first", async () => {
    const { dns } = await lookUp("ISI.EDU", "MX");
    const notes: Partial<MxEvidence> = {};
    await lookUpMx("ISI.EDU", resolver([dns]).resolve, notes);
    expect(notes.hosts?.map(({ preference, exchange, a }) => [preference, exchange, a.join(" ")])).toEqual([
      [10, "venera.isi.edu", "128.9.0.32 10.1.0.52"],
      [20, "vaxa.isi.edu", "10.2.0.27 128.9.0.33"],
    ]);
    expect(judgeMx(notes, { reach: false }).map(({ id }) => id)).toEqual(["mx_found"]);
  });

  it("6.3.2: the host name of 26.6.0.65", async () => {
    const name = reverseName("26.6.0.65");
    expect(name).toBe("65.0.6.26.in-addr.arpa");
    expect((await lookUp(name ?? "", "PTR")).result).toMatchObject({ records: [{ data: "acc.arpa" }] });
  });
});
