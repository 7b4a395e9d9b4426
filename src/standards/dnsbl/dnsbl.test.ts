import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dnsblAnswer as result } from "../../../test/support/dnsbl-answer.ts";
import type { ListingUnknown } from "../../model/evidence.ts";
import { nameProblem } from "../dns/name.ts";
import { judgeHealth } from "./health.ts";
import { answerMatches, interpret } from "./interpret.ts";
import { DNSBL_PRESETS, dnsblPreset } from "./presets.ts";
import { appliesTo, listedKindOf, queryName, queryZone } from "./query.ts";
import { MIN_INTERVAL_MS, testPointsOf, type DnsblZone, type ListedKind, type TestPoints } from "./zone.ts";

const plain: DnsblZone = {
  id: "bl.example.org",
  title: "bl.example.org",
  zone: "bl.example.org",
  kinds: ["ipv4"],
  minIntervalMs: 0,
};
const whiteAtOne: DnsblZone = {
  ...plain,
  codes: [
    { match: "127.0.0.1", meaning: "white", says: "not_listed" },
    { match: "127.0.0.2", meaning: "black" },
  ],
};

function preset(id: string): DnsblZone {
  return id === "plain" ? plain : id === "white-at-one" ? whiteAtOne : (dnsblPreset(id) ?? plain);
}

describe("what an answer means", () => {
  it.each<[string, string, "listed" | "not_listed" | ListingUnknown, ...string[]]>([
    ["plain", "nxdomain", "not_listed"],
    ["plain", "nodata", "not_listed"],
    ["plain", "127.0.0.2", "listed"],
    ["plain", "127.0.0.99", "listed"], // no table: any answer in 127/8
    ["plain", "127.0.0.2 127.0.0.10", "listed"],
    ["plain", "servfail", "servfail"],
    ["plain", "refused", "dns_refused"],
    ["plain", "timeout", "timeout"],
    ["plain", "malformed", "malformed"],
    ["plain", "198.51.100.7", "answer_outside_127"], // hijacked NXDOMAIN
    ["plain", "127.0.0.2 198.51.100.7", "answer_outside_127"], // part of it
    ["plain", "127.0.0.1", "refused"],
    ["plain", "127.255.255.252", "refused_typo"],
    ["plain", "127.255.255.254", "refused_public_resolver"],
    ["plain", "127.255.255.255", "refused_quota"],
    ["plain", "127.255.255.250", "refused"],
    ["plain", "127.0.0.2 127.255.255.254", "refused_public_resolver"], // a refusal beats a listing
    ["white-at-one", "127.0.0.1", "not_listed", "white"], // the documented exception
    ["white-at-one", "127.0.0.2", "listed", "black"],
  ])("%s %s: %s", (id, answer, expected, ...meanings) => {
    const said = interpret(preset(id), result(answer));
    expect(said.verdict === "unknown" ? said.reason : said.verdict).toBe(expected);
    expect(said.meanings).toEqual(meanings);
  });

  it("is unknown exactly when there is a reason, and keeps every answer", () => {
    const octet = fc.nat(255);
    const answers = fc
      .array(fc.tuple(fc.constantFrom(127, 127, 10), octet, octet, octet), { minLength: 1, maxLength: 4 })
      .map((rows) => rows.map((row) => row.join(".")));
    fc.assert(
      fc.property(fc.constantFrom(plain, ...DNSBL_PRESETS), answers, (zone, given) => {
        const said = interpret(zone, result(given.join(" ")));
        expect(said.verdict === "unknown").toBe(said.reason !== undefined);
        expect(said.answers).toEqual(given);
        if (given.some((answer) => !answer.startsWith("127."))) expect(said.verdict).toBe("unknown");
      }),
    );
  });

  it.each([
    ["127.0.0.4-7", "127.0.0.6", true],
    ["127.0.0.4-7", "127.0.0.8", false],
    ["127.0.*.3", "127.0.200.3", true],
    ["127.0.0.2", "127.0.0.20", false],
  ])("pattern %s fits %s: %s", (pattern, answer, fits) => {
    expect(answerMatches(pattern, answer)).toBe(fits);
  });
});

