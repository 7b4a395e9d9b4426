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

describe("jobs that are due", () => {
  it("start at their slots, without lag, and what they find goes to the sinks", async () => {
    const bench = new SchedulerBench();
    bench.scheduler.start([minutely("eu")]);
    await bench.time.advance(3 * MINUTE);
    const first = nextRun({ everyMs: MINUTE }, "eu", START);
    expect(bench.startsOf("eu")).toEqual([first, first + MINUTE, first + 2 * MINUTE]);
    expect(bench.lags).toEqual([0, 0, 0]);
    expect(bench.delivered.map(({ startedAt }) => startedAt)).toEqual(bench.startsOf("eu"));
  });

  it("start by cron in UTC, and a job without a schedule never does", async () => {
    const bench = new SchedulerBench({ start: "2026-10-24T23:00:00Z" });
    const { schedule: _none, ...unscheduled } = minutely("never");
    bench.scheduler.start([testJob({ id: "night", schedule: { cron: "30 0,1 * * *" } }), unscheduled]);
    await bench.time.advance(4 * HOUR);
    expect(bench.starts.map(({ id, at }) => [id, new Date(at).toISOString()])).toEqual([
      ["night", "2026-10-25T00:30:00.000Z"],
      ["night", "2026-10-25T01:30:00.000Z"],
    ]);
  });

  it("say when they run next, the first time in the warm-up too", async () => {
    const bench = new SchedulerBench({ warmUpMs: 2 * MINUTE });
    const impossible = testJob({ id: "never", schedule: { cron: "0 0 29 2 1#1" } });
    const { schedule: _none, ...unscheduled } = minutely("asked");
    bench.scheduler.start([
      testJob({ id: "day", schedule: { everyMs: 24 * HOUR } }),
      impossible,
      unscheduled,
    ]);
    const first = bench.scheduler.nextRun("day");
    await bench.time.advance(2 * MINUTE);
    expect(bench.startsOf("day")).toEqual([first]);
    expect(bench.scheduler.nextRun("day")).toBe(nextRun({ everyMs: 24 * HOUR }, "day", START));
    for (const id of ["never", "asked", "nobody"]) expect(bench.scheduler.nextRun(id)).toBeUndefined();
  });

  it("hold one timer, however many they are", () => {
    const bench = new SchedulerBench();
    bench.scheduler.start(jobs(10_000, minutely));
    expect(bench.time.pending).toBe(1);
  });

  it("have their first run within the warm-up, then only their slots", async () => {
    const bench = new SchedulerBench({ warmUpMs: 2 * MINUTE });
    const daily = (id: string): Job => testJob({ id, schedule: { everyMs: 24 * HOUR } });
    bench.scheduler.start([...jobs(100, daily), atFullHour("cron")]);
    await bench.time.advance(2 * MINUTE);
    expect(new Set(bench.starts.map(({ id }) => id)).size).toBeGreaterThan(98);
    expect(bench.startsOf("cron")).toEqual([]);
    expect(bench.mostInFlight).toBeLessThan(5);
    await bench.time.advance(24 * HOUR);
    expect(bench.startsOf("test/relay/mx7").slice(1)).toEqual([
      nextRun({ everyMs: 24 * HOUR }, "test/relay/mx7", START),
    ]);
    expect(bench.skips).toEqual({ overlap: 0, missed: 0, limited: 0 });
  });
});

describe("a job that takes longer than its interval", () => {
  it("is never run twice at once; the slots in between are counted", async () => {
    const bench = new SchedulerBench({ durationMs: () => 150 * SECOND });
    bench.scheduler.start([minutely("slow")]);
    await bench.time.advance(9 * MINUTE);
    expect(bench.doubled).toEqual([]);
    expect([bench.starts.length, bench.skips.overlap]).toEqual([3, 6]);
    expect(bench.lags).toEqual([0, 0, 0]);
  });
});

