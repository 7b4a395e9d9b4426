import type { Plan } from "./schedule.ts";

/**
 * How late a slot may still be served. Later than this the daemon was not just busy but away (suspended, or the clock
 * was set forward): such slots are counted as missed, since to serve them all at once would be a burst.
 */
export const LATE_MS = 5000;

/** What is to be done about the slots of one job that have come due. */
export interface Due {
  /** The slot to serve now; absent when all of them are too old. */
  readonly serve?: number;
  /** Slots that passed unserved. */
  readonly missed: number;
  /** The first slot in the future. */
  readonly next: number;
}

/** `slot` is the earliest unserved one, not after `now`. At most one slot is served, however many have passed. */
export function dueAt(plan: Plan, slot: number, now: number): Due {
  const passed = 1 + plan.count(slot, now);
  let latest = slot > now - LATE_MS ? slot : plan.next(now - LATE_MS);
  if (latest > now) return { missed: passed, next: latest };
  let next = plan.next(latest);
  while (next <= now) {
    latest = next;
    next = plan.next(latest);
  }
  return { serve: latest, missed: passed - 1, next };
}
