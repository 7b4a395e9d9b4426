import type { ObjectThreshold, Options, Threshold } from "k6/options";
import * as params from "./params.ts";
import { metrics } from "./target.ts";

type Thresholds = NonNullable<Options["thresholds"]>;

interface Objectives {
  /** Only the samples of this scenario of k6 are judged. */
  readonly scenario?: string;
  /** Longest 99th percentile of `smtp_message_duration`, in seconds; none is judged without. */
  readonly p99?: number;
  /** Largest share of messages that the relay does not accept. Default: ERRORS. */
  readonly errors?: number;
  /** Seconds after the start of the run from which a broken objective ends the run at once. Default: never. */
  readonly abortAfter?: number;
  /** There is an arrival rate, so that iterations may be dropped. Default true. */
  readonly open?: boolean;
}

/** Seconds that a relay has to show that it is alive. */
const DEAD_AFTER = 3;

/** The 99th percentile that P99 allows, in seconds. */
export function p99(fallback = "1s"): number {
  return params.seconds("P99", fallback);
}

/** The share of messages that ERRORS allows to be refused. */
export function errors(): number {
  return params.share("ERRORS", 0.01);
}

/**
 * What must hold. Work that was dropped and a session that broke fail a run always: its other figures are not what they
 * seem.
 */
export function objectives(wanted: Objectives = {}): Thresholds {
  const { scenario, abortAfter, open = true } = wanted;
  const of = (metric: string): string =>
    scenario === undefined ? metric : `${metric}{scenario:${scenario}}`;
  const rule = (threshold: string): Threshold =>
    abortAfter === undefined ? threshold : aborting(threshold, abortAfter);
  const thresholds: Thresholds = {
    [of("smtp_message_failed")]: [rule(`rate<=${wanted.errors ?? errors()}`)],
    [of("smtp_errors")]: [rule("count==0")],
  };
  if (open) thresholds[of("dropped_iterations")] = [rule("count==0")];
  if (wanted.p99 !== undefined && metrics() !== "counters") {
    thresholds[of("smtp_message_duration")] = [rule(`p(99)<=${wanted.p99 * 1000}`)];
  }
  return thresholds;
}

/**
 * Messages must be sent at all, and the run ends early when most of them fail: nobody answers, or what answers is not
 * what was meant.
 */
export function aliveness(scenario?: string): Thresholds {
  const of = named(scenario);
  return {
    [of("smtp_messages")]: ["count>0"],
    [of("smtp_message_failed")]: [aborting("rate<0.5", DEAD_AFTER)],
  };
}

/** All of them; the rules of one metric are put together. */
export function allOf(...sets: readonly Thresholds[]): Thresholds {
  const all: Thresholds = {};
  for (const set of sets) {
    for (const [metric, rules] of Object.entries(set)) all[metric] = [...(all[metric] ?? []), ...rules];
  }
  return all;
}

/** The name of a metric, for the samples of one scenario of k6 where one is given. */
function named(scenario: string | undefined): (metric: string) => string {
  return (metric) => (scenario === undefined ? metric : `${metric}{scenario:${scenario}}`);
}

function aborting(threshold: string, seconds: number): ObjectThreshold {
  return { threshold, abortOnFail: true, delayAbortEval: `${Math.round(seconds * 1000)}ms` };
}
