import type { Distribution } from "../model/load-run.ts";

const MANTISSA_BITS = 6;
const ROW = 2 ** MANTISSA_BITS;
/** Buckets of values up to 2^63 ns; the record holds no others. */
const BUCKETS = 63 * ROW;
const NS_PER_MS = 1e6;

/**
 * Durations in nanoseconds, counted in buckets as wide as 1/64 of their value: bucket 64·e + m holds 2^e·(1 + m/64) up
 * to the next. The k6 module counts by the same rule, so histograms of several runners are added up without a loss.
 */
export interface Histogram {
  count: number;
  sum: number;
  min: number;
  max: number;
  readonly buckets: Map<number, number>;
}

export function emptyHistogram(): Histogram {
  return { count: 0, sum: 0, min: 0, max: 0, buckets: new Map() };
}

export interface HistogramRecord {
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  readonly buckets: readonly (readonly [index: number, count: number])[];
}

/** Undefined when it contradicts itself: what is counted is not what is in the buckets. */
export function decodeHistogram(record: HistogramRecord): Histogram | undefined {
  const buckets = new Map<number, number>();
  let count = 0;
  for (const [index, n] of record.buckets) {
    if (index >= BUCKETS || buckets.has(index)) return undefined;
    buckets.set(index, n);
    count += n;
  }
  if (count !== record.count || record.min > record.max) return undefined;
  return { count, sum: record.sum, min: record.min, max: record.max, buckets };
}

/** Adds `from` to `into`. */
export function mergeHistogram(into: Histogram, from: Histogram): void {
  if (from.count === 0) return;
  for (const [index, n] of from.buckets) into.buckets.set(index, (into.buckets.get(index) ?? 0) + n);
  into.min = into.count === 0 ? from.min : Math.min(into.min, from.min);
  into.max = Math.max(into.max, from.max);
  into.count += from.count;
  into.sum += from.sum;
}

/** Milliseconds; undefined of nothing. */
export function distributionOf(histogram: Histogram): Distribution | undefined {
  const { count, sum, min, max } = histogram;
  if (count === 0) return undefined;
  const [p50 = 0, p95 = 0, p99 = 0, p999 = 0] = quantiles(histogram, [0.5, 0.95, 0.99, 0.999]);
  const ms = (ns: number): number => ns / NS_PER_MS;
  return {
    count,
    mean: ms(sum / count),
    min: ms(min),
    p50: ms(p50),
    p95: ms(p95),
    p99: ms(p99),
    p999: ms(p999),
    max: ms(max),
  };
}

/**
 * Nanoseconds which the shares `of` (0 to 1, ascending) of all values do not exceed, by nearest rank; within 1/64 of
 * the exact ones. Within a bucket values are taken to be spread evenly.
 */
export function quantiles(histogram: Histogram, of: readonly number[]): number[] {
  const { count, min, max } = histogram;
  const buckets = [...histogram.buckets].sort(([a], [b]) => a - b);
  const found: number[] = [];
  let below = 0;
  for (const [index, n] of buckets) {
    for (let share = of[found.length]; share !== undefined; share = of[found.length]) {
      const rank = Math.max(1, Math.ceil(share * count));
      if (below + n < rank) break;
      const value = lowerBound(index) + ((rank - below - 0.5) / n) * width(index);
      found.push(Math.min(Math.max(value, min), max));
    }
    below += n;
  }
  while (found.length < of.length) found.push(max);
  return found;
}

function lowerBound(index: number): number {
  return 2 ** Math.floor(index / ROW) * (1 + (index % ROW) / ROW);
}

function width(index: number): number {
  return 2 ** (Math.floor(index / ROW) - MANTISSA_BITS);
}
