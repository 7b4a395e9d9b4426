import type { Schedule } from "../model/probe.ts";
import { compileCron } from "./cron.ts";

/** A schedule of one job as a pure function of time. All times are milliseconds since the epoch. */
export interface Plan {
  /** The first slot strictly after `after`; infinity when there is none any more. */
  next(after: number): number;
  /** Slots in `(after, until]`; may stop counting at `MAX_COUNTED`. */
  count(after: number, until: number): number;
}

/** A cron expression of each second has as many slots in 28 hours; who slept longer need not know exactly. */
export const MAX_COUNTED = 100_000;

/** FNV-1a with the final mix of MurmurHash3, since FNV alone spreads short, similar ids badly in its high bits. */
function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Where in its interval a job runs: whole milliseconds in `[0, everyMs)`, the same after each restart. */
export function offsetMs(jobId: string, everyMs: number): number {
  return Math.floor((hash32(jobId) / 2 ** 32) * everyMs);
}

/** Slots at `k * everyMs + offset` since the epoch: neither restarts nor clock jumps move them. */
function intervalPlan(everyMs: number, jobId: string): Plan {
  if (!Number.isSafeInteger(everyMs) || everyMs < 1) {
    throw new RangeError(`An interval must be a whole number of milliseconds, at least 1; got ${everyMs}`);
  }
  const offset = offsetMs(jobId, everyMs);
  const slotsUntil = (time: number): number => Math.floor((time - offset) / everyMs);
  return {
    next: (after) => (slotsUntil(after) + 1) * everyMs + offset,
    count: (after, until) => Math.max(0, slotsUntil(until) - slotsUntil(after)),
  };
}

function cronPlan(expression: string): Plan {
  const next = compileCron(expression);
  return {
    next,
    count(after, until) {
      let count = 0;
      for (let slot = next(after); slot <= until && count < MAX_COUNTED; slot = next(slot)) count += 1;
      return count;
    },
  };
}

/** Throws an error that says what is wrong with a schedule that is none. */
export function planOf(schedule: Schedule, jobId: string): Plan {
  return "cron" in schedule ? cronPlan(schedule.cron) : intervalPlan(schedule.everyMs, jobId);
}

/** The first slot strictly after `afterEpochMs`, on the grid that is a function of schedule and job alone. */
export function nextRun(schedule: Schedule, jobId: string, afterEpochMs: number): number {
  return planOf(schedule, jobId).next(afterEpochMs);
}
