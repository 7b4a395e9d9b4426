import { describe, expect, it } from "vitest";
import type { Observation, Verdict } from "../model/observation.ts";
import type { Job } from "../model/probe.ts";
import { createRecentStore } from "./recent.ts";

function job(name: string): Job {
  const subject = { kind: "address", name, labels: {}, address: "192.0.2.1" } as const;
  return { id: `p/address/${name}`, subject, probe: "p", options: {}, timeoutMs: 1 };
}

function saw(of: Job, startedAt: number, verdict: Verdict = "pass"): Observation {
  return {
    id: `${of.id}@${startedAt}`,
    target: of.subject.name,
    probe: of.probe,
    startedAt,
    durationMs: 1,
    phases: [],
    evidence: {},
    findings: [],
    verdict,
  };
}

const A = job("a");
const B = job("b");
const times = (observations: readonly Observation[]) => observations.map(({ startedAt }) => startedAt);

describe("the recent store", () => {
  it("keeps the last runs of a job, oldest first", () => {
    const store = createRecentStore({ perJob: 3 });
    for (const at of [1, 2, 3, 4, 5]) store.add(A, saw(A, at));
    expect(times(store.runs(A.id))).toEqual([3, 4, 5]);
    expect(store.last(A.id)?.startedAt).toBe(5);
    expect(store.byId("p/address/a@5")?.startedAt).toBe(5);
    expect(store.byId("p/address/a@1")).toBeUndefined();
  });

  it("keeps a failure longer than a pass, and not for ever", () => {
    const store = createRecentStore({ perJob: 1, failuresPerJob: 2 });
    for (const [at, verdict] of [
      [1, "fail"],
      [2, "pass"],
      [3, "unknown"],
      [4, "warn"],
      [5, "fail"],
      [6, "pass"],
    ] as const) {
      store.add(A, saw(A, at, verdict));
    }
    expect(times(store.runs(A.id))).toEqual([6]);
    expect(times(store.find())).toEqual([6, 5, 3]);
    expect(store.byId("p/address/a@1")).toBeUndefined();
    expect(store.byId("p/address/a@3")?.verdict).toBe("unknown");
  });

  it("finds by target, probe and verdict, newest first", () => {
    const store = createRecentStore();
    store.add(A, saw(A, 1, "fail"));
    store.add(B, saw(B, 2, "fail"));
    store.add(A, saw(A, 3));
    expect(times(store.find())).toEqual([3, 2, 1]);
    expect(times(store.find({ target: "a" }))).toEqual([3, 1]);
    expect(times(store.find({ verdict: "fail" }))).toEqual([2, 1]);
    expect(times(store.find({ probe: "q" }))).toEqual([]);
    expect(times(store.find({ limit: 1 }))).toEqual([3]);
  });

  it("forgets the jobs that a reload took away, also one that was running", () => {
    const store = createRecentStore();
    store.add(A, saw(A, 1));
    store.add(B, saw(B, 1));
    store.keepOnly([A.id]);
    store.add(B, saw(B, 2));
    expect(store.runs(A.id)).toHaveLength(1);
    expect(store.runs(B.id)).toEqual([]);
    expect(store.byId("p/address/b@1")).toBeUndefined();
  });

  it("forgets what a job has seen, and goes on with it", () => {
    const store = createRecentStore();
    store.add(A, saw(A, 1));
    store.add(B, saw(B, 1));
    store.forget([A.id, "nobody"]);
    expect(store.last(A.id)).toBeUndefined();
    expect(store.byId("p/address/a@1")).toBeUndefined();
    store.add(A, saw(A, 2));
    expect(times(store.runs(A.id))).toEqual([2]);
    expect(times(store.runs(B.id))).toEqual([1]);
  });

  describe("with little memory", () => {
    const heavy = (of: Job, at: number, verdict: Verdict = "pass"): Observation => ({
      ...saw(of, at, verdict),
      evidence: { banner: "x".repeat(1000) },
      findings: [{ id: "f", verdict, message: "y".repeat(100) }],
      fault: {
        code: "closed",
        phase: "quit",
        message: "gone",
        reply: { code: 221, lines: ["z".repeat(1000)] },
      },
    });
    const full = (observations: readonly Observation[]) =>
      times(observations.filter(({ findings }) => findings.length > 0));

    it("goes on to know how each run ended, and forgets what the oldest passes had seen", () => {
      const store = createRecentStore({ maxBytes: 10_000 });
      for (let at = 1; at <= 9; at += 1) store.add(A, heavy(A, at, at === 2 ? "fail" : "pass"));
      const runs = store.runs(A.id);
      expect(times(runs)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
      expect(runs[1]?.verdict).toBe("fail");
      expect(full(runs)).toEqual([2, 8, 9]);
      const first = store.byId("p/address/a@1");
      expect(first).toBe(runs[0]);
      expect(first).toMatchObject({ evidence: {}, findings: [], fault: { code: "closed", message: "gone" } });
      expect(JSON.stringify(first).length).toBeLessThan(300);
      expect(times(store.find({ limit: 2 }))).toEqual([9, 8]);
    });

    it("shares it among the jobs, and always keeps the last run of each", () => {
      const store = createRecentStore({ maxBytes: 10_000 });
      const jobs = Array.from({ length: 50 }, (_, index) => job(`n${index}`));
      for (let at = 1; at <= 5; at += 1) for (const each of jobs) store.add(each, heavy(each, at));
      for (const each of jobs) expect(full(store.runs(each.id))).toEqual([5]);
    });
  });

  it("knows nothing of a job that never ran", () => {
    expect(createRecentStore().last("x")).toBeUndefined();
  });
});
