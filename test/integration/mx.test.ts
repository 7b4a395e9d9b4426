import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CauseCode } from "../../src/model/codes.ts";
import type { Verdict } from "../../src/model/observation.ts";
import type { Domain } from "../../src/model/subject.ts";
import { type Certificates, makeCertificates } from "../support/servers/certificates.ts";
import { type Knot, type KnotZone, startKnot } from "../support/servers/knot.ts";
import { LOOPBACK } from "../support/servers/ports.ts";
import { type Postfix, startPostfix } from "../support/servers/postfix.ts";
import type { RunningServer } from "../support/servers/server.ts";
import { startUnbound, wrongDs } from "../support/servers/unbound.ts";
import { openTestObserving, type TestObserving } from "./observing.ts";

/** Postfix listens on 127.0.0.1 alone, so that 127.0.0.9 stands for a host that is down. */
const HOSTS = `alive A ${LOOPBACK}\ndead A 127.0.0.9\nalias CNAME alive\nempty TXT "no address"`;

const ZONES: Readonly<Record<string, KnotZone>> = {
  "good.test": { signed: true, records: `@ MX 10 alive\n${HOSTS}` },
  "backup.test": { signed: true, records: `@ MX 10 alive\n@ MX 20 dead\n${HOSTS}` },
  "primary.test": { signed: true, records: `@ MX 10 dead\n@ MX 20 alive\n${HOSTS}` },
  "down.test": { signed: false, records: `@ MX 10 dead\n${HOSTS}` },
  "alias.test": { signed: false, records: `@ MX 10 alias\n${HOSTS}` },
  "empty.test": { signed: false, records: `@ MX 10 empty\n${HOSTS}` },
  "literal.test": { signed: false, records: "@ MX 10 127.0.0.1." },
  "null.test": { signed: false, records: "@ MX 0 ." },
  "none.test": { signed: false, records: "@ TXT nothing" },
  "implicit.test": { signed: false, records: `@ A ${LOOPBACK}` },
  "bogus.test": { signed: true, records: `@ MX 10 alive\n${HOSTS}` },
};

let certificates: Certificates;
let knot: Knot;
let unbound: RunningServer<"dns">;
let postfix: Postfix;
let observing: TestObserving;

beforeAll(async () => {
  certificates = makeCertificates();
  knot = await startKnot(ZONES);
  const port = knot.ports.dns;
  const resolvable = Object.entries(ZONES).map(([name, { signed }]) => {
    if (!signed) return [name, { port }] as const;
    return [name, { port, ds: name === "bogus.test" ? wrongDs(knot.ds(name)) : knot.ds(name) }] as const;
  });
  unbound = await startUnbound(Object.fromEntries(resolvable));
  postfix = await startPostfix({ certificate: certificates.get("good") });
  observing = openTestObserving([`${LOOPBACK}:${unbound.ports.dns}`]);
});

afterAll(async () => {
  observing.close();
  await postfix.stop();
  await unbound.stop();
  await knot.stop();
  certificates.remove();
});

function domain(name: string): Domain {
  return { kind: "domain", name, labels: {}, domain: name, helo: "probe.x.test", port: postfix.ports.smtp };
}

describe("mx probe on knot's zones, through unbound, towards Postfix", () => {
  it("finds the host, reaches it, and notes that the answer is validated", async () => {
    const seen = await observing.observe("mx", domain("good.test"));
    expect(seen).toMatchObject({
      verdict: "pass",
      evidence: {
        status: "ok",
        authenticated: true,
        hosts: [
          {
            preference: 10,
            exchange: "alive.good.test",
            a: [LOOPBACK],
            reach: [{ family: 4, address: LOOPBACK, reachable: true, starttls: true }],
          },
        ],
      },
    });
  });

  it.each<readonly [string, Verdict, string, CauseCode | undefined]>([
    ["backup.test", "warn", "mx_host_unreachable", undefined],
    ["primary.test", "fail", "mx_primary_unreachable", "server_down"],
    ["down.test", "fail", "mx_all_unreachable", "server_down"],
    ["alias.test", "fail", "mx_cname", "mx_invalid"],
    ["empty.test", "fail", "mx_no_address", "mx_invalid"],
    ["literal.test", "fail", "mx_ip_literal", "mx_invalid"],
    ["null.test", "fail", "mx_null", "null_mx"],
    ["none.test", "fail", "mx_missing", "no_mx"],
    ["implicit.test", "warn", "mx_implicit", undefined],
    ["bogus.test", "unknown", "mx_lookup_failed", "dns_broken"],
    ["unheard-of.test", "unknown", "mx_lookup_failed", "dns_broken"],
  ])("%s: %s %s", async (name, verdict, finding, cause) => {
    const seen = await observing.observe("mx", domain(name));
    expect(seen.findings).toContainEqual(expect.objectContaining({ id: finding, verdict }));
    expect(seen.verdict).toBe(verdict);
    if (cause !== undefined) expect(seen.cause?.code).toBe(cause);
  });
});
