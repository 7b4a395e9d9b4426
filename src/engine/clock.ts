import type { Clock } from "../model/probe.ts";

/** The two timer functions that the engine needs, so that a test can drive time by hand. */
export interface Timers {
  /** Calls `fn` once, after at least `ms` milliseconds. */
  set(fn: () => void, ms: number): unknown;
  /** Takes what `set` returned; harmless when it has fired already. */
  clear(handle: unknown): void;
}

/** Node fires a longer timer at once (2^31 overflows), so longer ones are cut to this. About 24.8 days. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
};

export const systemTimers: Timers = {
  set: (fn, ms) => setTimeout(fn, Math.min(ms, LONGEST_TIMER_MS)),
  clear: (handle) => clearTimeout(handle as NodeJS.Timeout),
};