describe("1,000 jobs due at once", () => {
  it("wait for their turn within the limit, with their lag told", async () => {
    const bench = new SchedulerBench({
      limits: { concurrency: 50, perDestination: 1 },
      durationMs: () => SECOND,
    });
    bench.scheduler.start(jobs(1000, atFullHour));
    await bench.time.advance(HOUR);
    expect([bench.scheduler.inFlight, bench.scheduler.waiting]).toEqual([50, 950]);
    await bench.time.advance(MINUTE);
    expect([bench.scheduler.inFlight, bench.scheduler.waiting]).toEqual([0, 0]);
    expect(bench.delivered).toHaveLength(1000);
    expect(bench.mostInFlight).toBe(50);
    expect(bench.lags).toEqual(Array.from({ length: 1000 }, (_, index) => Math.floor(index / 50)));
  });

  it("are told as limited when their next slot comes while they wait", async () => {
    const bench = new SchedulerBench({
      limits: { concurrency: 1, perDestination: 1 },
      durationMs: () => 50 * SECOND,
    });
    bench.scheduler.start(jobs(4, (id) => testJob({ id, schedule: { cron: "* * * * *" } })));
    await bench.time.advance(10 * MINUTE);
    expect(bench.skips.limited + bench.skips.overlap + bench.starts.length + bench.scheduler.waiting).toBe(
      40,
    );
    expect(bench.skips.limited).toBeGreaterThan(10);
    // The queue is fair: nobody waits while another has three turns.
    const turns = jobs(4, minutely).map(({ id }) => bench.startsOf(id).length);
    expect(Math.max(...turns) - Math.min(...turns)).toBeLessThanOrEqual(1);
    expect(bench.mostInFlight).toBe(1);
  });
});

describe("jobs of one destination", () => {
  it("share its limit, and stand in nobody else's way", async () => {
    const bench = new SchedulerBench({
      limits: { concurrency: 100, perDestination: 2 },
      durationMs: () => SECOND,
      destinationsOf: ({ id }) => (id.startsWith("slow") ? ["host:slow"] : [`host:${id}`]),
    });
    const busy = Array.from({ length: 10 }, (_, index) => atFullHour(`slow/${index}`));
    bench.scheduler.start([...busy, ...jobs(10, atFullHour)]);
    await bench.time.advance(HOUR);
    expect([bench.scheduler.inFlight, bench.scheduler.waiting]).toEqual([12, 8]);
    await bench.time.advance(5 * SECOND);
    expect(bench.starts.filter(({ id }) => id.startsWith("slow")).map(({ at }) => at)).toEqual(
      busy.map((_, index) => START + HOUR + Math.floor(index / 2) * SECOND),
    );
    expect([bench.scheduler.inFlight, bench.scheduler.waiting]).toEqual([0, 0]);
  });
});

describe("after the machine was asleep or the clock was set", () => {
  it("10,000 jobs go on without a burst, and the slots that passed are counted", async () => {
    const bench = new SchedulerBench({ limits: { concurrency: 10_000, perDestination: 1 } });
    bench.scheduler.start(jobs(10_000, minutely));
    await bench.time.advance(30 * SECOND);
    const before = bench.starts.length;
    bench.time.suspend(8 * HOUR);
    await bench.time.advance(30 * SECOND);
    // 167 a second fall due; what fell due in the last 5 seconds is served late.
    expect(bench.starts.length - before).toBeLessThan(36 * 170);
    expect(bench.mostInFlight).toBeLessThan(5 * 200);
    // Who ran when the machine fell asleep still ran when it awoke.
    expect(bench.starts.length + bench.skips.missed + bench.skips.overlap).toBe(10_000 * 481);
    expect(bench.doubled).toEqual([]);
  });

  it("a clock set forward by an hour makes nobody run twice", async () => {
    const bench = new SchedulerBench();
    bench.scheduler.start(jobs(60, minutely));
    await bench.time.advance(5 * MINUTE);
    bench.time.setWallClock(HOUR);
    await bench.time.advance(5 * MINUTE);
    const counts = jobs(60, minutely).map(({ id }) => bench.startsOf(id).length);
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(9);
    expect(Math.max(...counts)).toBeLessThanOrEqual(11);
    expect(bench.starts.length + bench.skips.missed).toBe(60 * 70);
  });

  it("a clock set back by an hour makes nobody wait for an hour", async () => {
    const bench = new SchedulerBench();
    bench.scheduler.start(jobs(60, minutely));
    await bench.time.advance(5 * MINUTE);
    bench.time.setWallClock(-HOUR);
    await bench.time.advance(5 * MINUTE);
    const counts = jobs(60, minutely).map(({ id }) => bench.startsOf(id).length);
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(9);
    expect(Math.max(...counts)).toBeLessThanOrEqual(11);
    expect(bench.lags.every((lag) => lag >= 0 && lag < 5)).toBe(true);
  });

  it("lag is not misled by a clock that is set while a job waits", async () => {
    const bench = new SchedulerBench({
      limits: { concurrency: 1, perDestination: 1 },
      durationMs: () => 3 * SECOND,
    });
    bench.scheduler.start(jobs(2, atFullHour));
    await bench.time.advance(HOUR);
    bench.time.setWallClock(-30 * MINUTE);
    await bench.time.advance(3 * SECOND);
    expect(bench.lags).toEqual([0, 3]);
  });
});

