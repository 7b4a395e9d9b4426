import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ListingUnknown } from "../../src/model/evidence.ts";
import type { Address } from "../../src/model/subject.ts";
import { LOOPBACK } from "../support/servers/ports.ts";
import { startRbldnsd } from "../support/servers/rbldnsd.ts";
import type { RunningServer } from "../support/servers/server.ts";
import { openTestObserving, type TestObserving } from "./observing.ts";

const LISTED = "192.0.2.66";
const CLEAN = "192.0.2.1";

let rbldnsd: RunningServer<"dns">;
let observing: TestObserving;

beforeAll(async () => {
  const positive = ":127.0.0.2:Listed, see $\n127.0.0.2";
  rbldnsd = await startRbldnsd({
    "zen.test": { type: "ip4set", data: `${positive}\n${LISTED}\n198.51.100.0/24 :127.0.0.4:bulk $` },
    "v6.test": { type: "ip6trie", data: ":127.0.0.2:Listed $\n::ffff:7f00:2\n2001:db8:bad::/48" },
    "domains.test": { type: "dnset", data: ":127.0.1.2:Listed domain $\nTEST\nspam.example\n.bad.example" },
    "dead.test": { type: "ip4set", data: `:127.0.0.2:Listed $\n${LISTED}` },
    "world.test": { type: "ip4set", data: ":127.0.0.2:Listed $\n0.0.0.0/1\n128.0.0.0/1" },
    "public.test": { type: "ip4set", data: ":127.255.255.254:public resolver\n0.0.0.0/1\n128.0.0.0/1" },
    "quota.test": { type: "ip4set", data: ":127.255.255.255:too many\n0.0.0.0/1\n128.0.0.0/1" },
    "typo.test": { type: "ip4set", data: ":127.255.255.252:typing error\n0.0.0.0/1\n128.0.0.0/1" },
    "hijacked.test": { type: "ip4set", data: ":203.0.113.9:buy this domain\n0.0.0.0/1\n128.0.0.0/1" },
  });
  observing = openTestObserving([`${LOOPBACK}:${rbldnsd.ports.dns}`]);
});

afterAll(async () => {
  observing.close();
  await rbldnsd.stop();
});

function subject(address: string): Address {
  return { kind: "address", name: address, labels: {}, address };
}

describe("blocklist probe against rbldnsd", () => {
  it.each([
    [LISTED, "fail", "listed", ["127.0.0.2"], `Listed, see ${LISTED}`],
    ["198.51.100.7", "fail", "listed", ["127.0.0.4"], "bulk 198.51.100.7"],
    [CLEAN, "pass", "not_listed", [], undefined],
  ])("%s: %s", async (address, verdict, listing, answers, text) => {
    const seen = await observing.observe("blocklist", subject(address), { lists: [{ zone: "zen.test" }] });
    expect(seen.verdict).toBe(verdict);
    expect(seen.evidence.listings).toMatchObject([{ list: "zen.test", verdict: listing, answers }]);
    expect(seen.evidence.listings?.[0]?.text).toBe(text);
    expect(seen.cause?.code).toBe(verdict === "fail" ? "blocklisted" : undefined);
  });

  it("asks for the test points first, and counts every query", async () => {
    const seen = await observing.observe("blocklist", subject(LISTED), {
      lists: [{ zone: "zen.test", name: "counted", min_interval: "1ms" }],
    });
    // Two test points, A and TXT; the points were asked once before at most.
    const queries = seen.evidence.queries?.["counted"] ?? 0;
    expect(queries).toBeGreaterThanOrEqual(2);
    expect(queries).toBeLessThanOrEqual(6);
  });

  it.each<readonly [string, ListingUnknown]>([
    ["dead.test", "dead"], // does not list its own test point, though it lists the address
    ["world.test", "lists_the_world"],
    ["public.test", "refused_public_resolver"],
    ["quota.test", "refused_quota"],
    ["typo.test", "refused_typo"],
    ["hijacked.test", "answer_outside_127"],
    ["elsewhere.test", "dns_refused"], // the server does not know the zone
  ])("never takes what %s says for a listing, nor for clean: %s", async (zone, reason) => {
    for (const address of [LISTED, CLEAN]) {
      const seen = await observing.observe("blocklist", subject(address), { lists: [{ zone }] });
      expect(seen.verdict).toBe("unknown");
      expect(seen.evidence.listings).toMatchObject([{ verdict: "unknown", reason }]);
    }
  });

  it("believes the healthy lists though others are sick", async () => {
    const lists = ["zen.test", "dead.test", "world.test"].map((zone) => ({ zone }));
    const listed = await observing.observe("blocklist", subject(LISTED), { lists });
    expect(listed.verdict).toBe("fail");
    const clean = await observing.observe("blocklist", subject(CLEAN), { lists });
    expect(clean.verdict).toBe("unknown"); // nobody knows what the sick ones would say
    expect(clean.findings).toContainEqual(
      expect.objectContaining({ id: "blocklist_clean", verdict: "pass" }),
    );
  });

  it.each([
    ["2001:db8:bad::25", "listed"],
    ["2001:db8:600d::25", "not_listed"],
  ])("asks about IPv6 nibble by nibble: %s %s", async (address, verdict) => {
    const lists = [{ zone: "v6.test", kinds: ["ipv6"], test_points: { listed: "::ffff:7f00:2" } }];
    const seen = await observing.observe("blocklist", subject(address), { lists });
    expect(seen.evidence.listings).toMatchObject([{ list: "v6.test", verdict }]);
  });

  it.each([
    ["spam.example", "listed"],
    ["deep.down.bad.example", "listed"],
    ["good.example", "not_listed"],
  ])("asks about domains: %s %s", async (address, verdict) => {
    const lists = [{ zone: "domains.test", kinds: ["domain"], test_points: { listed: "TEST" } }];
    const seen = await observing.observe("blocklist", subject(address), { lists });
    expect(seen.evidence.listings).toMatchObject([{ list: "domains.test", verdict }]);
  });
});
