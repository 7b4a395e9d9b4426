import { execFile } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { a, resolver, serve } from "../../../test/support/resolver.ts";

describe("spoofs", () => {
  it("with a wrong id, name or type are ignored", async () => {
    const evil = a("a.example", "203.0.113.66");
    const dns = await serve(({ name, packet }) => [
      { answers: [evil], id: ((packet.id ?? 0) + 1) & 0xffff },
      { answers: [evil], questions: [{ name: "b.example", type: "A" }] },
      { answers: [evil], questions: [{ name, type: "AAAA" }] },
      Buffer.from("short"),
      { answers: [a(name)] },
    ]);
    const made = resolver([dns]);
    expect(await made.resolve("a.example", "A")).toMatchObject({ records: [{ data: "192.0.2.1" }] });
    expect(made.stats().ignored).toBe(4);
  });

  it("from another address are ignored", async () => {
    const stranger = createSocket("udp4");
    onTestFinished(() => {
      stranger.close();
    });
    const sent: Promise<void>[] = [];
    const dns = await serve(({ port }) => {
      sent.push(new Promise((done) => stranger.send(Buffer.alloc(40), port, "127.0.0.1", () => done())));
      return undefined;
    });
    const result = await resolver([dns], { timeoutMs: 30, attempts: 1 }).resolve("a.example", "A");
    await Promise.all(sent);
    expect(sent).toHaveLength(1);
    expect(result.status).toBe("timeout");
  });

  it("in other letter case are ignored under 0x20", async () => {
    const dns = await serve(({ name }) => [
      { answers: [a("x")], questions: [{ name: name.toLowerCase(), type: "A" }] },
      { answers: [a(name)] },
    ]);
    const name = `${"abcdefghij".repeat(5)}.example`;
    const result = await resolver([dns], { case0x20: true }).resolve(name, "A");
    expect(result).toMatchObject({ status: "ok", records: [{ name }] });
    expect(dns.seen[0]?.name).not.toBe(name);
  });

  it("use ports and ids that vary", async () => {
    const dns = await serve(({ name }) => ({ answers: [a(name)] }));
    const { resolve } = resolver([dns]);
    await Promise.all(Array.from({ length: 60 }, (_, n) => resolve(`n${n}.example`, "A")));
    expect(new Set(dns.seen.map(({ port }) => port)).size).toBeGreaterThan(1);
    expect(new Set(dns.seen.map(({ packet }) => packet.id)).size).toBeGreaterThan(50);
  });
});

describe("garbage", () => {
  it("with the right id is malformed", async () => {
    const dns = await serve(({ packet }) => {
      const bytes = Buffer.alloc(30, 0xff);
      bytes.writeUInt16BE(packet.id ?? 0, 0);
      return [bytes];
    });
    const result = await resolver([dns]).resolve("a.example", "A");
    expect(result).toMatchObject({ status: "malformed" });
    expect(result).toHaveProperty("detail", expect.stringContaining(`${dns.address} sent no DNS message`));
  });
});

describe("truncation", () => {
  it("leads to TCP, with 4000 records", async () => {
    const many = Array.from({ length: 4000 }, (_, n) => ({
      ...a(".", `10.0.${n >> 8}.${n & 255}`),
      name: ".",
    }));
    const dns = await serve(({ transport }) =>
      transport === "udp" ? { truncated: true, answers: [a(".")] } : { answers: many },
    );
    const result = await resolver([dns], { timeoutMs: 5000 }).resolve("", "A");
    expect(result).toMatchObject({ status: "ok", records: { length: 4000 } });
    expect(dns.seen.map(({ transport }) => transport)).toEqual(["udp", "tcp"]);
  });

  it("never counts as an answer when TCP fails", async () => {
    const dns = await serve(({ transport }) => (transport === "udp" ? { truncated: true } : undefined));
    expect(await resolver([dns], { timeoutMs: 20 }).resolve("a.example", "A")).toMatchObject({
      status: "timeout",
    });
  });

  it.each([
    ["too short a frame", [Buffer.from("x")], "malformed"],
    ["frames for somebody else", Array.from({ length: 20 }, () => Buffer.alloc(12)), "malformed"],
  ] as const)("is safe with %s", async (_, replies, status) => {
    const dns = await serve(({ transport }) => (transport === "udp" ? { truncated: true } : [...replies]));
    expect(await resolver([dns], { timeoutMs: 2000 }).resolve("a.example", "A")).toMatchObject({ status });
  });
});

