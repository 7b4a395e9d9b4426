/** Label values by name, of one series. */
export type Labels = Readonly<Record<string, string>>;

/** A value that only grows. */
export interface CounterSeries {
  /** Throws `RangeError` when `by` is negative or not finite. */
  inc(by?: number): void;
}

export interface GaugeSeries {
  set(value: number): void;
}

export interface HistogramSeries {
  /** Throws `RangeError` when the value is not finite. */
  observe(value: number): void;
}

/** Backslash, line feed and quote, as the text format demands. */
function escaped(value: string): string {
  return /[\\\n"]/.test(value)
    ? value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"')
    : value;
}

function pair(name: string, value: string): string {
  return `${name}="${escaped(value)}"`;
}

/** Labels as they are written between the braces: names in their declared order. */
function written(names: readonly string[], labels: Labels): string {
  return names.map((name) => pair(name, labels[name] ?? "")).join(",");
}

function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "+Inf";
  return value === Number.NEGATIVE_INFINITY ? "-Inf" : String(value);
}

class Sample implements CounterSeries, GaugeSeries {
  value = 0;

  inc(by = 1): void {
    if (!Number.isFinite(by) || by < 0) throw new RangeError(`a counter cannot grow by ${by}`);
    this.value += by;
  }

  set(value: number): void {
    this.value = value;
  }
}

/** What counters and gauges have in common: one number a series, in the order in which the series appeared. */
class Samples {
  protected readonly name: string;
  protected readonly labelNames: readonly string[];
  protected readonly series = new Map<string, Sample>();

  constructor(name: string, labelNames: readonly string[]) {
    this.name = name;
    this.labelNames = labelNames;
  }

  /** Sample lines, each ended by a newline; empty when there is no series. */
  lines(): string {
    const head = `${this.name}{`;
    let text = "";
    for (const [labels, { value }] of this.series) text += `${head}${labels}} ${numberText(value)}\n`;
    return text;
  }

  protected sample(labels: Labels): Sample {
    const key = written(this.labelNames, labels);
    const known = this.series.get(key);
    if (known !== undefined) return known;
    const sample = new Sample();
    this.series.set(key, sample);
    return sample;
  }
}

/** Series that stand at zero until they are counted: all that differ in their last label only. */
interface Zeros {
  /** The labels before the last as they are written, with the comma. */
  readonly head: string;
  readonly last: string;
  readonly values: readonly string[];
}

export class Counter extends Samples {
  readonly #zeros: Zeros[] = [];

  /** The series with these labels; it is exposed from here on. */
  labels(labels: Labels): CounterSeries {
    return this.sample(labels);
  }

  inc(labels: Labels, by?: number): void {
    this.sample(labels).inc(by);
  }

  /**
   * Exposes the series with these labels and each of `values` as the last label. They take no memory until they are
   * counted: of the causes that a probe can fail for, most never occur.
   */
  expose(labels: Labels, values: readonly string[]): void {
    const last = this.labelNames.at(-1) ?? "";
    const head = this.labelNames.slice(0, -1).map((name) => `${pair(name, labels[name] ?? "")},`);
    this.#zeros.push({ head: head.join(""), last, values });
  }

  override lines(): string {
    let text = "";
    for (const { head, last, values } of this.#zeros) {
      for (const value of values) {
        const labels = `${head}${last}="${escaped(value)}"`;
        if (this.series.size === 0 || !this.series.has(labels)) text += `${this.name}{${labels}} 0\n`;
      }
    }
    return text + super.lines();
  }
}

export class Gauge extends Samples {
  /** The series with these labels; it is exposed from here on. */
  labels(labels: Labels): GaugeSeries {
    return this.sample(labels);
  }

  set(labels: Labels, value: number): void {
    this.sample(labels).set(value);
  }

  remove(labels: Labels): void {
    this.series.delete(written(this.labelNames, labels));
  }

  /** Removes all series. */
  reset(): void {
    this.series.clear();
  }
}

/** What all histograms of one name share. */
export interface Buckets {
  readonly name: string;
  readonly labelNames: readonly string[];
  /** Upper ends, in rising order, without infinity. */
  readonly bounds: readonly number[];
  /** Beginning of the line of each bucket, infinity included. */
  readonly heads: readonly string[];
}

export function bucketsOf(name: string, labelNames: readonly string[], bounds: readonly number[]): Buckets {
  const heads = [...bounds, "+Inf"].map((bound) => `${name}_bucket{le="${bound}",`);
  return { name, labelNames, bounds, heads };
}

class Distribution implements HistogramSeries {
  /** By bucket, not added up; the last is of what is greater than every bound. */
  readonly counts: number[] = [];
  sum = 0;
  readonly #bounds: readonly number[];

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    for (let bucket = 0; bucket <= bounds.length; bucket += 1) this.counts.push(0);
  }

  observe(value: number): void {
    if (!Number.isFinite(value)) throw new RangeError(`a histogram cannot hold ${value}`);
    const bucket = this.#bounds.findIndex((bound) => value <= bound);
    const index = bucket === -1 ? this.#bounds.length : bucket;
    this.counts[index] = (this.counts[index] ?? 0) + 1;
    this.sum += value;
  }
}

export class Histogram {
  readonly #buckets: Buckets;
  readonly #series = new Map<string, Distribution>();

  constructor(buckets: Buckets) {
    this.#buckets = buckets;
  }

  /** The series with these labels; it is exposed from here on. */
  labels(labels: Labels): HistogramSeries {
    const key = written(this.#buckets.labelNames, labels);
    const known = this.#series.get(key);
    if (known !== undefined) return known;
    const distribution = new Distribution(this.#buckets.bounds);
    this.#series.set(key, distribution);
    return distribution;
  }

  /** Sample lines, each ended by a newline; empty when there is no series. */
  lines(): string {
    const { name, heads } = this.#buckets;
    let text = "";
    for (const [labels, { counts, sum }] of this.#series) {
      let count = 0;
      for (let bucket = 0; bucket < counts.length; bucket += 1) {
        count += counts[bucket] ?? 0;
        text += `${heads[bucket]}${labels}} ${count}\n`;
      }
      text += `${name}_sum{${labels}} ${numberText(sum)}\n${name}_count{${labels}} ${count}\n`;
    }
    return text;
  }
}
