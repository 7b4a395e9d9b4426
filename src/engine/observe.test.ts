import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { testJob } from "../../test/support/jobs.ts";
import { settle, VirtualTime } from "../../test/support/virtual-time.ts";
import { type Fault, FaultError, type Finding } from "../model/observation.ts";
import type { Diagnosable, Job, NetIo, OpenNet, Probe } from "../model/probe.ts";
import { Secret } from "../model/secret.ts";
import type { TranscriptLine } from "../model/smtp.ts";
import { createObserver, type ObserverParts } from "./observe.ts";

const PASS: Finding = { id: "works", verdict: "pass", message: "It works" };

const noNet: NetIo = {
  resolve: () => Promise.reject(new Error("no network")),
  dialSmtp: () => Promise.reject(new Error("no network")),
  composeSeed: () => Promise.reject(new Error("no network")),
};

type Behaviour = Partial<Pick<Probe, "run" | "judge" | "phases">>;

function bench(behaviour: Behaviour, parts: Partial<ObserverParts> = {}) {
  const time = new VirtualTime("2026-05-01T10:00:00Z");
  const seen = { signals: [] as AbortSignal[], diagnosed: [] as Diagnosable[], defects: [] as unknown[] };
  const openNet: OpenNet = ({ signal }) => {
    seen.signals.push(signal);
    return noNet;
  };
  const probe: Probe = {
    kind: "test",
    subject: "relay",
    title: "",
    causes: [],
    phases: () => ["connect"],
    parseOptions: (input) => input,
    run: async () => undefined,
    judge: () => [PASS],
    ...behaviour,
  };
  const observe = createObserver({
    probes: new Map([["test", probe]]),
    openNet,
    diagnose: (what) => {
      seen.diagnosed.push(what);
      return { code: "unknown", certainty: "possible", evidence: [], remedy: "Look" };
    },
    clock: time.clock,
    timers: time.timers,
    onDefect: (_job, error) => seen.defects.push(error),
    ...parts,
  });
  return { time, observe, seen };
}

const fault: Fault = { code: "reset", phase: "banner", message: "Connection reset by peer" };
const throwFault = async (): Promise<void> => {
  throw new FaultError(fault);
};
/** Notices the abort at once, as the net does. */
const untilAborted = ({ signal }: { signal: AbortSignal }): Promise<void> =>
  new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason));
  });
const never = (): Promise<void> => new Promise(() => undefined);

