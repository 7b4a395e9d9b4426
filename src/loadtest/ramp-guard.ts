import type { LoadInterval } from "../model/load-run.ts";

export interface RampGuard {
  /** Takes what happened in one interval, all scenarios together, and says why the run must stop, if it must. */
  add(intervals: readonly LoadInterval[]): string | undefined;
}

interface Sample {
  readonly at: number;
  readonly seconds: number;
  readonly tries: number;
  readonly refusals: number;
}

const WINDOW_SECONDS = 5;
/** Fewer say nothing: the first message of a smoke test may be refused without any harm. */
const LEAST_REFUSALS = 20;

/**
 * Watches the share of replies 421 and 5xx in the last seconds. A relay that refuses most of what it gets is past its
 * limit, or protects itself from us: more load would measure nothing, and harm. `limit` 1 switches it off.
 */
export function createRampGuard(limit: number): RampGuard {
  let window: Sample[] = [];
  return {
    add(intervals) {
      const [first] = intervals;
      if (first === undefined || limit >= 1) return undefined;
      const sample = {
        at: first.at,
        seconds: first.seconds,
        tries: sum(intervals, triesOf),
        refusals: sum(intervals, ({ refusals }) => refusals),
      };
      window = [...window.filter(({ at }) => at > sample.at - WINDOW_SECONDS), sample];
      const seconds = sum(window, (one) => one.seconds);
      const refusals = sum(window, (one) => one.refusals);
      if (seconds < WINDOW_SECONDS - 0.5 || refusals < LEAST_REFUSALS) return undefined;
      const share =
        refusals /
        Math.max(
          refusals,
          sum(window, ({ tries }) => tries),
        );
      if (share <= limit) return undefined;
      return `the relay refused ${percent(share)} of ${Math.round(seconds)} s (421 or 5xx), more than ${percent(limit)}`;
    },
  };
}

function triesOf({ messages }: LoadInterval): number {
  return Object.values(messages).reduce((total, count) => total + count, 0);
}

function sum<T>(items: readonly T[], count: (item: T) => number): number {
  return items.reduce((total, item) => total + count(item), 0);
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