describe("limits", () => {
  it("hold back what is too much at once, first come first served", async () => {
    const dns = await serve(() => undefined);
    const made = resolver([dns], { maxInFlight: 20, timeoutMs: 30, attempts: 1 });
    const results = Array.from({ length: 50 }, (_, n) => made.resolve(`n${n}.example`, "A"));
    expect(made.stats()).toMatchObject({ inFlight: 20, queued: 30 });
    const [first] = await Promise.all(results);
    expect(first).toMatchObject({ status: "timeout" });
    expect(dns.seen.slice(0, 20).every(({ name }) => Number(name.slice(1, -8)) < 20)).toBe(true);
    expect(made.stats()).toMatchObject({ inFlight: 0, queued: 0, udp: 50 });
  });

  it("let three thousand questions through", async () => {
    let most = 0;
    const dns = await serve(({ name }) => {
      most = Math.max(most, made.stats().inFlight);
      return { answers: [a(name)] };
    });
    const made = resolver([dns], { timeoutMs: 2000, maxInFlight: 100 });
    const results = await Promise.all(
      Array.from({ length: 3000 }, (_, n) => made.resolve(`n${n}.example`, "A")),
    );
    expect(results.every(({ status }) => status === "ok")).toBe(true);
    expect(most).toBe(100);
    expect(new Set(dns.seen.map(({ port }) => port)).size).toBeGreaterThan(4); // sockets give way to new ones
    expect(made.stats()).toMatchObject({ inFlight: 0, queued: 0 });
  });
});

describe("an abort", () => {
  const reason = new Error("deadline");

  it.each(["udp", "tcp"])("rejects with its reason at once, over %s", async (stage) => {
    const controller = new AbortController();
    const dns = await serve(({ transport }) => {
      if (transport === stage) controller.abort(reason);
      return { truncated: transport !== stage };
    });
    const made = resolver([dns], { timeoutMs: 5000 });
    const ignoring = await serve(() => undefined);
    const pending = made.resolve("a.example", "A", { signal: controller.signal, servers: [dns.address] });
    await expect(pending).rejects.toBe(reason);
    expect(made.stats().inFlight).toBe(0);
    const later = made.resolve("a.example", "A", { signal: controller.signal, servers: [ignoring.address] });
    await expect(later).rejects.toBe(reason);
    expect(ignoring.seen).toHaveLength(0);
  });

  it("takes a query out of the queue", async () => {
    const dns = await serve(() => undefined);
    const made = resolver([dns], { maxInFlight: 1, timeoutMs: 30 });
    const controller = new AbortController();
    const held = made.resolve("held.example", "A");
    const queued = made.resolve("q.example", "A", { signal: controller.signal });
    expect(made.stats().queued).toBe(1);
    controller.abort(reason);
    await expect(queued).rejects.toBe(reason);
    await held;
    expect(dns.seen.some(({ name }) => name === "q.example")).toBe(false);
  });
});

describe("close", () => {
  it("ends what waits, and what comes later, as a timeout", async () => {
    const dns = await serve(({ transport }) => (transport === "udp" ? { truncated: true } : undefined));
    const silent = await serve(() => undefined);
    const made = resolver([silent, dns], { timeoutMs: 5000 });
    const waiting = [
      made.resolve("a.example", "A"),
      made.resolve("b.example", "A", { servers: [dns.address] }),
    ];
    made.close();
    for (const result of await Promise.all([...waiting, made.resolve("c.example", "A")])) {
      expect(result).toMatchObject({ status: "timeout" });
    }
    expect(made.stats()).toMatchObject({ inFlight: 0, queued: 0 });
  });

  it("ends what waits in a socket that takes no more queries, too", async () => {
    const silent = await serve(() => undefined);
    const made = resolver([silent], { timeoutMs: 600_000, maxInFlight: 4000 });
    const waiting = Array.from({ length: 3000 }, (_, n) => made.resolve(`n${n}.example`, "A"));
    while (made.stats().udp < 3000) await nextTurn();
    made.close();
    const results = await Promise.all(waiting);
    expect(results.every(({ status }) => status === "timeout")).toBe(true);
    expect(made.stats()).toMatchObject({ inFlight: 0, queued: 0 });
  });

  it.each([
    [
      "an answer, though nobody closed",
      "if ((await made.resolve('a.example', 'A')).status !== 'ok') process.exitCode = 3;",
    ],
    ["close, though a query waits", "void made.resolve('silent.example', 'A'); setImmediate(made.close);"],
  ])("leaves nothing that keeps a process alive after %s", async (_, use) => {
    const dns = await serve(({ name }) => (name === "a.example" ? { answers: [a(name)] } : undefined));
    const program = `
      import { createResolver } from ${JSON.stringify(import.meta.resolve("./resolver.ts"))};
      const clock = { now: Date.now, monotonic: () => performance.now() };
      const made = createResolver({ clock, servers: ["${dns.address}"], timeoutMs: 600_000 });
      ${use}
    `;
    const child = execFile(process.execPath, ["--input-type=module", "-e", program]);
    const [code] = (await once(child, "exit")) as [number];
    expect(code).toBe(0);
  });
});
