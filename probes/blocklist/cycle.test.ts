import { describe, expect, it } from "vitest";
import { check, healthy, LISTED } from "../../test/support/check-blocklist.ts";
import { fakeIo, fakeMemory, type FakeZone } from "../../test/support/probe-io.ts";
import { createBlocklistProbe } from "./index.ts";

const MINUTE = 60_000;

describe("many addresses", () => {
  const addresses = Array.from({ length: 50 }, (_, n) => `192.0.2.${n + 100}`);

  it("share one question about the health of a list", async () => {
    const probe = createBlocklistProbe();
    const io = fakeIo(healthy);
    await Promise.all(addresses.map((address) => check({ ...io, memory: fakeMemory() }, address, {}, probe)));
    expect(io.asked.filter((question) => question.startsWith("2.0.0.127."))).toHaveLength(7); // default lists
    const input = { lists: [{ zone: "bl.test" }] };
    const before = io.asked.length;
    for (const address of addresses) await check({ ...io, memory: fakeMemory() }, address, input, probe);
    expect(io.asked.length - before).toBe(2 + addresses.length);
  });

  it("pay one timeout in all for a dead list, and ask it again after a minute", async () => {
    const probe = createBlocklistProbe();
    const io = fakeIo(() => "timeout");
    const ask = () =>
      Promise.all(addresses.map((address) => check(io, address, { lists: [{ zone: "bl.test" }] }, probe)));
    await ask();
    await ask();
    expect(io.asked).toHaveLength(2);
    io.pass(MINUTE);
    await ask();
    expect(io.asked).toHaveLength(4);
  });

  it("notice within a minute that a resolver no longer makes a list look dead", async () => {
    const probe = createBlocklistProbe();
    let filtered = true;
    const io = fakeIo((name, type) => (filtered ? "nxdomain" : healthy(name, type)));
    const input = { lists: [{ zone: "bl.test" }] };
    expect((await check(io, "192.0.2.66", input, probe)).listings).toMatchObject([{ reason: "dead" }]);
    filtered = false;
    io.pass(MINUTE);
    expect((await check(io, "192.0.2.66", input, probe)).listings).toMatchObject([{ verdict: "listed" }]);
  });

  it("pay it once also when the first one's deadline comes before the resolver gives up", async () => {
    const probe = createBlocklistProbe();
    const controller = new AbortController();
    const reason = Object.assign(new Error("deadline"), { name: "TimeoutError" });
    const zone: FakeZone = () =>
      new Promise((_, reject) => {
        controller.signal.addEventListener("abort", () => reject(reason));
      });
    const first = fakeIo(zone, { signal: controller.signal });
    const second = fakeIo(zone);
    const input = { lists: [{ zone: "bl.test" }] };
    const both = Promise.all([
      check(first, "192.0.2.1", input, probe),
      check(second, "192.0.2.2", input, probe),
    ]);
    setImmediate(() => {
      first.pass(1000);
      controller.abort(reason);
    });
    for (const { listings } of await both) expect(listings).toMatchObject([{ reason: "timeout" }]);
    expect(second.asked).toEqual([]);
  });

  it("take no short deadline of another for the silence of a list", async () => {
    const probe = createBlocklistProbe();
    const controller = new AbortController();
    const reason = Object.assign(new Error("deadline"), { name: "TimeoutError" });
    const hasty = fakeIo(
      () =>
        new Promise((_, reject) => {
          controller.signal.addEventListener("abort", () => reject(reason));
        }),
      { signal: controller.signal },
    );
    const input = { lists: [{ zone: "bl.test" }] };
    const first = check(hasty, "192.0.2.1", input, probe);
    setImmediate(() => {
      hasty.pass(20);
      controller.abort(reason);
    });
    expect((await first).listings).toMatchObject([{ reason: "timeout" }]);
    expect((await check(fakeIo(healthy), "192.0.2.66", input, probe)).listings).toMatchObject([
      { verdict: "listed" },
    ]);
  });

  it("ask themselves when the one they wait for is stopped", async () => {
    const probe = createBlocklistProbe();
    const controller = new AbortController();
    const stopped = fakeIo(
      () =>
        new Promise((_, reject) => {
          controller.signal.addEventListener("abort", () => reject(new Error("stopping")));
        }),
      { signal: controller.signal },
    );
    const io = fakeIo(healthy);
    const input = { lists: [{ zone: "bl.test" }] };
    const first = check(stopped, "192.0.2.1", input, probe);
    const second = check(io, "192.0.2.66", input, probe);
    setImmediate(() => controller.abort(new Error("stopping")));
    expect((await first).fault).toMatchObject({ message: "stopping" });
    expect((await second).listings).toMatchObject([{ verdict: "listed" }]);
  });

  it("stop waiting for another's question at their own abort", async () => {
    const probe = createBlocklistProbe();
    const never: FakeZone = () => new Promise(() => undefined);
    const input = { lists: [{ zone: "bl.test" }] };
    void check(fakeIo(never), "192.0.2.1", input, probe);
    const controller = new AbortController();
    const second = check(fakeIo(never, { signal: controller.signal }), "192.0.2.2", input, probe);
    setImmediate(() => controller.abort(new Error("mine")));
    expect((await second).fault).toMatchObject({ message: "mine" });
  });
});

