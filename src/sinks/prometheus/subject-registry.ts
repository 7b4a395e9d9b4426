import {
  type CounterName,
  type Family,
  type GaugeName,
  type HistogramName,
  PREFIX,
  SUBJECT_FAMILIES,
  type SubjectFamily,
} from "./families.ts";
import { type Buckets, bucketsOf, Counter, Gauge, Histogram } from "./series.ts";

const BUCKETS: ReadonlyMap<SubjectFamily, Buckets> = new Map(
  (Object.entries<Family>(SUBJECT_FAMILIES) as [SubjectFamily, Family][]).map(
    ([name, { labels, buckets = [] }]) => [name, bucketsOf(PREFIX + name, labels, buckets)],
  ),
);

/**
 * All series of one subject, in a registry of its own. So a subject that leaves the configuration takes its series
 * with it, and label sets of the last run are replaced without touching anyone else's.
 *
 * A relay has some three hundred series, and there may be thousands of relays: those of prom-client take five times the
 * memory and ten times as long to write down.
 */
export class SubjectRegistry {
  readonly #metrics = new Map<SubjectFamily, Counter | Gauge | Histogram>();

  counter(name: CounterName): Counter {
    return this.#metric(name, Counter, ({ labels }) => new Counter(PREFIX + name, labels));
  }

  gauge(name: GaugeName): Gauge {
    return this.#metric(name, Gauge, ({ labels }) => new Gauge(PREFIX + name, labels));
  }

  histogram(name: HistogramName): Histogram {
    return this.#metric(name, Histogram, ({ labels, buckets = [] }) => {
      return new Histogram(BUCKETS.get(name) ?? bucketsOf(PREFIX + name, labels, buckets));
    });
  }

  /** Sample lines of one family, without HELP and TYPE, each ended by a newline; empty when there are none. */
  lines(name: SubjectFamily): string {
    return this.#metrics.get(name)?.lines() ?? "";
  }

  #metric<M extends Counter | Gauge | Histogram>(
    name: SubjectFamily,
    kind: abstract new (...args: never[]) => M,
    create: (family: Family) => M,
  ): M {
    const known = this.#metrics.get(name);
    if (known instanceof kind) return known;
    const metric = create(SUBJECT_FAMILIES[name]);
    this.#metrics.set(name, metric);
    return metric;
  }
}
