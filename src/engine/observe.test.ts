import { describe, expect, it } from "vitest";
import { testJob } from "../../test/support/jobs.ts";
import {
  type Behaviour,
  fault,
  observerBench as bench,
  PASS,
  throwFault,
} from "../../test/support/observer-bench.ts";
import type { Finding } from "../model/observation.ts";
import type { Job, OpenNet } from "../model/probe.ts";
import { Secret } from "../model/secret.ts";
import type { TranscriptLine } from "../model/smtp.ts";
import type { ObserverParts } from "./observe.ts";

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

  it("tells the network how long the run may take, so that it can share the time out", async () => {
    const told: unknown[] = [];
    const openNet: OpenNet = ({ timeoutMs }) => {
      told.push(timeoutMs);
      throw new Error("no network");
    };
    const { observe } = bench({}, { openNet });
    await observe(testJob({ timeoutMs: 7000 }));
    await observe(testJob({ timeoutMs: 7000 }), { timeoutMs: 900 });
    expect(told).toEqual([7000, 900]);
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
    expect(observation.fault?.message).toMatch(/^a defect in Mailgauge, in (run|judge)/);
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