describe("an observation", () => {
  it("holds what was found, and passes when nothing speaks against it", async () => {
    const { time, observe, seen } = bench({
      run: async (_subject, _options, io, notes) => {
        const end = io.phases.begin("connect");
        await time.wait(12);
        end();
        Object.assign(notes, { queueId: "ABC123" });
      },
    });
    const pending = observe(testJob());
    await time.advance(12);
    expect(await pending).toEqual({
      id: `test/relay/eu@${Date.parse("2026-05-01T10:00:00Z")}`,
      target: "eu",
      probe: "test",
      startedAt: Date.parse("2026-05-01T10:00:00Z"),
      durationMs: 12,
      phases: [{ name: "connect", startMs: 0, durationMs: 12, outcome: "ok" }],
      evidence: { queueId: "ABC123" },
      findings: [PASS],
      verdict: "pass",
    });
    expect(seen.diagnosed).toEqual([]);
  });

  it("keeps what was noted before a fault, and blames the phase under way", async () => {
    const { observe, seen } = bench({
      run: async (_subject, _options, io, notes) => {
        Object.assign(notes, { remote: { port: 25 } });
        io.phases.begin("banner");
        await throwFault();
      },
      judge: (_notes, _options, told) => [{ id: told?.code ?? "none", verdict: "fail", message: "" }],
    });
    const observation = await observe(testJob());
    expect(observation).toMatchObject({
      evidence: { remote: { port: 25 } },
      phases: [{ name: "banner", outcome: "reset" }],
      findings: [{ id: "reset" }],
      fault,
      cause: { code: "unknown" },
      verdict: "fail",
    });
    expect(seen.diagnosed).toMatchObject([{ probe: "test", subject: { name: "eu" }, fault }]);
  });

  it("is JSON-safe, frozen all the way down, and shows no secret that got into the notebook", async () => {
    const { observe } = bench({
      run: async (_subject, _options, _io, notes) => {
        Object.assign(notes, {
          at: new Date(0),
          deep: [{ password: new Secret("canary-4711") }],
          gone: undefined,
        });
        await throwFault();
      },
    });
    const observation = await observe(testJob());
    expect(JSON.parse(JSON.stringify(observation))).toEqual(observation);
    expect(JSON.stringify(observation)).not.toContain("canary-4711");
    const frozen = (value: unknown): boolean =>
      typeof value !== "object" ||
      value === null ||
      (Object.isFrozen(value) && Object.values(value).every(frozen));
    expect(frozen(observation)).toBe(true);
  });

  it("has an id of its own, also when the clock says the same again", async () => {
    const { time, observe } = bench({});
    const ids: string[] = [];
    for (const step of [0, 0, 1, -1]) {
      time.setWallClock(step);
      ids.push((await observe(testJob())).id);
    }
    ids.push((await observe(testJob({ id: "test/relay/us" }))).id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("remembers for the next run of the job, and for no other", async () => {
    const { observe } = bench({
      run: async (_subject, _options, { memory }, notes) => {
        Object.assign(notes, { before: memory.recall("runs") });
        memory.remember("runs", 1);
      },
    });
    const evidence: unknown[] = [];
    for (const id of ["a", "a", "b"]) evidence.push((await observe(testJob({ id }))).evidence);
    expect(evidence).toEqual([{}, { before: 1 }, {}]);
  });

  it("passes the transcript on", async () => {
    const lines: TranscriptLine[] = [];
    const { time, observe } = bench({
      run: async (_subject, _options, { phases }) => {
        await time.wait(3);
        phases.say("S", "220 ready");
      },
    });
    const pending = observe(testJob(), { onTranscript: (line) => lines.push(line) });
    await time.advance(3);
    await pending;
    expect(lines).toEqual([{ atMs: 3, side: "S", text: "220 ready" }]);
  });
});

describe("observing never rejects", () => {
  const broken = (): never => {
    throw new RangeError("password is canary-4711");
  };
  it.each<[string, Behaviour, Partial<ObserverParts>, Partial<Job>]>([
    ["a run that throws", { run: broken }, {}, {}],
    ["a run that rejects", { run: async () => broken() }, {}, {}],
    ["a judge that throws", { judge: broken }, {}, {}],
    ["a judge that throws after a fault", { run: throwFault, judge: broken }, {}, {}],
    ["a judge that returns nonsense", { judge: () => 7 as unknown as Finding[] }, {}, {}],
    ["a network that cannot be opened", {}, { openNet: broken }, {}],
    ["a memory that cannot be opened", {}, { memoryFor: broken }, {}],
    ["phases that throw", { run: broken, phases: broken }, {}, {}],
    ["a log of defects that throws", { run: broken }, { onDefect: broken }, {}],
    ["a kind of probe that there is not", {}, {}, { probe: "nonsense" }],
  ])("%s", async (_what, behaviour, parts, job) => {
    const { observe, time } = bench(behaviour, parts);
    const observation = await observe(testJob(job));
    expect(observation).toMatchObject({ verdict: "unknown", fault: { code: "internal_error" } });
    expect(observation.fault?.message).toMatch(/^A defect in Mailgauge, in (run|judge)/);
    expect(JSON.stringify(observation)).not.toContain("canary-4711");
    expect(time.pending).toBe(0);
  });

  it("a diagnosis that throws: it goes without", async () => {
    const { observe, seen } = bench({ run: throwFault }, { diagnose: broken });
    const observation = await observe(testJob());
    expect(observation).toMatchObject({ verdict: "fail", fault });
    expect(observation.cause).toBeUndefined();
    expect(seen.defects).toHaveLength(1);
  });

  it("tells the whole defect to who keeps the log", async () => {
    const { observe, seen } = bench({ run: broken });
    await observe(testJob());
    expect(seen.defects).toEqual([new RangeError("password is canary-4711")]);
  });
});

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
      fault: { code: "timeout", phase: "ehlo", message: "The deadline of 5000 ms came during ehlo" },
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
