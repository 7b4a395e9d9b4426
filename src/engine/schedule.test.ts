import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Schedule } from "../model/probe.ts";
import { MAX_COUNTED, nextRun, offsetMs, planOf } from "./schedule.ts";

const MINUTE = 60_000;
const DAY = 86_400_000;
const at = (iso: string): number => Date.parse(iso);
const ids = (count: number): string[] => Array.from({ length: count }, (_, index) => `smtp/relay/mx${index}`);

describe("the offset of a job in its interval", () => {
  it("is the same after each restart", () => {
    expect([offsetMs("smtp/relay/eu", MINUTE), offsetMs("smtp/relay/us", MINUTE)]).toEqual([23_835, 11_333]);
  });

  it.each([
    ["ids that differ in a number at the end", ids(10_000)],
    ["probes of the same relays", ids(5000).flatMap((id) => [id, id.replace("smtp", "tls")])],
    ["short ids", Array.from({ length: 10_000 }, (_, index) => index.toString(36))],
  ])("spreads 10,000 %s evenly over 60 seconds", (_what, jobIds) => {
    const buckets = Array.from({ length: 60 }, () => 0);
    for (const id of jobIds) {
      const second = Math.floor(offsetMs(id, MINUTE) / 1000);
      buckets[second] = (buckets[second] ?? 0) + 1;
    }
    const expected = jobIds.length / 60;
    const chiSquare = buckets.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // 59 degrees of freedom: 98.3 is passed by one random spread in a thousand.
    expect(chiSquare).toBeLessThan(98.3);
  });

  it.each([1, 2, 1000, MINUTE, DAY])("is a whole number below an interval of %i ms", (everyMs) => {
    const offsets = ids(200).map((id) => offsetMs(id, everyMs));
    expect(offsets.every((offset) => Number.isInteger(offset) && offset >= 0 && offset < everyMs)).toBe(true);
  });
});

describe("a schedule by interval", () => {
  it.each([0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])("refuses an interval of %s ms", (everyMs) => {
    expect(() => planOf({ everyMs }, "job")).toThrow(/^An interval must be a whole number of milliseconds/);
  });

  it.each([
    ["summer time begins in Europe", "2026-03-29T00:00:00Z"],
    ["summer time ends in Europe", "2026-10-25T00:00:00Z"],
    ["a leap day", "2028-02-29T00:00:00Z"],
    ["a leap second was added at its end", "2016-12-31T00:00:00Z"],
    ["the year ends", "2026-12-31T00:00:00Z"],
    ["before the epoch", "1969-12-31T00:00:00Z"],
  ])("has 1440 slots, a minute apart, on a day of this kind: %s", (_what, day) => {
    const plan = planOf({ everyMs: MINUTE }, "smtp/relay/eu");
    const slots: number[] = [];
    for (let slot = plan.next(at(day) - 1); slot < at(day) + DAY; slot = plan.next(slot)) slots.push(slot);
    expect(slots).toHaveLength(1440);
    expect(new Set(slots.map((slot, index) => slot - (slots[index - 1] ?? slot - MINUTE)))).toEqual(
      new Set([MINUTE]),
    );
  });

  it("takes no notice of when the clock was set: the slots of an hour are the same the second time", () => {
    const schedule = { everyMs: 7 * MINUTE };
    const first = nextRun(schedule, "job", at("2026-05-01T10:00:00Z"));
    expect(nextRun(schedule, "job", at("2026-05-01T10:00:00Z"))).toBe(first);
    expect(nextRun(schedule, "job", at("2026-05-01T11:00:00Z"))).toBeGreaterThan(first);
  });
});

describe("counting slots", () => {
  it.each<[string, Schedule, number]>([
    ["8 hours of minutes", { everyMs: MINUTE }, 480],
    ["8 hours of 5 minutes", { cron: "*/5 * * * *" }, 96],
    ["nothing in 8 hours", { cron: "0 12 * * *" }, 0],
    ["each second of 8 hours", { cron: "* * * * * *" }, 28_800],
  ])("%s", (_what, schedule, slots) => {
    const from = at("2026-05-01T00:00:00Z");
    expect(planOf(schedule, "job").count(from, from + 8 * 60 * MINUTE)).toBe(slots);
  });

  it("of a cron expression ends somewhere", () => {
    const from = at("2026-05-01T00:00:00Z");
    expect(planOf({ cron: "* * * * * *" }, "job").count(from, from + 30 * DAY)).toBe(MAX_COUNTED);
  });
});

const crons = [
  "* * * * *",
  "*/7 3-5 * * *",
  "30 2 * * 0",
  "0 0 29 2 *",
  "15,45 * 1-7 */2 1",
  "59 59 23 L * *",
];
const schedules: fc.Arbitrary<Schedule> = fc.oneof(
  fc.integer({ min: 1, max: 2 * DAY }).map((everyMs) => ({ everyMs })),
  fc.constantFrom(...crons).map((cron) => ({ cron })),
);
const times = fc.integer({ min: at("1990-01-01T00:00:00Z"), max: at("2080-01-01T00:00:00Z") });

describe("any schedule", () => {
  it("goes forward, and its slots do not depend on where it is asked", () => {
    fc.assert(
      fc.property(schedules, fc.string(), times, (schedule, jobId, time) => {
        const next = nextRun(schedule, jobId, time);
        expect(next).toBeGreaterThan(time);
        expect(nextRun(schedule, jobId, next - 1)).toBe(next);
        expect(nextRun(schedule, jobId, Math.floor((time + next) / 2))).toBe(next);
      }),
      { numRuns: 500 },
    );
  });

  it("counts what it steps through", () => {
    fc.assert(
      fc.property(schedules, times, fc.integer({ min: 0, max: 40 }), (schedule, time, steps) => {
        const plan = planOf(schedule, "job");
        let until = time;
        for (let step = 0; step < steps; step += 1) until = plan.next(until);
        expect(plan.count(time, until)).toBe(steps);
      }),
    );
  });
});
