import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { testJob } from "../../test/support/jobs.ts";
import { type Behaviour, observerBench as bench, throwFault } from "../../test/support/observer-bench.ts";
import { settle } from "../../test/support/virtual-time.ts";

/** Notices the abort at once, as the net does. */
const untilAborted = ({ signal }: { signal: AbortSignal }): Promise<void> =>
  new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason));
  });
const never = (): Promise<void> => new Promise(() => undefined);

describe("the deadline", () => {
  it("aborts the signal, and the fault names the phase under way", async () => {
    const { time, observe } = bench({
      run: (_subject, _options, io) => {
        io.phases.begin("ehlo");
        return untilAborted(io);
      },
    });
    const pending = observe(testJob({ timeoutMs: 5000 }));
    await time.advance(5000);
    expect(await pending).toMatchObject({
      durationMs: 5000,
      phases: [{ name: "ehlo", durationMs: 5000, outcome: "timeout" }],
      fault: { code: "timeout", phase: "ehlo", message: "the deadline of 5 s passed in phase ehlo" },
      verdict: "fail",
    });
  });

  it("gives reasons that read like those of the platform", async () => {
    const { time, observe, seen } = bench({ run: (_subject, _options, io) => untilAborted(io) });
    const pending = observe(testJob({ timeoutMs: 5000 }));
    await time.advance(5000);
    await pending;
    expect(seen.signals[0]?.reason).toMatchObject({ name: "TimeoutError" });
  });

  it("may be the caller's in place of the job's", async () => {
    const { time, observe } = bench({ run: (_subject, _options, io) => untilAborted(io) });
    const pending = observe(testJob({ timeoutMs: 5000 }), { timeoutMs: 100 });
    await time.advance(100);
    expect(await pending).toMatchObject({ durationMs: 100, fault: { code: "connect_timeout" } });
  });

  it("cuts a run that does not listen, a grace later", async () => {
    const { time, observe } = bench({
      run: (_subject, _options, io, notes) => {
        Object.assign(notes, { banner: "220" });
        io.phases.begin("data");
        return never();
      },
    });
    const pending = observe(testJob({ timeoutMs: 5000 }));
    await time.advance(5250);
    expect(await pending).toMatchObject({
      durationMs: 5250,
      evidence: { banner: "220" },
      fault: { code: "timeout", phase: "data" },
      verdict: "fail",
    });
    expect(time.pending).toBe(0);
  });

  it("lets nothing that a cut run does later reach the observation", async () => {
    const { time, observe, seen } = bench({
      run: async (_subject, _options, io, notes) => {
        io.phases.begin("data");
        await time.wait(9000);
        Object.assign(notes, { late: true });
        throw new Error("late");
      },
    });
    const pending = observe(testJob({ timeoutMs: 5000 }));
    await time.advance(20_000);
    const observation = await pending;
    expect(observation.evidence).toEqual({});
    expect(seen.defects).toEqual([]);
  });

  it("does not spoil a run that ends well in the grace", async () => {
    const { time, observe } = bench({ run: () => time.wait(5100) });
    const pending = observe(testJob({ timeoutMs: 5000 }));
    await time.advance(5100);
    expect(await pending).toMatchObject({ durationMs: 5100, verdict: "pass" });
  });
});

describe("an abort by the caller", () => {
  it("ends the run as aborted, which says nothing about the target", async () => {
    const { time, observe } = bench({ run: (_subject, _options, io) => untilAborted(io) });
    const controller = new AbortController();
    const pending = observe(testJob(), { signal: controller.signal });
    await time.advance(40);
    controller.abort();
    expect(await pending).toMatchObject({ durationMs: 40, fault: { code: "aborted" }, verdict: "unknown" });
    expect(time.pending).toBe(0);
  });

  it("before the start keeps the probe from running at all", async () => {
    let runs = 0;
    const { observe, seen } = bench({
      run: async () => {
        runs += 1;
      },
    });
    const observation = await observe(testJob(), { signal: AbortSignal.abort() });
    expect(observation).toMatchObject({ fault: { code: "aborted", phase: "connect" }, verdict: "unknown" });
    expect([runs, seen.signals.length]).toEqual([0, 0]);
  });
});

describe("after the end", () => {
  it.each<[string, Behaviour["run"]]>([
    ["a good run", async () => undefined],
    ["a bad run", throwFault],
  ])("of %s nothing is left: the signal is aborted, no timer, no listener", async (_what, run) => {
    const { time, observe, seen } = bench(run === undefined ? {} : { run });
    const { signal } = new AbortController();
    await observe(testJob(), { signal });
    await settle();
    expect(seen.signals.map(({ aborted }) => aborted)).toEqual([true]);
    expect(time.pending).toBe(0);
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });
});
