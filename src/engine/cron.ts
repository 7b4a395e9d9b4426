import { createTask, parse } from "node-cron";

const SECOND_MS = 1000;
const DAY_MS = 86_400_000;

/** The calendar repeats itself after 400 years, but 29 February on a given weekday needs 40 at most. */
const MAX_YEARS = 41;

/** Whether the day that begins at this time is one on which the expression may hit. */
type DayMatch = (midnight: number) => boolean;

const isNumber = (value: number | string): value is number => typeof value === "number";
const ascending = (values: readonly number[]): number[] => [...new Set(values)].sort((a, b) => a - b);

/**
 * Days by numbers are looked up here. `L`, `W` and `#` are left to node-cron's own matcher, which is too slow to be
 * asked for each day (it formats the date through `Intl`) and too hard to be written twice. As everywhere in
 * node-cron, day of the month and day of the week must both hold (Vixie cron: either).
 */
function dayMatch(expression: string, firstOfDayMs: number): DayMatch {
  const fields = parse(expression);
  const days = new Set(fields.dayOfMonth);
  const weekdays = new Set(fields.dayOfWeek);
  const daysByNumber = fields.dayOfMonth.every(isNumber);
  const weekdaysByNumber = fields.dayOfWeek.every(isNumber);
  const task = daysByNumber && weekdaysByNumber ? undefined : matcher(expression);
  return (midnight) => {
    const date = new Date(midnight);
    if (daysByNumber && !days.has(date.getUTCDate())) return false;
    if (weekdaysByNumber && !weekdays.has(date.getUTCDay())) return false;
    return task?.match(new Date(midnight + firstOfDayMs)) ?? true;
  };
}

/** Always in UTC: in a zone with summer time node-cron 4 skips the hour that the clock repeats. Never started. */
function matcher(expression: string): { match(date: Date): boolean } {
  const task = createTask(expression, () => undefined, { timezone: "UTC" });
  // Out of node-cron's own list of tasks, which would keep it for ever; it can still match.
  void task.destroy();
  return task;
}

/** Milliseconds from midnight of the first hit at or after `fromMs` on a matching day; absent when there is none. */
function timeOfDay(
  hours: readonly number[],
  minutes: readonly number[],
  seconds: readonly number[],
  fromMs: number,
): number | undefined {
  for (const hour of hours) {
    if ((hour + 1) * 3_600_000 <= fromMs) continue;
    for (const minute of minutes) {
      const start = hour * 3_600_000 + minute * 60_000;
      if (start + 60_000 <= fromMs) continue;
      const second = seconds.find((value) => start + value * SECOND_MS >= fromMs);
      if (second !== undefined) return start + second * SECOND_MS;
    }
  }
  return undefined;
}

/**
 * A cron expression as a function: the first hit strictly after a time, in milliseconds since the epoch and in UTC;
 * infinity when there is none. node-cron gives the grammar; it can name the next date only from the real clock, so
 * the walk over the calendar is ours. Throws node-cron's error for an expression that is none.
 */
export function compileCron(expression: string): (after: number) => number {
  const fields = parse(expression);
  const [hours, minutes, seconds] = [fields.hour, fields.minute, fields.second].map(ascending);
  if (hours === undefined || minutes === undefined || seconds === undefined) throw new TypeError(expression);
  const months = new Set(fields.month);
  const firstOfDay = timeOfDay(hours, minutes, seconds, 0) ?? 0;
  const matches = dayMatch(expression, firstOfDay);

  return (after) => {
    const first = (Math.floor(after / SECOND_MS) + 1) * SECOND_MS;
    let midnight = Math.floor(first / DAY_MS) * DAY_MS;
    let fromMs = first - midnight;
    const lastYear = new Date(midnight).getUTCFullYear() + MAX_YEARS;
    for (;;) {
      const date = new Date(midnight);
      // Written so that a date beyond what Date can hold (NaN) ends the walk too.
      if (!(date.getUTCFullYear() <= lastYear)) return Number.POSITIVE_INFINITY;
      if (!months.has(date.getUTCMonth() + 1)) {
        midnight = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
      } else {
        const time = matches(midnight) ? timeOfDay(hours, minutes, seconds, fromMs) : undefined;
        if (time !== undefined) return midnight + time;
        midnight += DAY_MS;
      }
      fromMs = 0;
    }
  };
}
