import type { Job } from "./probe.ts";

/**
 * Why a slot of the schedule had no run of its own.
 * `overlap`: the run of an earlier slot was still going. `limited`: an earlier slot was still waiting for a free place.
 * `missed`: the daemon was not there (suspended, blocked, or the clock was set forward).
 */
export const SKIP_REASONS = ["overlap", "missed", "limited"] as const;

export type SkipReason = (typeof SKIP_REASONS)[number];

/** What the scheduler tells about itself. None of these may throw or wait. */
export interface SchedulerEvents {
  /** `slots` of the schedule, at least 1, passed without a run. */
  onSkip(job: Job, reason: SkipReason, slots: number): void;
  /** Just before a run starts: `seconds` from when it was due to now, never negative. */
  onLag(job: Job, seconds: number): void;
  onStart(job: Job): void;
  /** After the run, whatever came of it; once for each `onStart`. */
  onSettle(job: Job): void;
  /** A sink broke its promise never to throw, or the observer its promise never to reject. */
  onError?(job: Job, error: unknown): void;
}
