import { describe, expect, it } from "vitest";

import { createBlocklistProbe } from "../../probes/blocklist/index.ts";
import type { BlocklistEvidence } from "../../src/model/evidence.ts";
import { queryName } from "../../src/standards/dnsbl/query.ts";
import { testPointsOf } from "../../src/standards/dnsbl/zone.ts";
import type { ScriptedReply } from "../support/dns-server.ts";
import { fakeIo } from "../support/probe-io.ts";
import { a, resolver, serve } from "../support/resolver.ts";
import { NXDOMAIN, type ZoneReplies, zoneScript } from "../support/zone-script.ts";

const listed = (name: string, ...codes: string[]): ScriptedReply => ({
  answers: codes.map((code) => a(name, code, 60)),
});
const text = (name: string, why: string): ScriptedReply => ({
  answers: [{ name, type: "TXT", ttl: 60, data: [why] }],
});

/** The blocklist probe on a list that a scripted server publishes; beside another that is well. */
async function ask(zone: string, address: string, replies: ZoneReplies, options: object = {}) {
  const dns = await serve(
    zoneScript({ "2.0.0.127.well.test A": listed("2.0.0.127.well.test", "127.0.0.2"), ...replies }, NXDOMAIN),
  );
  const io = fakeIo(() => "servfail", { resolve: resolver([dns]).resolve });
  const probe = createBlocklistProbe();
  const kinds = ["ipv4", "ipv6", "domain"];
  const lists = [
    { zone, ...options },
    { zone: "well.test", kinds, test_points: { listed: "127.0.0.2", unlisted: "127.0.0.1" } },
  ];
  const notes: Partial<BlocklistEvidence> = {};
  const subject = { kind: "address", name: address, address, labels: {} } as const;
  await probe.run(subject, probe.parseOptions({ lists }), io, notes);
  const listing = notes.listings?.find(({ list }) => list === zone);
  return { listing, asked: dns.seen.map(({ name, type }) => `${name} ${type}`) };
}

/** A list of addresses that keeps both rules of RFC 5782 section 5. */
const working = (zone: string): ZoneReplies => ({
  [`2.0.0.127.${zone} A`]: listed(`2.0.0.127.${zone}`, "127.0.0.2"),
});

describe("RFC 5782 section 2: lists of addresses", () => {
  it("2.1: the example: 192.0.2.99 on bad.example.com, and why", async () => {
    const name = "99.2.0.192.bad.example.com";
    const { listing, asked } = await ask("bad.example.com", "192.0.2.99", {
      ...working("bad.example.com"),
      [`${name} A`]: listed(name, "127.0.0.2"),
      [`${name} TXT`]: text(name, "Dynamic address, see http://bad.example.com?192.0.2.99"),
    });
    expect(listing).toMatchObject({
      verdict: "listed",
      answers: ["127.0.0.2"],
      text: "Dynamic address, see http://bad.example.com?192.0.2.99",
    });
    expect(asked).toContain(`${name} A`);
  });

  it("2.1: an address without entry has no record", async () => {
    const { listing } = await ask("bad.example.com", "192.0.2.100", working("bad.example.com"));
    expect(listing).toMatchObject({ verdict: "not_listed", answers: [] });
  });

  it.each([
    [["127.0.0.2"], "listed", "2.1: by convention 127.0.0.2"],
    [["127.0.0.2", "127.0.0.4"], "listed", "2.3: one record for each sublist"],
    [["127.0.0.9"], "listed", "2.3: any other within 127.0.0.0/8"],
    [["198.51.100.7"], "unknown", "2.1: an address outside 127.0.0.0/8 is none of a list's"],
  ])("%j is %s (%s)", async (codes, verdict) => {
    const name = "99.2.0.192.bad.example.com";
    const { listing } = await ask("bad.example.com", "192.0.2.99", {
      ...working("bad.example.com"),
      [`${name} A`]: listed(name, ...codes),
    });
    expect(listing).toMatchObject({ verdict, answers: codes });
  });

  it("2.4: the example: an IPv6 address on ugly.example.com", async () => {
    const name = "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2.ugly.example.com";
    expect(queryName("2001:db8:1:2:3:4:567:89ab", "ugly.example.com")).toBe(name);
    const point = queryName("::ffff:127.0.0.2", "ugly.example.com");
    const replies = { [`${name} A`]: listed(name, "127.0.0.2"), [`${point} A`]: listed(point, "127.0.0.2") };
    const { listing } = await ask("ugly.example.com", "2001:db8:1:2:3:4:567:89ab", replies, {
      kinds: ["ipv6"],
    });
    expect(listing).toMatchObject({ verdict: "listed" });
  });
});

