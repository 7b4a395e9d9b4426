import * as fc from "fast-check";
import { createTask, getTasks } from "node-cron";
import { describe, expect, it } from "vitest";
import { compileCron } from "./cron.ts";

const next = (expression: string, after: string): string => {
  const slot = compileCron(expression)(Date.parse(after));
  return Number.isFinite(slot) ? new Date(slot).toISOString().replace(".000Z", "Z") : "never";
};

describe("the next hit of a cron expression", () => {
  it.each([
    ["* * * * *", "2026-05-01T10:00:00Z", "2026-05-01T10:01:00Z", "strictly after"],
    ["* * * * *", "2026-05-01T09:59:59.999Z", "2026-05-01T10:00:00Z", "a millisecond is enough"],
    ["*/10 * * * * *", "2026-05-01T10:00:05Z", "2026-05-01T10:00:10Z", "six fields: seconds first"],
    ["@hourly", "2026-05-01T10:00:00Z", "2026-05-01T11:00:00Z", "nickname"],
    ["@daily", "2026-05-01T10:00:00Z", "2026-05-02T00:00:00Z", "nickname"],
    ["0 3 * * mon-fri", "2026-05-01T03:00:00Z", "2026-05-04T03:00:00Z", "over the weekend"],
    ["0 3 * * 7", "2026-05-01T03:00:00Z", "2026-05-03T03:00:00Z", "7 is Sunday"],
    ["0 0 31 * *", "2026-03-31T00:00:00Z", "2026-05-31T00:00:00Z", "months without a 31st"],
    ["59 23 31 12 *", "2026-12-31T23:59:00Z", "2027-12-31T23:59:00Z", "a year"],
    ["0 0 1 1 *", "2026-12-31T23:59:59Z", "2027-01-01T00:00:00Z", "into the new year"],
    ["0 0 29 2 *", "2024-02-29T00:00:00Z", "2028-02-29T00:00:00Z", "leap day"],
    ["0 0 29 2 *", "2096-02-29T00:00:00Z", "2104-02-29T00:00:00Z", "2100 has none"],
    ["0 0 29 2 1", "2072-02-29T00:00:00Z", "2112-02-29T00:00:00Z", "40 years"],
    ["30 2 * * *", "2026-03-29T00:00:00Z", "2026-03-29T02:30:00Z", "UTC: not lost when summer time begins"],
    ["30 0 * * *", "2026-10-25T00:00:00Z", "2026-10-25T00:30:00Z", "UTC: not lost when summer time ends"],
    ["* * * * * *", "2016-12-31T23:59:59Z", "2017-01-01T00:00:00Z", "a leap second is no second of its own"],
    ["0 0 L * *", "2028-02-01T00:00:00Z", "2028-02-29T00:00:00Z", "last day of the month"],
    ["0 0 L-2 * *", "2026-05-01T00:00:00Z", "2026-05-29T00:00:00Z", "third last day"],
    ["0 0 15W * *", "2026-08-01T00:00:00Z", "2026-08-14T00:00:00Z", "weekday nearest to Saturday the 15th"],
    ["0 0 * * 5L", "2026-05-01T00:00:00Z", "2026-05-29T00:00:00Z", "last Friday"],
    ["0 0 * * 2#2", "2026-05-01T00:00:00Z", "2026-05-12T00:00:00Z", "second Tuesday"],
    ["0 0 13 * 5", "2026-04-01T00:00:00Z", "2026-11-13T00:00:00Z", "Friday AND the 13th"],
    ["0 0 8 * 1#1", "2026-04-01T00:00:00Z", "never", "the first Monday is never the 8th"],
  ])("%s after %s is %s (%s)", (expression, after, expected) => {
    expect(next(expression, after)).toBe(expected);
  });

  it.each([
    ["* * * *", "expected 5 or 6 fields but got 4"],
    ["61 * * * *", "61 is a invalid expression for minute"],
    ["0 0 31 2 *", "31 2 is an impossible day of month for the given month"],
  ])("%s is refused: %s", (expression, message) => {
    expect(() => compileCron(expression)).toThrow(message);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 9e15])(
    "ends its search when asked about %s",
    (time) => {
      expect(compileCron("0 0 * * *")(time)).toBe(Number.POSITIVE_INFINITY);
    },
  );

  it("leaves no task behind in node-cron", () => {
    compileCron("0 0 L * *");
    expect(getTasks().size).toBe(0);
  });
});

const field = (min: number, max: number): fc.Arbitrary<string> => {
  const value = fc.integer({ min, max });
  return fc.oneof(
    fc.constant("*"),
    value.map(String),
    fc.uniqueArray(value, { minLength: 2, maxLength: 4 }).map((values) => values.join(",")),
    fc.integer({ min: 2, max: Math.max(2, Math.floor(max / 2)) }).map((step) => `*/${step}`),
    fc.tuple(value, value).map(([from, to]) => `${Math.min(from, to)}-${Math.max(from, to)}`),
  );
};
const expressions = fc
  .tuple(
    field(0, 59),
    field(0, 59),
    field(0, 23),
    fc.oneof(field(1, 28), fc.constantFrom("L", "L-3", "15W", "1W")),
    field(1, 12),
    fc.oneof(fc.constant("*"), field(0, 6), fc.constantFrom("5L", "1#2")),
  )
  .map((fields) => fields.join(" "));
const times = fc.integer({
  min: Date.parse("2020-01-01T00:00:00Z"),
  max: Date.parse("2040-01-01T00:00:00Z"),
});

describe("against node-cron's own matcher", () => {
  it("hits what matches, and steps over no match", () => {
    fc.assert(
      fc.property(expressions, times, (expression, time) => {
        const task = createTask(expression, () => undefined, { timezone: "UTC" });
        void task.destroy();
        const slot = compileCron(expression)(time);
        const matches = (second: number): boolean => task.match(new Date(second));
        if (Number.isFinite(slot)) expect(matches(slot)).toBe(true);
        const first = (Math.floor(time / 1000) + 1) * 1000;
        for (let step = 0; step < 30; step += 1) {
          const second = first + step * 1000;
          if (second < slot) expect(matches(second)).toBe(false);
        }
      }),
      { numRuns: 100 },
    );
  });
});
