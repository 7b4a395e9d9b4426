import { describe, expect, it } from "vitest";
import type { Script } from "../../../test/support/dns-server.ts";
import { a, resolver, serve, soa } from "../../../test/support/resolver.ts";
import type { ResolverOptions } from "./resolver.ts";

describe("the cache", () => {
  function timed(script: Script, options: Partial<ResolverOptions> = {}) {
    let ms = 0;
    const made = serve(script).then((dns) => ({
      dns,
      ...resolver([dns], { clock: { now: () => ms, monotonic: () => ms }, cache: {}, ...options }),
    }));
    return { made, pass: (seconds: number) => (ms += seconds * 1000) };
  }

  it("repeats a positive answer until its TTL has counted down", async () => {
    const { made, pass } = timed(({ name }) => ({ answers: [a(name, "192.0.2.1", 60)] }));
    const { dns, resolve, stats } = await made;
    await resolve("a.example", "A");
    pass(59);
    const cached = await resolve("A.example", "A");
    expect(cached).toMatchObject({ status: "ok", records: [{ ttl: 1 }] });
    expect(cached).not.toHaveProperty("server");
    pass(1);
    await resolve("a.example", "A");
    expect(dns.seen).toHaveLength(2);
    expect(stats()).toMatchObject({ cacheHits: 1, cacheMisses: 2 });
  });

  it.each([0, 3])("keeps a negative answer (rcode %i) for the SOA minimum", async (rcode) => {
    const { made, pass } = timed(() => ({ rcode, authorities: [soa] }));
    const { dns, resolve } = await made;
    await resolve("no.example", "A");
    pass(59);
    await resolve("no.example", "A");
    expect(dns.seen).toHaveLength(1);
    pass(1);
    await resolve("no.example", "A");
    expect(dns.seen).toHaveLength(2);
  });

  it.each([
    ["a negative answer without SOA", { rcode: 3 }],
    ["SERVFAIL", { rcode: 2, authorities: [soa] }],
    ["REFUSED", { rcode: 5, authorities: [soa] }],
    [
      "an answer of more records than anybody needs",
      { answers: Array.from({ length: 65 }, (_, n) => a("a.example", `192.0.2.${n}`)) },
    ],
    ["an answer with TTL 0", { answers: [a("a.example", "192.0.2.1", 0)] }],
  ])("does not keep %s", async (_, reply) => {
    const { made } = timed(() => reply);
    const { dns, resolve } = await made;
    await resolve("a.example", "A");
    await resolve("a.example", "A");
    expect(dns.seen).toHaveLength(2);
  });

  it("forgets the oldest when it is full", async () => {
    const { made } = timed(({ name }) => ({ answers: [a(name)] }), { cache: { maxEntries: 2 } });
    const { dns, resolve } = await made;
    for (const name of ["a", "b", "c", "b", "a"]) await resolve(`${name}.example`, "A");
    expect(dns.seen.map(({ name }) => name[0])).toEqual(["a", "b", "c", "a"]);
  });

  it("keeps the answers of other servers apart", async () => {
    const { made } = timed(({ name }) => ({ answers: [a(name)] }));
    const { dns, resolve } = await made;
    const other = await serve(({ name }) => ({ answers: [a(name, "192.0.2.9")] }));
    await resolve("a.example", "A");
    expect(await resolve("a.example", "A", { servers: [other.address] })).toMatchObject({
      records: [{ data: "192.0.2.9" }],
    });
    expect(dns.seen).toHaveLength(1);
  });
});