describe("health, by the two test points", () => {
  it.each<[string, string, "healthy" | ListingUnknown]>([
    ["127.0.0.2", "nxdomain", "healthy"],
    ["127.0.0.2", "nodata", "healthy"],
    ["127.0.0.2", "127.0.0.2", "lists_the_world"],
    ["nxdomain", "nxdomain", "dead"],
    ["nodata", "nxdomain", "dead"],
    ["nxdomain", "127.0.0.2", "dead"], // neither rule kept
    ["127.255.255.254", "127.255.255.254", "refused_public_resolver"],
    ["127.255.255.255", "nxdomain", "refused_quota"],
    ["127.0.0.1", "127.0.0.1", "refused"],
    ["198.51.100.7", "198.51.100.7", "answer_outside_127"],
    ["127.0.0.2", "198.51.100.7", "answer_outside_127"],
    ["servfail", "servfail", "servfail"],
    ["refused", "refused", "dns_refused"],
    ["timeout", "timeout", "timeout"],
    ["127.0.0.2", "timeout", "timeout"],
    ["malformed", "nxdomain", "malformed"],
  ])("%s and %s: %s", (listed, unlisted, expected) => {
    const health = judgeHealth(plain, result(listed), result(unlisted));
    expect(health.healthy ? "healthy" : health.reason).toBe(expected);
  });

  it("takes a code of its own at the test point for a listing", () => {
    expect(judgeHealth(whiteAtOne, result("127.0.0.200"), result("nxdomain"))).toEqual({ healthy: true });
  });

  it("needs no second point where the list has none", () => {
    expect(judgeHealth(plain, result("127.0.0.2"))).toEqual({ healthy: true });
    expect(judgeHealth(plain, result("nxdomain"))).toMatchObject({ healthy: false, reason: "dead" });
  });

  it.each<[Partial<DnsblZone>, TestPoints | undefined]>([
    [{ kinds: ["ipv4", "ipv6"] }, { listed: "127.0.0.2", unlisted: "127.0.0.1" }],
    [{ testPoints: { listed: "dbltest.com" } }, { listed: "dbltest.com" }],
    [{ testPoints: false }, undefined],
  ])("test points of %j", (more, points) => {
    expect(testPointsOf({ ...plain, ...more })).toEqual(points);
  });
});

describe("queries", () => {
  it.each([
    ["192.0.2.1", "bl.example.org", "1.2.0.192.bl.example.org"],
    ["2001:db8::1", "b.x", "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.b.x"],
    ["Example.COM.", "dbl.example.org", "example.com.dbl.example.org"],
    ["test", "dbl.example.org", "test.dbl.example.org"],
  ])("%s in %s", (subject, zone, name) => {
    expect(queryName(subject, zone)).toBe(name);
    expect(nameProblem(name)).toBeUndefined();
  });

  it.each<[string, ListedKind | undefined]>([
    ["192.0.2.1", "ipv4"],
    ["2001:db8::1", "ipv6"],
    ["fe80::1%eth0", undefined],
    ["example.com", "domain"],
    ["a b", undefined],
    ["", undefined],
  ])("%j is %s", (text, kind) => {
    expect(listedKindOf(text)).toBe(kind);
    expect(
      DNSBL_PRESETS.filter((zone) => appliesTo(zone, text)).every(
        (zone) => kind && zone.kinds.includes(kind),
      ),
    ).toBe(true);
  });

  it("put a key in front of the keyed zone", () => {
    expect(queryZone(preset("spamhaus-zen"))).toBe("zen.spamhaus.org");
    expect(queryZone(preset("spamhaus-zen"), "k3y")).toBe("k3y.zen.dq.spamhaus.net");
    expect(queryZone(plain, "k3y")).toBe("k3y.bl.example.org");
  });
});

describe("presets", () => {
  it.each(DNSBL_PRESETS.map((zone) => [zone.id, zone] as const))("%s is complete", (_, zone) => {
    expect(zone.minIntervalMs).toBeGreaterThanOrEqual(MIN_INTERVAL_MS);
    expect(zone.termsUrl).toMatch(/^https:/);
    expect(zone.delistUrl).toMatch(/^https:/);
    expect(zone.checkedOn).toMatch(/^\d{4}-\d{2}-\d{2}$/);
    expect(zone.codes ?? zone.bits).not.toHaveLength(0);
    expect(
      zone.codes?.every(({ match }) =>
        /^127\.(\d+|\*|\d+-\d+)\.(\d+|\*|\d+-\d+)\.(\d+|\d+-\d+)$/.test(match),
      ) ?? true,
    ).toBe(true);
    expect(nameProblem(zone.zone)).toBeUndefined();
  });

  it("have names of their own, and defaults for each kind that ask for no registration", () => {
    expect(new Set(DNSBL_PRESETS.map(({ id }) => id)).size).toBe(DNSBL_PRESETS.length);
    const defaults = DNSBL_PRESETS.filter(({ byDefault }) => byDefault);
    for (const kind of ["ipv4", "ipv6", "domain"] as const) {
      expect(defaults.some(({ kinds }) => kinds.includes(kind))).toBe(true);
    }
    expect(defaults.map(({ id }) => id)).not.toContain("barracuda");
  });
});
