import type { Job } from "./probe.ts";

/**
 * Why a due run did not happen: the run before it was still going; the machine was asleep or too busy and the slot
 * passed; every place in the limit was taken; the daemon was stopping.
 */
export const SKIP_REASONS = ["overlap", "missed", "limit", "stopping"] as const;

export type SkipReason = (typeof SKIP_REASONS)[number];

/** What the scheduler tells about itself. Called in its hot path: must not wait and must not throw. */
export interface EngineEvents {
  onSkip(job: Job, reason: SkipReason): void;
  /** Seconds between the moment a run was due and the moment it started; 0 or more. */
  onLag(job: Job, seconds: number): void;
  onStart(job: Job): void;
  onSettle(job: Job): void;
}