describe("RFC 5782 section 3: lists of names", () => {
  it("the name stands before the zone as it is", async () => {
    const name = "example.com.doms.example.net";
    const replies = {
      "test.doms.example.net A": listed("test.doms.example.net", "127.0.0.2"),
      [`${name} A`]: listed(name, "127.0.0.2"),
    };
    const { listing } = await ask("doms.example.net", "example.com", replies, { kinds: ["domain"] });
    expect(listing).toMatchObject({ verdict: "listed" });
  });
});

describe("RFC 5782 section 5: test points", () => {
  const zone = (kind: "ipv4" | "ipv6" | "domain") =>
    testPointsOf({ id: "x", title: "x", zone: "x.test", kinds: [kind], minIntervalMs: 0 });

  it.each([
    ["ipv4", "127.0.0.2", "127.0.0.1", "2.0.0.127.x.test", "1.0.0.127.x.test"],
    [
      "ipv6",
      "::ffff:127.0.0.2",
      "::ffff:127.0.0.1",
      `2.0.0.0.0.0.f.7.f.f.f.f.${"0.".repeat(20)}x.test`, // ::FFFF:7F00:2
      `1.0.0.0.0.0.f.7.f.f.f.f.${"0.".repeat(20)}x.test`, // ::FFFF:7F00:1
    ],
    ["domain", "test", "invalid", "test.x.test", "invalid.x.test"],
  ] as const)("%s lists must list %s and must not list %s", (kind, yes, no, yesName, noName) => {
    expect(zone(kind)).toEqual({ listed: yes, unlisted: no });
    expect([queryName(yes, "x.test"), queryName(no, "x.test")]).toEqual([yesName, noName]);
  });
});

describe("RFC 6471: lists that end, and lists that break", () => {
  const name = "99.2.0.192.gone.test";

  it.each<[string, ZoneReplies, string]>([
    [
      "3.3: it lists everything, 127.0.0.1 too",
      {
        [`${name} A`]: listed(name, "127.0.0.2"),
        "2.0.0.127.gone.test A": listed("2.0.0.127.gone.test", "127.0.0.2"),
        "1.0.0.127.gone.test A": listed("1.0.0.127.gone.test", "127.0.0.2"),
      },
      "lists_the_world",
    ],
    ["3.4: it was emptied", {}, "dead"],
    [
      "3.4: its domain expired, and the new owner's wildcard answers",
      {
        [`${name} A`]: listed(name, "198.51.100.7"),
        "2.0.0.127.gone.test A": listed("2.0.0.127.gone.test", "198.51.100.7"),
        "1.0.0.127.gone.test A": listed("1.0.0.127.gone.test", "198.51.100.7"),
      },
      "answer_outside_127",
    ],
    ["3.4: its name servers are gone", { "2.0.0.127.gone.test A": { rcode: 2 } }, "servfail"],
  ])("%s: never a listing, and never clean", async (_what, replies, reason) => {
    const { listing, asked } = await ask("gone.test", "192.0.2.99", replies);
    expect(listing).toMatchObject({ verdict: "unknown", reason });
    // Nobody's mail is looked up at a list that cannot be believed.
    expect(asked).not.toContain(`${name} A`);
  });
});
