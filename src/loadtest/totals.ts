import {
  type Distribution,
  type ErrorCount,
  LOAD_OUTCOMES,
  LOAD_PHASES,
  type LoadOutcome,
  type LoadPhase,
  type LoadTotals,
  type ReplyCount,
} from "../model/load-run.ts";
import { distributionOf, emptyHistogram, type Histogram, mergeHistogram } from "./histogram.ts";
import type { RecordedCounts } from "./record.ts";

/** Everything that can be added up, over seconds, scenarios and runners. */
export interface Sums {
  iterations: number;
  dropped: number;
  readonly messages: Record<LoadOutcome, number>;
  readonly recipients: Record<LoadOutcome, number>;
  octets: number;
  readonly sessions: { opened: number; failed: number };
  readonly handshakes: { full: number; resumed: number };
  readonly replies: Map<string, number>;
  readonly errors: Map<string, number>;
  readonly phases: Map<LoadPhase, Histogram>;
}

export function emptySums(): Sums {
  return {
    iterations: 0,
    dropped: 0,
    messages: noOutcomes(),
    recipients: noOutcomes(),
    octets: 0,
    sessions: { opened: 0, failed: 0 },
    handshakes: { full: 0, resumed: 0 },
    replies: new Map(),
    errors: new Map(),
    phases: new Map(),
  };
}

export function noOutcomes(): Record<LoadOutcome, number> {
  return { accepted: 0, deferred: 0, rejected: 0, uncertain: 0, failed: 0, aborted: 0 };
}

/** Adds a line's counts. */
export function addCounts(into: Sums, counts: RecordedCounts): void {
  addPlain(into, counts);
  for (const [key, n] of Object.entries(counts.replies)) bump(into.replies, key, n);
  for (const [key, n] of Object.entries(counts.errors)) bump(into.errors, key, n);
}

export function addSums(into: Sums, from: Sums): void {
  addPlain(into, from);
  for (const [key, n] of from.replies) bump(into.replies, key, n);
  for (const [key, n] of from.errors) bump(into.errors, key, n);
  for (const [phase, histogram] of from.phases) addPhase(into, phase, histogram);
}

export function addPhase(into: Sums, phase: LoadPhase, histogram: Histogram): void {
  let own = into.phases.get(phase);
  if (own === undefined) into.phases.set(phase, (own = emptyHistogram()));
  mergeHistogram(own, histogram);
}

function addPlain(into: Sums, from: Omit<RecordedCounts, "replies" | "errors"> | Sums): void {
  into.iterations += from.iterations;
  into.dropped += from.dropped;
  into.octets += from.octets;
  for (const outcome of LOAD_OUTCOMES) {
    into.messages[outcome] += from.messages[outcome] ?? 0;
    into.recipients[outcome] += from.recipients[outcome] ?? 0;
  }
  into.sessions.opened += from.sessions.opened;
  into.sessions.failed += from.sessions.failed;
  into.handshakes.full += from.handshakes.full;
  into.handshakes.resumed += from.handshakes.resumed;
}

function bump(tally: Map<string, number>, key: string, n: number): void {
  tally.set(key, (tally.get(key) ?? 0) + n);
}

export function totalsOf(sums: Sums, seconds: number): LoadTotals {
  const phases: Partial<Record<LoadPhase, Distribution>> = {};
  for (const phase of LOAD_PHASES) {
    const histogram = sums.phases.get(phase);
    const distribution = histogram && distributionOf(histogram);
    if (distribution !== undefined) phases[phase] = distribution;
  }
  return {
    seconds,
    iterations: sums.iterations,
    dropped: sums.dropped,
    messages: { ...sums.messages },
    recipients: { ...sums.recipients },
    octets: sums.octets,
    sessions: { ...sums.sessions },
    handshakes: { ...sums.handshakes },
    replies: mostFrequent([...sums.replies].map(([key, n]) => replyOf(key, n))),
    errors: mostFrequent([...sums.errors].map(([key, n]) => errorOf(key, n))),
    phases,
  };
}

/** "accepting 250 2.0.0"; the code is 0 for what the record no longer tells apart. */
export function replyOf(key: string, count: number): ReplyCount {
  const [phase = "", code = "", enhanced = ""] = key.split(" ");
  return { phase, code: /^\d{3}$/.test(code) ? Number(code) : 0, enhanced, count };
}

function errorOf(key: string, count: number): ErrorCount {
  const [phase = "", error = ""] = key.split(" ");
  return { phase, error: error === "" ? "other" : error, count };
}

function mostFrequent<T extends { readonly count: number }>(counts: readonly T[]): T[] {
  return counts.toSorted((a, b) => b.count - a.count);
}
