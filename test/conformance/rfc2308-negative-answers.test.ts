import type { Answer } from "dns-packet";
import { describe, expect, it } from "vitest";

import { replyBytes, type ScriptedReply } from "../support/dns-server.ts";
import { a, cname, resolver, serve } from "../support/resolver.ts";

const ns = (name: string, data: string): Answer => ({ name, type: "NS", ttl: 300, data });
const soa = (name: string, ttl: number, minimum: number): Answer => ({
  name,
  type: "SOA",
  ttl,
  data: { mname: "ns1.xx", rname: "hostmaster.ns1.xx", serial: 1, minimum },
});

const alias = { answers: [cname("an.example", "tripple.xx")] };
const XX_NS = [ns("xx", "ns1.xx"), ns("xx", "ns2.xx")];
const EXAMPLE_NS = [ns("example", "ns1.xx"), ns("example", "ns2.xx")];

describe("RFC 2308 section 2.1: name error", () => {
  it.each<[string, ScriptedReply]>([
    ["type 1: SOA and NS", { authorities: [soa("xx", 60, 60), ...XX_NS] }],
    ["type 2: SOA", { authorities: [soa("xx", 60, 60)] }],
    ["type 3: nothing", {}],
    ["type 4: NS only, which is no referral: the response code decides", { authorities: XX_NS }],
  ])("%s", async (_type, reply) => {
    const dns = await serve(() => ({ ...alias, ...reply, rcode: 3 }));
    expect(await resolver([dns]).resolve("an.example", "A")).toMatchObject({
      status: "nxdomain",
      aliases: ["tripple.xx"], // it is this name that does not exist
    });
    expect(dns.seen).toHaveLength(1);
  });
});

describe("RFC 2308 section 2.2: no data", () => {
  it.each<[string, ScriptedReply]>([
    ["type 1: SOA and NS", { authorities: [soa("example", 60, 60), ...EXAMPLE_NS] }],
    ["type 2: SOA", { authorities: [soa("example", 60, 60)] }],
    ["type 3: nothing", {}],
  ])("%s", async (_type, reply) => {
    const dns = await serve(() => reply);
    expect(await resolver([dns]).resolve("another.example", "A")).toMatchObject({ status: "nodata" });
  });

  it("NS without SOA is a referral, which says nothing about the name", async () => {
    const dns = await serve(() => ({ authorities: EXAMPLE_NS }));
    expect(await resolver([dns]).resolve("another.example", "A")).toMatchObject({
      status: "refused",
      detail: `${dns.address} answered with a referral: it does not look names up for others`,
    });
  });

  it("a referral sends us to the next server, as a refusal does", async () => {
    const lame = await serve(() => ({ authorities: EXAMPLE_NS }));
    const good = await serve(({ name }) => ({ answers: [a(name)] }));
    expect(await resolver([lame, good]).resolve("another.example", "A")).toMatchObject({
      status: "ok",
      server: good.address,
    });
  });

  it("an authoritative answer is no referral (RFC 1034 section 4.3.2, step 3b)", async () => {
    const dns = await serve((query) => {
      const bytes = replyBytes(query, { authorities: EXAMPLE_NS });
      bytes[2] = (bytes[2] ?? 0) | 0x04; // AA
      return [bytes];
    });
    expect(await resolver([dns]).resolve("another.example", "A")).toMatchObject({ status: "nodata" });
  });

  it("section 2.1: a referral behind an alias leaves the alias to be followed", async () => {
    const dns = await serve(({ name }) =>
      name === "an.example" ? { ...alias, authorities: XX_NS } : { answers: [a(name)] },
    );
    expect(await resolver([dns]).resolve("an.example", "A")).toMatchObject({
      status: "ok",
      aliases: ["tripple.xx"],
    });
  });

  it("records that were asked for make no referral, whatever stands beside them", async () => {
    const dns = await serve(({ name }) => ({ answers: [a(name)], authorities: EXAMPLE_NS }));
    expect(await resolver([dns]).resolve("another.example", "A")).toMatchObject({ status: "ok" });
  });
});

describe("RFC 2308 section 5: how long a negative answer is kept", () => {
  it.each<[string, ScriptedReply, number, number]>([
    ["the minimum, when it is the lesser", { authorities: [soa("example", 900, 60)] }, 3, 60],
    ["the TTL of the SOA, when it is the lesser", { authorities: [soa("example", 30, 3600)] }, 3, 30],
    ["the same for no data", { authorities: [soa("example", 30, 3600)] }, 0, 30],
    ["not at all without SOA", {}, 3, 0],
    ["not at all without SOA, no data", {}, 0, 0],
    ["section 7.1: SERVFAIL is not kept", { authorities: [soa("example", 900, 60)] }, 2, 0],
    [
      "section 5: a limit of our own: 15 minutes, where three hours are the most",
      { authorities: [soa("example", 10_800, 10_800)] },
      3,
      900,
    ],
  ])("%s", async (_rule, reply, rcode, seconds) => {
    let ms = 0;
    const clock = { now: () => ms, monotonic: () => ms };
    const dns = await serve(() => ({ ...reply, rcode }));
    const { resolve } = resolver([dns], { clock, cache: {} });
    await resolve("no.example", "A");
    ms = seconds * 1000 - 1;
    await resolve("no.example", "A");
    expect(dns.seen).toHaveLength(seconds === 0 ? 2 : 1);
    ms += 1;
    await resolve("no.example", "A");
    expect(dns.seen).toHaveLength(seconds === 0 ? 3 : 2);
  });

  it("section 5: no data is kept for its type only", async () => {
    const dns = await serve(({ name, type }) =>
      type === "A" ? { answers: [a(name)] } : { authorities: [soa("example", 60, 60)] },
    );
    const { resolve } = resolver([dns], { cache: {} });
    expect((await resolve("half.example", "AAAA")).status).toBe("nodata");
    expect((await resolve("half.example", "A")).status).toBe("ok");
  });
});
