import { hash } from "node:crypto";
import { Registry } from "prom-client";
import type { SchedulerEvents } from "../../model/engine-events.ts";
import type { Observation } from "../../model/observation.ts";
import type { Clock, Job, Probe, Sink } from "../../model/probe.ts";
import { endOf } from "../../model/subject.ts";
import { blocklistSeries } from "./blocklist-series.ts";
import { exposition } from "./exposition.ts";
import { mxSeries } from "./mx-series.ts";
import { type Declared, probeSeries, type RecordRun, setInterval } from "./probe-series.ts";
import { processMetrics } from "./process-metrics.ts";
import { smtpSeries } from "./smtp-series.ts";
import { SubjectRegistry } from "./subject-registry.ts";
import { tlsSeries } from "./tls-series.ts";
import { tlsUseOf } from "./tls-use.ts";

export interface PrometheusSinkOptions {
  /** Of Mailgauge, for `build_info`. */
  readonly version: string;
  readonly clock?: Pick<Clock, "now">;
  /** Seconds between two runs; by default of `everyMs`, so that only a cron expression needs more knowledge. */
  readonly intervalSeconds?: (job: Job) => number | undefined;
  /** Display names of the lists that a job asks, so that their series stand before the first run. */
  readonly blocklists?: (job: Job) => readonly string[];
  /** An error while recording is a defect of ours; it must not reach the scheduler. */
  readonly onError?: (error: unknown, job: Job) => void;
}

export interface PrometheusSink extends Sink {
  /**
   * Replaces the set of jobs. Series of new jobs appear at once; those of jobs that went, go; a job that stayed as it
   * was keeps its values. An observation of any other job is not recorded.
   */
  registerJobs(jobs: readonly Job[], probes: ReadonlyMap<string, Probe>): void;
  metrics(): Promise<string>;
  /** The same text in pieces, for whoever sends it on: joined, thousands of targets are tens of megabytes. */
  metricsPieces(): AsyncIterable<string>;
  readonly contentType: string;
  readonly events: SchedulerEvents;
  configReloaded(ok: boolean): void;
}

/** One subject with its jobs; `shape` tells whether a reload changed which series they have. */
interface SubjectSeries {
  readonly shape: string;
  readonly registry: SubjectRegistry;
  readonly record: ReadonlyMap<string, RecordRun>;
}

/** Observations as Prometheus series: explicit registries only, one for each subject. */
export function createPrometheusSink(options: PrometheusSinkOptions): PrometheusSink {
  const own = processMetrics(options.version, options.clock ?? Date);
  let subjects: ReadonlyMap<string, SubjectSeries> = new Map();
  async function* pieces(): AsyncGenerator<string> {
    yield* exposition([...subjects.values()].map(({ registry }) => registry));
    yield own.text();
  }

  return {
    registerJobs(jobs, probes) {
      const next = new Map<string, SubjectSeries>();
      for (const [key, group] of Map.groupBy(jobs, subjectKey)) {
        next.set(key, subjectSeries(group, probes, options, subjects.get(key)));
      }
      subjects = next;
    },
    add(job, observation) {
      const subject = subjects.get(subjectKey(job));
      const record = subject?.record.get(job.id);
      if (subject === undefined || record === undefined) return;
      try {
        record(observation);
      } catch (error) {
        options.onError?.(error, job);
      }
    },
    async metrics() {
      let text = "";
      for await (const piece of pieces()) text += piece;
      return text;
    },
    metricsPieces: pieces,
    contentType: Registry.PROMETHEUS_CONTENT_TYPE,
    events: own.events,
    configReloaded: (ok) => own.configReloaded(ok),
    stop: () => Promise.resolve(),
  };
}

function subjectKey(job: Job): string {
  return `${job.subject.kind} ${job.subject.name}`;
}

function subjectSeries(
  jobs: readonly Job[],
  probes: ReadonlyMap<string, Probe>,
  options: PrometheusSinkOptions,
  before: SubjectSeries | undefined,
): SubjectSeries {
  const planned = jobs.map((job) => {
    const probe = probes.get(job.probe);
    const declared: Declared = { phases: probe?.phases(job.options) ?? [], causes: probe?.causes ?? [] };
    return { job, declared, lists: options.blocklists?.(job) ?? [] };
  });
  const described = JSON.stringify(
    planned.map(({ job, declared, lists }) => [
      job.id,
      endOf(job.subject),
      declared,
      lists,
      tlsUseOf(job, declared),
    ]),
  );
  // Kept for each of thousands of subjects, while the description is kilobytes long.
  const shape = hash("sha256", described);
  const series = before?.shape === shape ? before : newSeries(shape, planned);
  for (const job of jobs) setInterval(series.registry, job, (options.intervalSeconds ?? everySeconds)(job));
  return series;
}

function newSeries(
  shape: string,
  planned: readonly { readonly job: Job; readonly declared: Declared; readonly lists: readonly string[] }[],
): SubjectSeries {
  const registry = new SubjectRegistry();
  const record = new Map(
    planned.map(({ job, declared, lists }): [string, RecordRun] => {
      const recorders = [probeSeries(registry, job, declared), ...kindSeries(registry, job, declared, lists)];
      return [job.id, (observation: Observation) => recorders.forEach((each) => each(observation))];
    }),
  );
  return { shape, registry, record };
}

/** The series that only one kind of subject has. */
function kindSeries(
  registry: SubjectRegistry,
  job: Job,
  declared: Declared,
  lists: readonly string[],
): RecordRun[] {
  const { kind } = job.subject;
  if (kind === "domain" && job.probe === "mx") return [mxSeries(registry, job)];
  if (kind === "address" && job.probe === "blocklist") return [blocklistSeries(registry, job, lists)];
  if (kind !== "relay") return [];
  const tls = tlsSeries(registry, job, declared);
  return [smtpSeries(registry, job, declared), ...(tls === undefined ? [] : [tls])];
}

function everySeconds(job: Job): number | undefined {
  return job.schedule !== undefined && "everyMs" in job.schedule ? job.schedule.everyMs / 1000 : undefined;
}