describe("a job run out of turn", () => {
  it("runs at once, unless it is unknown, running or waiting already", async () => {
    const bench = new SchedulerBench({
      limits: { concurrency: 1, perDestination: 1 },
      durationMs: () => SECOND,
    });
    bench.scheduler.start([atFullHour("eu"), atFullHour("us")]);
    expect(["eu", "eu", "us", "us", "nobody"].map((id) => bench.scheduler.trigger(id))).toEqual([
      true,
      false,
      true,
      false,
      false,
    ]);
    await bench.time.advance(2 * SECOND);
    expect(bench.starts.map(({ id, at }) => [id, at - START])).toEqual([
      ["eu", 0],
      ["us", SECOND],
    ]);
    expect(bench.scheduler.trigger("eu")).toBe(true);
  });
});

describe("stopping", () => {
  it("starts nothing more, lets runs under way end, and leaves no timer", async () => {
    const bench = new SchedulerBench({
      limits: { concurrency: 2, perDestination: 1 },
      durationMs: () => 3 * SECOND,
    });
    bench.scheduler.start(jobs(5, atFullHour));
    await bench.time.advance(HOUR);
    let stopped = false;
    const stopping = bench.scheduler.stop({ drainMs: 10 * SECOND }).then(() => {
      stopped = true;
    });
    expect([bench.scheduler.inFlight, bench.scheduler.waiting]).toEqual([2, 0]);
    await bench.time.advance(2 * SECOND);
    expect(stopped).toBe(false);
    await bench.time.advance(SECOND);
    await stopping;
    expect([bench.delivered.length, bench.starts.length, bench.aborted.length]).toEqual([2, 2, 0]);
    expect(bench.time.pending).toBe(0);
    await bench.time.advance(2 * HOUR);
    expect(bench.starts).toHaveLength(2);
  });

  it("aborts what has not ended in time, and does not report it: it says nothing about the target", async () => {
    const bench = new SchedulerBench({ durationMs: () => Number.POSITIVE_INFINITY });
    bench.scheduler.start(jobs(3, atFullHour));
    await bench.time.advance(HOUR);
    const stopping = bench.scheduler.stop({ drainMs: 5 * SECOND });
    await bench.time.advance(5 * SECOND);
    await stopping;
    expect([bench.aborted.length, bench.delivered.length, bench.scheduler.inFlight]).toEqual([3, 0, 0]);
    expect(bench.time.pending).toBe(0);
  });

  it("while nothing runs is done at once, also the second time; then nothing starts", async () => {
    const bench = new SchedulerBench();
    bench.scheduler.start([minutely("eu")]);
    await bench.scheduler.stop({ drainMs: HOUR });
    await bench.scheduler.stop({ drainMs: HOUR });
    expect(bench.time.pending).toBe(0);
    expect(bench.scheduler.trigger("eu")).toBe(false);
    expect(() => bench.scheduler.reload([])).toThrow("The scheduler has been stopped");
  });
});

describe("a promise broken by others", () => {
  it("a sink that throws is told, and neither the other sinks nor the schedule suffer", async () => {
    const got: string[] = [];
    const bench = new SchedulerBench({
      sinks: [
        {
          add: () => {
            throw new Error("full");
          },
          stop: async () => undefined,
        },
        { add: ({ id }) => got.push(id), stop: async () => undefined },
      ],
    });
    bench.scheduler.start([minutely("eu")]);
    await bench.time.advance(3 * MINUTE);
    expect(got).toEqual(["eu", "eu", "eu"]);
    expect(bench.errors).toEqual([new Error("full"), new Error("full"), new Error("full")]);
  });

  it("an observer that rejects is told, and its place is given back", async () => {
    const bench = new SchedulerBench({
      limits: { concurrency: 1, perDestination: 1 },
      observe: () => Promise.reject(new Error("never")),
    });
    bench.scheduler.start([minutely("eu")]);
    await bench.time.advance(3 * MINUTE);
    expect(bench.errors).toHaveLength(3);
    expect(bench.scheduler.inFlight).toBe(0);
  });
});
