import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planOf } from "./schedule.ts";
import { type Due, dueAt, LATE_MS } from "./slots.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const every = planOf({ everyMs: MINUTE }, "job");
const slot = every.next(Date.parse("2026-05-01T10:00:00Z"));

describe("slots of one minute that have come due", () => {
  it.each<[number, Due, string]>([
    [0, { serve: slot, missed: 0, next: slot + MINUTE }, "on time"],
    [LATE_MS - 1, { serve: slot, missed: 0, next: slot + MINUTE }, "busy: served late"],
    [LATE_MS, { missed: 1, next: slot + MINUTE }, "away"],
    [MINUTE, { serve: slot + MINUTE, missed: 1, next: slot + 2 * MINUTE }, "just in time for the next one"],
    [MINUTE + 30_000, { missed: 2, next: slot + 2 * MINUTE }, "away for two"],
    [HOUR, { serve: slot + HOUR, missed: 60, next: slot + HOUR + MINUTE }, "the clock was set forward"],
    [8 * HOUR + 30_000, { missed: 481, next: slot + 8 * HOUR + MINUTE }, "asleep for 8 hours"],
  ])("%i ms late: %j (%s)", (lateMs, expected) => {
    expect(dueAt(every, slot, slot + lateMs)).toEqual(expected);
  });

  it("counts a first slot off the grid, as of a warm-up, as one", () => {
    expect(dueAt(every, slot - 10_000, slot - 10_000)).toEqual({
      serve: slot - 10_000,
      missed: 0,
      next: slot,
    });
  });

  it("serves one of several that are due at once, and counts the others", () => {
    const fast = planOf({ everyMs: 100 }, "job");
    const first = fast.next(slot);
    expect(dueAt(fast, first, first + 250)).toEqual({ serve: first + 200, missed: 2, next: first + 300 });
  });

  it("are each served or missed, once", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 50, max: HOUR }),
        fc.array(fc.integer({ min: 0, max: 3 * HOUR }), { maxLength: 30 }),
        (everyMs, steps) => {
          const plan = planOf({ everyMs }, "job");
          let due = slot;
          let now = slot;
          let told = 0;
          for (const step of steps) {
            now = Math.max(now + step, due);
            const result = dueAt(plan, due, now);
            told += result.missed + (result.serve === undefined ? 0 : 1);
            expect(result.next).toBeGreaterThan(now);
            due = result.next;
          }
          if (steps.length > 0) expect(told).toBe(1 + plan.count(slot, now));
        },
      ),
    );
  });
});