describe("the interval that a list asks for", () => {
  it("is kept by repeating what it said", async () => {
    const probe = createBlocklistProbe();
    const io = fakeIo(healthy);
    const at = io.clock.now();
    const { listings: first } = await check(io, "192.0.2.66", undefined, probe);
    const asked = io.asked.length;
    io.pass(14 * MINUTE);
    const { listings, notes } = await check(io, "192.0.2.66", undefined, probe);
    expect(listings).toEqual(first.map((listing) => ({ ...listing, askedAt: at, durationMs: 0 })));
    expect(notes.queries).toEqual({});
    expect(io.asked).toHaveLength(asked);
    io.pass(MINUTE);
    await check(io, "192.0.2.66", undefined, probe);
    expect(io.asked.length).toBeGreaterThan(asked);
  });

  it("is that of the address: another one under the same name is asked for at once", async () => {
    const probe = createBlocklistProbe();
    const io = fakeIo(healthy);
    expect((await check(io, "192.0.2.66", undefined, probe)).listings).toMatchObject([{ verdict: "listed" }]);
    expect((await check(io, "192.0.2.1", undefined, probe)).listings).toMatchObject([
      { verdict: "not_listed" },
    ]);
  });

  it("is kept across restarts where the memory is", async () => {
    const io = fakeIo(healthy);
    await check(io);
    const asked = io.asked.length;
    await check(io);
    expect(io.asked).toHaveLength(asked);
  });

  it("does not hold for look-ups that never reached the list", async () => {
    const answers: Record<string, ReturnType<FakeZone>> = { [LISTED]: "servfail" };
    const io = fakeIo((name, type) => answers[name] ?? healthy(name, type));
    expect((await check(io)).listings).toMatchObject([{ reason: "servfail" }]);
    delete answers[LISTED];
    expect((await check(io)).listings).toMatchObject([{ verdict: "listed" }]);
  });

  it("can be none for a list of one's own", async () => {
    const probe = createBlocklistProbe();
    const io = fakeIo(healthy);
    const input = { lists: [{ zone: "bl.test", min_interval: "0s" }] };
    await check(io, "192.0.2.66", input, probe);
    const once = io.asked.length;
    io.pass(1);
    await check(io, "192.0.2.66", input, probe);
    expect(io.asked).toHaveLength(2 * once);
  });

  it("does not keep a list from being found to list the world", async () => {
    const probe = createBlocklistProbe();
    let world = false;
    const io = fakeIo((name, type) => (world ? ["127.0.0.2"] : healthy(name, type)));
    await check(io, "192.0.2.1", undefined, probe);
    world = true;
    io.pass(5 * MINUTE); // the list was healthy a moment ago
    const { listings } = await check(
      { ...io, memory: fakeMemory() },
      "192.0.2.2",
      { lists: [{ preset: "psbl" }] },
      probe,
    );
    expect(listings).toMatchObject([{ verdict: "unknown", reason: "lists_the_world" }]);
  });

  it("survives a memory that holds something else", async () => {
    const io = fakeIo(healthy);
    io.memory.remember("listings 192.0.2.66", ["nonsense"]);
    expect((await check(io)).listings).toMatchObject([{ verdict: "listed" }]);
  });
});
