import { describe, expect, it } from "vitest";
import { testJob } from "../../test/support/jobs.ts";
import { SchedulerBench } from "../../test/support/scheduler-bench.ts";
import type { Job } from "../model/probe.ts";
import { nextRun } from "./schedule.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const START = Date.parse("2026-05-01T10:00:00Z");

const minutely = (id: string): Job => testJob({ id });
const atFullHour = (id: string): Job => testJob({ id, schedule: { cron: "0 * * * *" } });
const jobs = (count: number, make: (id: string) => Job): Job[] =>
  Array.from({ length: count }, (_, index) => make(`test/relay/mx${index}`));

describe("a reload", () => {
  const until = (bench: SchedulerBench, id: string): number =>
    nextRun({ everyMs: MINUTE }, id, bench.time.clock.now()) - bench.time.clock.now();

  it("leaves a run under way alone, and the next has the new options", async () => {
    const bench = new SchedulerBench({ durationMs: () => 10 * SECOND });
    bench.scheduler.start([minutely("eu")]);
    await bench.time.advance(until(bench, "eu") + SECOND);
    bench.scheduler.reload([{ ...minutely("eu"), options: { depth: "data" } }]);
    await bench.time.advance(MINUTE);
    const first = nextRun({ everyMs: MINUTE }, "eu", START);
    expect(bench.starts.map(({ at, job }) => [at, job.options])).toEqual([
      [first, {}],
      [first + MINUTE, { depth: "data" }],
    ]);
    expect(bench.delivered).toHaveLength(1);
    expect(bench.aborted).toEqual([]);
  });

  it("aborts the run of a removed job, and throws its result away", async () => {
    const bench = new SchedulerBench({ durationMs: () => 10 * SECOND });
    bench.scheduler.start([minutely("gone"), minutely("kept")]);
    await bench.time.advance(until(bench, "gone") + SECOND);
    bench.scheduler.reload([minutely("kept")]);
    await bench.time.advance(5 * MINUTE);
    expect(bench.aborted).toEqual(["gone"]);
    expect(bench.delivered.map(({ id }) => id.split("@")[0])).not.toContain("gone");
    expect(bench.startsOf("gone")).toHaveLength(1);
    expect(bench.startsOf("kept")).toHaveLength(5);
  });

  it("moves a job to its new schedule at once, also while it runs", async () => {
    const bench = new SchedulerBench({ durationMs: () => 10 * SECOND });
    bench.scheduler.start([testJob({ id: "eu", schedule: { everyMs: HOUR } })]);
    await bench.time.advance(nextRun({ everyMs: HOUR }, "eu", START) - START + SECOND);
    const reloadedAt = bench.time.clock.now();
    bench.scheduler.reload([testJob({ id: "eu", schedule: { cron: "*/2 * * * *" } })]);
    await bench.time.advance(10 * MINUTE);
    expect(bench.startsOf("eu").length).toBe(6);
    expect(bench.startsOf("eu")[1]).toBe(nextRun({ cron: "*/2 * * * *" }, "eu", reloadedAt));
    expect(bench.doubled).toEqual([]);
  });

  it("keeps who waits in the queue, except for an old slot or an old server", async () => {
    const hosts: Record<string, string> = { kept: "a", moved: "a", rescheduled: "a", first: "a" };
    const bench = new SchedulerBench({
      limits: { concurrency: 10, perDestination: 1 },
      durationMs: () => 10 * SECOND,
      destinationsOf: ({ id }) => [hosts[id] ?? id],
    });
    const all = ["first", "kept", "moved", "rescheduled"].map(atFullHour);
    bench.scheduler.start(all);
    await bench.time.advance(HOUR);
    expect([bench.scheduler.inFlight, bench.scheduler.waiting]).toEqual([1, 3]);
    hosts["moved"] = "b";
    bench.scheduler.reload(
      all.map((job) => (job.id === "rescheduled" ? { ...job, schedule: { cron: "30 * * * *" } } : job)),
    );
    expect([bench.scheduler.inFlight, bench.scheduler.waiting, bench.skips.limited]).toEqual([1, 1, 2]);
    await bench.time.advance(MINUTE);
    expect(bench.starts.map(({ id }) => id)).toEqual(["first", "kept"]);
    await bench.time.advance(HOUR);
    expect(new Set(bench.starts.map(({ id }) => id)).size).toBe(4);
  });

  it.each<[string, Job[], RegExp]>([
    ["two jobs of one id", [minutely("a"), minutely("a")], /^Two jobs have the id "a"$/],
    ["a cron expression that is none", [testJob({ id: "b", schedule: { cron: "61 * * * *" } })], /61/],
    ["an interval that is none", [testJob({ id: "b", schedule: { everyMs: 0 } })], /whole number/],
  ])("with %s is refused, and the old jobs go on", async (_what, bad, message) => {
    const bench = new SchedulerBench();
    bench.scheduler.start([minutely("eu")]);
    expect(() => bench.scheduler.reload(bad)).toThrow(message);
    await bench.time.advance(3 * MINUTE);
    expect(bench.startsOf("eu")).toHaveLength(3);
  });

  it("over and over leaves one timer, and misses no slot", async () => {
    const bench = new SchedulerBench();
    bench.scheduler.start(jobs(50, minutely));
    for (let second = 0; second < 120; second += 1) {
      await bench.time.advance(SECOND);
      bench.scheduler.reload(jobs(50, minutely));
    }
    expect(bench.starts).toHaveLength(100);
    expect(bench.time.pending - bench.scheduler.inFlight).toBe(1);
  });

  it("takes new limits", async () => {
    const bench = new SchedulerBench({
      limits: { concurrency: 1, perDestination: 1 },
      durationMs: () => MINUTE,
    });
    bench.scheduler.start(jobs(10, atFullHour));
    await bench.time.advance(HOUR);
    bench.scheduler.reload(jobs(10, atFullHour), { concurrency: 4, perDestination: 1 });
    expect([bench.scheduler.inFlight, bench.scheduler.waiting]).toEqual([4, 6]);
  });

  it("with bad limits is refused, and the old jobs go on", async () => {
    const bench = new SchedulerBench();
    bench.scheduler.start([minutely("eu")]);
    expect(() => bench.scheduler.reload([], { concurrency: 0, perDestination: 1 })).toThrow(RangeError);
    await bench.time.advance(3 * MINUTE);
    expect(bench.startsOf("eu")).toHaveLength(3);
  });
});
