import { describe, expect, it } from "vitest";

import { judgeMx } from "../../probes/mx/judge.ts";
import { lookUpMx } from "../../probes/mx/mx-set.ts";
import type { MxEvidence } from "../../src/model/evidence.ts";
import { FaultError } from "../../src/model/observation.ts";
import { a, cname, resolver, serve } from "../support/resolver.ts";
import { mx, NODATA, NXDOMAIN, type ZoneReplies, zoneScript } from "../support/zone-script.ts";

/** What our MX look-up makes of a zone, over the wire: its notes, and the findings without the contact to the hosts. */
async function look(replies: ZoneReplies) {
  const { resolve } = resolver([await serve(zoneScript(replies))]);
  const notes: Partial<MxEvidence> = { domain: "example.com" };
  await lookUpMx("example.com", resolve, notes);
  const findings = judgeMx(notes, { reach: false }).map(({ verdict, id }) => `${verdict} ${id}`);
  const hosts = notes.hosts?.map(({ preference, exchange, a }) => `${preference} ${exchange} ${a.join(",")}`);
  return { notes, findings, hosts };
}

const aaaa = (name: string, data: string) => ({ name, type: "AAAA" as const, ttl: 300, data });

describe("RFC 5321 section 5.1: locating the target host", () => {
  it.each<[string, ZoneReplies, readonly string[], readonly string[]]>([
    [
      "D.3: the lowest preference first",
      {
        "example.com MX": { answers: [mx("example.com", 20, "foo.com"), mx("example.com", 10, "xyz.com")] },
        "xyz.com A": { answers: [a("xyz.com", "192.0.2.1")] },
        "foo.com A": { answers: [a("foo.com", "192.0.2.2")] },
      },
      ["10 xyz.com 192.0.2.1", "20 foo.com 192.0.2.2"],
      ["pass mx_found"],
    ],
    [
      "several of one preference are all there",
      {
        "example.com MX": { answers: [mx("example.com", 10, "b.test"), mx("example.com", 10, "a.test")] },
        "a.test A": { answers: [a("a.test", "192.0.2.1")] },
        "b.test A": { answers: [a("b.test", "192.0.2.2")] },
      },
      ["10 a.test 192.0.2.1", "10 b.test 192.0.2.2"],
      ["pass mx_found"],
    ],
    [
      "an alias is followed, and its name is taken for the first",
      {
        "example.com MX": {
          answers: [cname("example.com", "other.test"), mx("other.test", 10, "mx.test")],
        },
        "mx.test A": { answers: [a("mx.test", "192.0.2.1")] },
      },
      ["10 mx.test 192.0.2.1"],
      ["pass mx_found"],
    ],
    [
      "no MX: the host itself, with preference 0",
      { "example.com A": { answers: [a("example.com", "192.0.2.9")] } },
      ["0 example.com 192.0.2.9"],
      ["warn mx_implicit"],
    ],
    [
      "section 5.2: no MX and no A, but AAAA",
      { "example.com AAAA": { answers: [aaaa("example.com", "2001:db8::9")] } },
      ["0 example.com "],
      ["warn mx_implicit"],
    ],
    ["no MX and no address: an error", {}, [], ["fail mx_missing"]],
    [
      "a domain that does not exist: an error",
      { "example.com MX": NXDOMAIN },
      [],
      ["fail mx_domain_missing"],
    ],
    [
      "an MX set that cannot be used is an error: the address of the domain must not stand in",
      {
        "example.com MX": { answers: [mx("example.com", 10, "gone.test")] },
        "gone.test A": NXDOMAIN,
        "gone.test AAAA": NXDOMAIN,
        "example.com A": { answers: [a("example.com", "192.0.2.9")] },
      },
      ["10 gone.test "],
      ["fail mx_no_address", "pass mx_found"],
    ],
    [
      "an exchange must not be an alias (RFC 2181 section 10.3)",
      {
        "example.com MX": { answers: [mx("example.com", 10, "mail.test")] },
        "mail.test A": { answers: [cname("mail.test", "host.test"), a("host.test", "192.0.2.1")] },
        "mail.test AAAA": { answers: [cname("mail.test", "host.test")], ...NODATA },
      },
      ["10 mail.test 192.0.2.1"],
      ["fail mx_cname", "pass mx_found"],
    ],
  ])("%s", async (_rule, replies, hosts, findings) => {
    const seen = await look(replies);
    expect(seen.hosts).toEqual(hosts);
    expect(seen.findings).toEqual(findings);
  });

  it.each([
    [2, "dns_servfail"],
    [5, "dns_refused"],
  ])(
    "a temporary error (rcode %i) is no empty list: it must not be taken for `no MX`",
    async (rcode, code) => {
      const replies = { "example.com MX": { rcode }, "example.com A": { answers: [a("example.com")] } };
      const failure: unknown = await look(replies).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(FaultError);
      expect(failure).toMatchObject({ fault: { code } });
    },
  );
});

describe("RFC 7505: a domain that takes no mail", () => {
  it.each<[string, readonly ReturnType<typeof mx>[], boolean, readonly string[]]>([
    ["section 3: `MX 0 .`", [mx("example.com", 0, ".")], true, ["fail mx_null"]],
    [
      "section 3: the preference should be 0, but the root decides",
      [mx("example.com", 10, ".")],
      true,
      ["fail mx_null"],
    ],
    [
      "section 3: beside other MX records it must not be",
      [mx("example.com", 0, "."), mx("example.com", 10, "mx.test")],
      true,
      ["fail mx_null_mixed", "pass mx_found"],
    ],
    ["no null MX at all", [mx("example.com", 0, "mx.test")], false, ["pass mx_found"]],
  ])("%s", async (_rule, answers, nullMx, findings) => {
    const seen = await look({
      "example.com MX": { answers },
      "mx.test A": { answers: [a("mx.test")] },
      // Section 3: with a null MX nobody falls back to the address.
      "example.com A": { answers: [a("example.com", "192.0.2.9")] },
    });
    expect(seen.notes.nullMx).toBe(nullMx);
    expect(seen.notes.implicit).toBe(false);
    expect(seen.findings).toEqual(findings);
  });
});
