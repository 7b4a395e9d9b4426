import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DnsType } from "../../src/model/dns.ts";
import { createResolver, type Resolver } from "../../src/net/dns/resolver.ts";
import { systemClock } from "../../src/engine/clock.ts";
import { type Knot, startKnot } from "../support/servers/knot.ts";
import { LOOPBACK } from "../support/servers/ports.ts";
import type { RunningServer } from "../support/servers/server.ts";
import { startUnbound, wrongDs } from "../support/servers/unbound.ts";

/** Our resolver against a validating resolver and a signing name server of other people's making. */

/** Over 4,096 bytes: does not fit into a UDP answer of any size that is asked for. */
const BIG_TXT = Array.from(
  { length: 40 },
  (_, i) => `big TXT "${String(i).padStart(3, "0")}${"x".repeat(200)}"`,
);

const RECORDS = `@ MX 10 mx
@ MX 20 mx2.elsewhere.test.
@ TXT "v=spf1 ip4:192.0.2.0/24" " -all"
mx A 192.0.2.1
mx AAAA 2001:db8::1
alias CNAME chain
chain CNAME mx
dangling CNAME nowhere
loop1 CNAME loop2
loop2 CNAME loop1
_25._tcp.mx TLSA 3 1 1 0B9FA5A59EED715C26C1020C711B4F6EC42D58B0015E14337A39DAD301C5AFC3
@ CAA 0 issue "ca.example"
null MX 0 .
${BIG_TXT.join("\n")}`;

let knot: Knot;
let unbound: RunningServer<"dns">;
let resolver: Resolver;

beforeAll(async () => {
  knot = await startKnot({
    "signed.test": { signed: true, records: RECORDS },
    "bogus.test": { signed: true, records: RECORDS },
    "plain.test": { signed: false, records: RECORDS },
  });
  const port = knot.ports.dns;
  unbound = await startUnbound({
    "signed.test": { port, ds: knot.ds("signed.test") },
    "bogus.test": { port, ds: wrongDs(knot.ds("bogus.test")) },
    "plain.test": { port },
  });
  resolver = createResolver({
    servers: [`${LOOPBACK}:${unbound.ports.dns}`],
    timeoutMs: 5_000,
    cache: false,
    clock: systemClock,
  });
});

afterAll(async () => {
  resolver.close();
  await unbound.stop();
  await knot.stop();
});

describe("resolver against unbound and knot", () => {
  it.each([
    ["signed.test", true], // the chain of trust holds
    ["plain.test", false], // there is no chain of trust
  ])("tells whether the answer for %s is validated: %s", async (name, authenticated) => {
    const result = await resolver.resolve(name, "MX");
    expect(result).toMatchObject({ status: "ok", authenticated });
  });

  it("reads MX records with preference and exchange", async () => {
    const result = await resolver.resolve("signed.test", "MX");
    const data = result.status === "ok" ? result.records.map((record) => record.data) : [];
    expect(data.toSorted((a, b) => a.preference - b.preference)).toEqual([
      { preference: 10, exchange: "mx.signed.test" },
      { preference: 20, exchange: "mx2.elsewhere.test" },
    ]);
  });

  it("takes a bogus answer for a failure, and says why with an extended error", async () => {
    const result = await resolver.resolve("bogus.test", "MX");
    expect(result.status).toBe("servfail");
    // RFC 8914: 6 DNSSEC Bogus, 9 DNSKEY Missing, 10 RRSIGs Missing.
    expect([6, 9, 10]).toContain(result.extendedErrors[0]?.code);
  });

  it.each<[string, DnsType, string]>([
    ["nowhere.signed.test", "A", "nxdomain"],
    ["mx.signed.test", "TXT", "nodata"], // the name exists, with other records
    ["tcp.mx.signed.test", "A", "nxdomain"],
    ["_tcp.mx.signed.test", "A", "nodata"], // an empty non-terminal exists (RFC 8020)
    ["dangling.signed.test", "A", "nxdomain"], // of the end of the chain (RFC 6604)
    ["alias.signed.test", "MX", "nodata"],
    ["bogus.test", "A", "servfail"],
    ["other.test", "A", "refused"], // the resolver knows no such zone
  ])("answers %s %s with %s", async (name, type, status) => {
    expect((await resolver.resolve(name, type)).status).toBe(status);
  });

  it("says of a denial too whether it is validated", async () => {
    expect(await resolver.resolve("nowhere.signed.test", "A")).toMatchObject({ authenticated: true });
    expect(await resolver.resolve("nowhere.plain.test", "A")).toMatchObject({ authenticated: false });
  });

  it.each<[string, DnsType, unknown]>([
    ["mx.signed.test", "A", "192.0.2.1"],
    ["mx.signed.test", "AAAA", "2001:db8::1"],
    ["signed.test", "TXT", "v=spf1 ip4:192.0.2.0/24 -all"], // strings joined without a space
    ["signed.test", "CAA", { tag: "issue", value: "ca.example" }],
    ["_25._tcp.mx.signed.test", "TLSA", { usage: 3, selector: 1, matchingType: 1 }],
    ["null.signed.test", "MX", { preference: 0 }],
    ["signed.test", "NS", "ns.signed.test"],
    ["signed.test", "SOA", { mname: "ns.signed.test", minimum: 60 }],
  ])("reads %s %s", async (name, type, data) => {
    const result = await resolver.resolve(name, type);
    expect(result).toMatchObject({ status: "ok", records: [{ type, data }] });
  });

  it("reads DNSKEY records, which are only asked for their existence", async () => {
    const result = await resolver.resolve("signed.test", "DNSKEY");
    expect(result).toMatchObject({ status: "ok", authenticated: true });
  });

  it("follows aliases and names them in order", async () => {
    const result = await resolver.resolve("alias.signed.test", "A");
    expect(result).toMatchObject({
      status: "ok",
      aliases: ["chain.signed.test", "mx.signed.test"],
      records: [{ name: "mx.signed.test", data: "192.0.2.1" }],
    });
  });

  it("comes to an end on aliases that form a loop", async () => {
    const { status } = await resolver.resolve("loop1.signed.test", "A");
    expect(["servfail", "malformed"]).toContain(status);
  });

  it("asks again over TCP when the answer does not fit into a UDP message", async () => {
    const before = resolver.stats().tcp;
    const result = await resolver.resolve("big.signed.test", "TXT");
    const texts = result.status === "ok" ? result.records.map((record) => record.data) : [];
    expect(texts).toHaveLength(BIG_TXT.length);
    expect(new Set(texts).size).toBe(BIG_TXT.length);
    expect(resolver.stats().tcp).toBe(before + 1);
  });

  it("answers many questions at once, each with its own answer", async () => {
    const names = Array.from({ length: 500 }, (_, i) => `n${i}.signed.test`);
    const results = await Promise.all(names.map((name) => resolver.resolve(name, "A")));
    expect(results.filter(({ status }) => status === "nxdomain")).toHaveLength(500);
  });
});
