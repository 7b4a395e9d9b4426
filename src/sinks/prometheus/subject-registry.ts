import { Counter, Gauge, Histogram, Registry } from "prom-client";
import {
  type CounterName,
  type Family,
  type GaugeName,
  type HistogramName,
  PREFIX,
  SUBJECT_FAMILIES,
  type SubjectFamily,
} from "./families.ts";

/**
 * All series of one subject, in a registry of its own. So a subject that leaves the configuration takes its series
 * with it, label sets of the last run are replaced without touching anyone else's, and the text of a subject that
 * has not run since the last scrape need not be assembled again.
 */
export class SubjectRegistry {
  readonly #registry = new Registry();
  readonly #text = new Map<SubjectFamily, string>();
  readonly #metrics = new Map<SubjectFamily, Counter | Gauge | Histogram>();
  #version = 0;

  counter(name: CounterName): Counter {
    return this.#metric(name, Counter, (options) => new Counter(options));
  }

  gauge(name: GaugeName): Gauge {
    return this.#metric(name, Gauge, (options) => new Gauge(options));
  }

  histogram(name: HistogramName): Histogram {
    return this.#metric(name, Histogram, (options) => new Histogram(options));
  }

  /** Call after the values changed: the next scrape assembles the text again. */
  touch(): void {
    this.#version += 1;
    this.#text.clear();
  }

  /** Sample lines of one family, without HELP and TYPE, each ended by a newline; empty when there are none. */
  async lines(name: SubjectFamily): Promise<string> {
    if (!this.#metrics.has(name)) return "";
    const known = this.#text.get(name);
    if (known !== undefined) return known;
    const version = this.#version;
    const text = sampleLines(await this.#registry.getSingleMetricAsString(PREFIX + name));
    if (version === this.#version) this.#text.set(name, text);
    return text;
  }

  #metric<M extends Counter | Gauge | Histogram>(
    name: SubjectFamily,
    kind: abstract new (...args: never[]) => M,
    create: (options: {
      name: string;
      help: string;
      labelNames: string[];
      registers: Registry[];
      buckets?: number[];
    }) => M,
  ): M {
    const known = this.#metrics.get(name);
    if (known instanceof kind) return known;
    const family: Family = SUBJECT_FAMILIES[name];
    const metric = create({
      name: PREFIX + name,
      help: family.help,
      labelNames: [...family.labels],
      registers: [this.#registry],
      ...(family.buckets === undefined ? {} : { buckets: [...family.buckets] }),
    });
    this.#metrics.set(name, metric);
    return metric;
  }
}

/** prom-client writes two comment lines, then the samples; and NaN as `Nan`, which OpenMetrics does not know. */
export function sampleLines(text: string): string {
  const help = text.indexOf("\n");
  const type = text.indexOf("\n", help + 1);
  if (help === -1 || type === -1) return "";
  return `${text.slice(type + 1).replaceAll(/ Nan$/gm, " NaN")}\n`;
}
