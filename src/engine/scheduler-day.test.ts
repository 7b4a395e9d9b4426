import { describe, expect, it } from "vitest";
import { testJob } from "../../test/support/jobs.ts";
import { SchedulerBench } from "../../test/support/scheduler-bench.ts";
import type { Job, Schedule } from "../model/probe.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Jobs of each schedule, and how often such a job runs on Sunday 25 October 2026, when summer time ends in Europe. */
const MIX: [Schedule, jobs: number, runs: number][] = [
  [{ everyMs: MINUTE }, 50, 1440],
  [{ everyMs: 5 * MINUTE }, 350, 288],
  [{ everyMs: 15 * MINUTE }, 300, 96],
  [{ everyMs: HOUR }, 150, 24],
  [{ everyMs: DAY }, 50, 1],
  [{ cron: "*/10 * * * *" }, 50, 144],
  [{ cron: "30 * * * *" }, 20, 24],
  [{ cron: "15 1 * * *" }, 10, 1],
  [{ cron: "0 9 * * 1-5" }, 10, 0],
  [{ cron: "0 0 3 L 10 *" }, 10, 0],
];

const jobs: { job: Job; runs: number }[] = MIX.flatMap(([schedule, count, runs], kind) =>
  Array.from({ length: count }, (_, index) => ({
    job: testJob({ id: `test/relay/k${kind}-${index}`, schedule }),
    runs,
  })),
);

describe("1,000 jobs over a day on which clocks are changed", () => {
  it("run as often as their schedules say, each alone, spread over the seconds", async () => {
    const bench = new SchedulerBench({ start: "2026-10-24T23:59:59.999Z", durationMs: () => 2 * SECOND });
    bench.scheduler.start(jobs.map(({ job }) => job));
    await bench.time.advance(DAY);

    const counts = new Map<string, number>();
    const perSecond = new Map<number, number>();
    for (const { id, at, job } of bench.starts) {
      counts.set(id, (counts.get(id) ?? 0) + 1);
      const second = Math.floor(at / SECOND);
      const isInterval = job.schedule !== undefined && "everyMs" in job.schedule;
      if (isInterval) perSecond.set(second, (perSecond.get(second) ?? 0) + 1);
    }
    const wrong = jobs.filter(({ job, runs }) => (counts.get(job.id) ?? 0) !== runs);
    expect(wrong).toEqual([]);
    expect(bench.doubled).toEqual([]);
    expect(bench.skips).toEqual({ overlap: 0, missed: 0, limited: 0 });
    expect(bench.lags.every((lag) => lag === 0)).toBe(true);
    // 2.37 a second on average; without the spread, 950 would fall on the first second of the hour.
    expect(Math.max(...perSecond.values())).toBeLessThan(15);
    expect(bench.time.pending - bench.scheduler.inFlight).toBe(1);
  });
});
