import { describe, expect, it } from "vitest";
import { check, healthy, LISTED, WORKS } from "../../test/support/check-blocklist.ts";
import { fakeIo, fakeMemory, type FakeZone } from "../../test/support/probe-io.ts";
import type { ListingUnknown } from "../../src/model/evidence.ts";
import { FaultError } from "../../src/model/observation.ts";
import { createBlocklistProbe } from "./index.ts";

describe("one list", () => {
  it("is asked for its test points, then for the address, then for the reason", async () => {
    const io = fakeIo(healthy);
    const { notes, fault } = await check(io);
    expect(fault).toBeUndefined();
    expect(io.asked).toEqual([`${WORKS} A`, "1.0.0.127.bl.test A", `${LISTED} A`, `${LISTED} TXT`]);
    expect(notes).toEqual({
      address: "192.0.2.66",
      queries: { "bl.test": 4 },
      listings: [
        {
          list: "bl.test",
          verdict: "listed",
          answers: ["127.0.0.2"],
          meanings: [],
          text: "see https://bl.test/66",
          durationMs: 0,
        },
      ],
    });
    expect(io.said).toEqual(["* bl.test: listed (127.0.0.2)", "dns:ok"]);
  });

  it("is not asked for a reason when it does not list", async () => {
    const io = fakeIo(healthy);
    const { listings } = await check(io, "192.0.2.1");
    expect(listings).toMatchObject([{ verdict: "not_listed", answers: [] }]);
    expect(io.asked.filter((question) => question.endsWith("TXT"))).toEqual([]);
  });

  it.each<[string, Record<string, ReturnType<FakeZone>>, ListingUnknown]>([
    ["refuses the resolver", { [WORKS]: ["127.255.255.254"] }, "refused_public_resolver"],
    ["lists the world", { "1.0.0.127.bl.test": ["127.0.0.2"] }, "lists_the_world"],
    ["is dead", { [WORKS]: "nxdomain" }, "dead"],
    ["was taken over", { [WORKS]: ["203.0.113.9"] }, "answer_outside_127"],
    ["refuses in the middle", { [LISTED]: ["127.255.255.255"] }, "refused_quota"],
    ["answers nonsense in the middle", { [LISTED]: ["203.0.113.9"] }, "answer_outside_127"],
    ["fails in the middle", { [LISTED]: "servfail" }, "servfail"],
  ])("that %s is unknown", async (_, answers, reason) => {
    const io = fakeIo((name, type) => answers[name] ?? healthy(name, type));
    const { listings } = await check(io);
    expect(listings).toMatchObject([{ verdict: "unknown", reason }]);
  });

  it.each([
    ["servfail", "dns_servfail"],
    ["refused", "dns_refused"],
    ["timeout", "dns_timeout"],
    ["malformed", "dns_malformed"],
  ] as const)("that is all there is and answers %s is the fault %s", async (status, code) => {
    const io = fakeIo(() => status);
    const { fault, listings } = await check(io);
    expect(fault).toBeInstanceOf(FaultError);
    expect(fault).toMatchObject({ fault: { code, phase: "dns" } });
    expect(listings).toHaveLength(1);
    expect(io.said.at(-1)).toBe(`dns:${code}`);
  });

  it("bounds what is kept of an answer without end", async () => {
    const many = Array.from({ length: 5000 }, (_, n) => `127.0.${n >> 8}.${n & 255}`);
    const io = fakeIo((name, type) =>
      name === LISTED && type === "A" ? many.slice(2) : healthy(name, type),
    );
    const { listings, fault } = await check(io);
    expect(fault).toBeUndefined();
    expect(listings).toMatchObject([{ verdict: "listed", answers: { length: 16 } }]);
  });

  it("bounds and cleans the reason", async () => {
    const io = fakeIo((name, type) =>
      type === "TXT" ? [`a\u001b[31m\n${"x".repeat(5000)}`, "b"] : healthy(name, type),
    );
    const { listings } = await check(io);
    expect(listings[0]?.text).toHaveLength(300);
    expect(listings[0]?.text).toMatch(/^a \[31m xxx/);
  });
});

describe("several lists", () => {
  const two = { lists: [{ zone: "dead.test" }, { zone: "bl.test" }] };
  const oneSilent: FakeZone = (name, type) => (name.endsWith("dead.test") ? "timeout" : healthy(name, type));

  it("do not spoil each other", async () => {
    const { listings, fault } = await check(fakeIo(oneSilent), "192.0.2.66", two);
    expect(fault).toBeUndefined();
    expect(listings).toMatchObject([{ verdict: "unknown", reason: "timeout" }, { verdict: "listed" }]);
  });

  it("are left out when they have no entries of this kind", async () => {
    const input = { lists: [{ zone: "bl.test" }, { zone: "dbl.test", kinds: ["domain"] }] };
    const io = fakeIo((name) => (name.startsWith("test.") ? ["127.0.1.2"] : "nxdomain"));
    const { listings } = await check(io, "Bücher.example", input);
    expect(listings).toMatchObject([{ list: "dbl.test", verdict: "not_listed" }]);
    expect(io.asked).toEqual(["test.dbl.test A", "invalid.dbl.test A", "xn--bcher-kva.example.dbl.test A"]);
    expect((await check(fakeIo(healthy), "2001:db8::1")).listings).toEqual([]);
  });

  it("keep what they said when another is silent until the deadline", async () => {
    const controller = new AbortController();
    const reason = Object.assign(new Error("deadline"), { name: "TimeoutError" });
    const io = fakeIo(
      (name, type) => {
        if (!name.startsWith("66.2.0.192.dead")) return healthy(name, type);
        return new Promise((_, reject) => {
          controller.signal.addEventListener("abort", () => reject(reason));
          setImmediate(() => controller.abort(reason));
        });
      },
      { signal: controller.signal },
    );
    const { listings, fault } = await check(io, "192.0.2.66", two);
    expect(fault).toBeUndefined();
    expect(listings).toMatchObject([{ verdict: "unknown", reason: "timeout" }, { verdict: "listed" }]);
  });

  it("end with the reason of an abort that is no deadline", async () => {
    const reason = new Error("stopping");
    const { fault } = await check(fakeIo(healthy, { signal: AbortSignal.abort(reason) }));
    expect(fault).toBe(reason);
  });
});

describe("a key", () => {
  it("is in the question, and nowhere else", async () => {
    const key = "s3cretk3y";
    const said: string[] = [];
    for (const status of ["servfail", "timeout", "malformed", "listed"] as const) {
      const io = fakeIo((name, type) => {
        if (status !== "listed") return status;
        return type === "TXT" ? [`${name} is listed; key S3CRETK3Y`] : healthy(name, type);
      });
      const { notes, fault } = await check(io, "192.0.2.66", { lists: [{ preset: "spamhaus-zen", key }] });
      expect(io.asked[0]).toBe(`2.0.0.127.${key}.zen.dq.spamhaus.net A`);
      said.push(
        JSON.stringify(notes),
        io.said.join("\n"),
        fault instanceof FaultError ? JSON.stringify(fault.fault) + fault.stack : "",
      );
    }
    expect(said.join("\n")).toContain("[redacted]");
    expect(said.join("\n").toLowerCase()).not.toContain(key);
  });

  it("tells two subscriptions apart", async () => {
    const probe = createBlocklistProbe();
    const io = fakeIo((name, type) => (name.includes("bad") ? ["127.255.255.255"] : healthy(name, type)));
    const ask = (key: string) =>
      check(
        { ...io, memory: fakeMemory() },
        "192.0.2.66",
        { lists: [{ preset: "spamhaus-zen", key }] },
        probe,
      );
    expect((await ask("bad")).listings).toMatchObject([{ reason: "refused_quota" }]);
    expect((await ask("good")).listings).toMatchObject([{ verdict: "listed" }]);
  });
});

it("asks the name servers of the options", async () => {
  const servers: unknown[] = [];
  const io = fakeIo((name, type, options) => {
    servers.push(options?.servers);
    return healthy(name, type);
  });
  await check(io, "192.0.2.66", { lists: [{ zone: "bl.test" }], resolver: { servers: ["127.0.0.1:5353"] } });
  expect(servers).toEqual(Array.from({ length: 4 }, () => ["127.0.0.1:5353"]));
});
