import { describe, expect, it } from "vitest";
import { startDns } from "../../../test/support/dns-server.ts";
import { a, cname, resolver, serve, soa } from "../../../test/support/resolver.ts";
import { createResolver } from "./resolver.ts";

const clock = { now: () => 0, monotonic: () => 0 };

describe("a resolver", () => {
  it("gives records, the AD flag and the server", async () => {
    const dns = await serve(({ name }) => ({ answers: [a(name)], authenticated: true }));
    expect(await resolver([dns]).resolve("Example.COM.", "A")).toEqual({
      status: "ok",
      records: [{ name: "example.com", type: "A", ttl: 300, data: "192.0.2.1" }],
      aliases: [],
      authenticated: true,
      server: dns.address,
      durationMs: expect.any(Number),
      extendedErrors: [],
    });
  });

  it.each([
    ["nxdomain", { rcode: 3, authorities: [soa] }],
    ["nodata", { rcode: 0, authorities: [soa] }],
  ] as const)("tells %s", async (status, reply) => {
    const dns = await serve(() => reply);
    expect(await resolver([dns]).resolve("no.example", "A")).toMatchObject({ status, aliases: [] });
  });

  it.each([
    ["servfail", { rcode: 2, ede: { code: 6, text: "no.example" } }, "answered SERVFAIL (DNSSEC bogus)"],
    ["refused", { rcode: 5 }, "answered REFUSED"],
    ["refused", { rcode: 4 }, "answered NOTIMP"],
    ["malformed", { rcode: 1 }, "answered FORMERR"],
    ["servfail", { rcode: 9 }, "answered response code 9"],
  ] as const)("tells %s in words, without the name: %j", async (status, reply, words) => {
    const dns = await serve(() => reply);
    const result = await resolver([dns]).resolve("no.example", "A");
    expect(result).toMatchObject({ status, detail: `${dns.address} ${words}`, server: dns.address });
    expect(dns.seen.filter(({ packet }) => packet.additionals?.length === 1)).toHaveLength(1);
  });

  it("keeps the text of extended errors", async () => {
    const dns = await serve(() => ({ rcode: 2, ede: { code: 22, text: "at delegation example." } }));
    const { extendedErrors } = await resolver([dns]).resolve("a.example", "A");
    expect(extendedErrors).toEqual([{ code: 22, text: "at delegation example." }]);
  });

  it("asks again without EDNS when the server cannot read it", async () => {
    const dns = await serve(({ name, packet }) =>
      packet.additionals?.length ? { rcode: 1 } : { answers: [a(name)] },
    );
    expect(await resolver([dns]).resolve("a.example", "A")).toMatchObject({ status: "ok" });
  });

  it("refuses names that cannot be asked, without a query", async () => {
    const dns = await serve(() => ({}));
    const result = await resolver([dns]).resolve(`${"a".repeat(64)}.example`, "A");
    expect(result).toMatchObject({
      status: "malformed",
      detail: "the name cannot be asked: it has a label longer than 63 characters",
    });
    expect(dns.seen).toHaveLength(0);
  });

  it("asks the servers that the caller names, and refuses what is no address", async () => {
    const dns = await serve(({ name }) => ({ answers: [a(name)] }));
    const other = await serve(({ name }) => ({ answers: [a(name, "192.0.2.9")] }));
    const { resolve } = resolver([dns]);
    expect(await resolve("a.example", "A", { servers: [other.address] })).toMatchObject({
      records: [{ data: "192.0.2.9" }],
    });
    expect(await resolve("a.example", "A", { servers: ["ns.example"] })).toMatchObject({
      status: "malformed",
      detail: "not the address of a name server: ns.example",
    });
    expect(() => createResolver({ clock, servers: ["ns.example"] })).toThrow("ns.example");
  });
});

describe("several servers", () => {
  it("are asked in turn when one is silent", async () => {
    const silent = await serve(() => undefined);
    const good = await serve(({ name }) => ({ answers: [a(name)] }));
    expect(await resolver([silent, good]).resolve("a.example", "A")).toMatchObject({
      status: "ok",
      server: good.address,
    });
  });

  it.each([2, 5])("are asked in turn when one answers rcode %i", async (rcode) => {
    const bad = await serve(() => ({ rcode }));
    const good = await serve(() => ({ rcode: 3 }));
    expect(await resolver([bad, good]).resolve("a.example", "A")).toMatchObject({ status: "nxdomain" });
    expect(bad.seen).toHaveLength(1);
  });

  it("are asked in turn when nothing listens on one", async () => {
    const gone = await startDns(() => undefined);
    await gone[Symbol.asyncDispose]();
    const good = await serve(({ name }) => ({ answers: [a(name)] }));
    expect(await resolver([gone, good]).resolve("a.example", "A")).toMatchObject({ status: "ok" });
    expect(await resolver([gone]).resolve("a.example", "A")).toMatchObject({
      status: "timeout",
      detail: `${gone.address} cannot be reached: nothing listens there`,
    });
  });

  it("that say why count more than those that are silent", async () => {
    const silent = await serve(() => undefined);
    const bad = await serve(() => ({ rcode: 2 }));
    expect(await resolver([silent, bad]).resolve("a.example", "A")).toMatchObject({ status: "servfail" });
    expect(bad.seen).toHaveLength(1); // the second round is for the silent one
    expect(silent.seen).toHaveLength(2);
  });

  it("that stay silent are asked last", async () => {
    const silent = await serve(() => undefined);
    const good = await serve(({ name }) => ({ answers: [a(name)] }));
    const { resolve } = resolver([silent, good], { timeoutMs: 20 });
    for (const name of ["a", "b", "c", "d"]) await resolve(`${name}.example`, "A");
    expect(silent.seen).toHaveLength(2);
    expect(good.seen).toHaveLength(4);
  });

  it("that are silent make a timeout", async () => {
    const silent = await serve(() => undefined);
    const made = resolver([silent], { timeoutMs: 20 });
    expect(await made.resolve("a.example", "A")).toMatchObject({
      status: "timeout",
      detail: `${silent.address} did not answer in time`,
    });
    expect(made.stats()).toMatchObject({ udp: 2, timeouts: 2, inFlight: 0, queued: 0 });
  });
});

describe("aliases", () => {
  it("that leave the reply are asked for", async () => {
    const dns = await serve(({ name }) =>
      name === "www.example"
        ? { answers: [cname(name, "host.other")], authenticated: true }
        : { answers: [a(name)] },
    );
    expect(await resolver([dns]).resolve("www.example", "A")).toMatchObject({
      status: "ok",
      aliases: ["host.other"],
      authenticated: false, // each step must be
    });
  });

  it("that end nowhere are nxdomain with their names", async () => {
    const dns = await serve(({ name }) =>
      name === "www.example" ? { answers: [cname(name, "gone.other")] } : { rcode: 3 },
    );
    expect(await resolver([dns]).resolve("www.example", "A")).toMatchObject({
      status: "nxdomain",
      aliases: ["gone.other"],
    });
  });

  it.each([
    ["a loop over several replies", (n: number) => (n + 1) % 3],
    ["a chain without end", (n: number) => n + 1],
  ])("in %s are malformed", async (_, next) => {
    const dns = await serve(({ name }) => ({
      answers: [cname(name, `n${next(Number(name.slice(1, -8)))}.example`)],
    }));
    expect(await resolver([dns]).resolve("n0.example", "A")).toMatchObject({ status: "malformed" });
    expect(dns.seen.length).toBeLessThan(20);
  });
});
