import type { Observation, Verdict } from "../model/observation.ts";
import type { Job, Sink } from "../model/probe.ts";

export interface RecentOptions {
  /** Observations kept for each job. */
  readonly perJob?: number;
  /** Failed and unknown observations that are kept after they left the last `perJob`, for each job. */
  readonly failuresPerJob?: number;
}

export interface RecentFilter {
  readonly target?: string;
  readonly probe?: string;
  readonly verdict?: Verdict;
  /** Newest first, at most so many. */
  readonly limit?: number;
}

/** The last observations of each job, in memory. */
export interface RecentStore extends Sink {
  /** Oldest first; without the older failures. */
  runs(jobId: string): readonly Observation[];
  last(jobId: string): Observation | undefined;
  byId(id: string): Observation | undefined;
  /** Newest first, the older failures included. */
  find(filter?: RecentFilter): Observation[];
  /** Forgets every job that is not among these, after a reload. */
  keepOnly(jobIds: Iterable<string>): void;
}

interface JobHistory {
  runs: Observation[];
  /** What was bad among those that left `runs`. Nobody asks for a pass of last night, but for its failure. */
  failures: Observation[];
}

/** Bounded: `perJob + failuresPerJob` observations a job. */
export function createRecentStore({ perJob = 60, failuresPerJob = 20 }: RecentOptions = {}): RecentStore {
  const jobs = new Map<string, JobHistory>();
  const byId = new Map<string, Observation>();
  /** A job that left the configuration while it ran must not come back by its last observation. */
  let known: ReadonlySet<string> | undefined;

  return {
    add(job: Job, observation) {
      if (known?.has(job.id) === false) return;
      const history = jobs.get(job.id) ?? { runs: [], failures: [] };
      jobs.set(job.id, history);
      history.runs.push(observation);
      byId.set(observation.id, observation);
      if (history.runs.length <= perJob) return;
      const [left] = history.runs.splice(0, 1);
      if (left === undefined) return;
      const isBad = left.verdict === "fail" || left.verdict === "unknown";
      if (!isBad) byId.delete(left.id);
      else history.failures.push(left);
      if (history.failures.length <= failuresPerJob) return;
      for (const forgotten of history.failures.splice(0, 1)) byId.delete(forgotten.id);
    },
    runs: (jobId) => jobs.get(jobId)?.runs ?? [],
    last: (jobId) => jobs.get(jobId)?.runs.at(-1),
    byId: (id) => byId.get(id),
    find: ({ limit = Number.POSITIVE_INFINITY, ...filter } = {}) =>
      [...jobs.values()]
        .flatMap(({ runs, failures }) => [...failures, ...runs])
        .filter((observation) => matches(observation, filter))
        .sort((a, b) => b.startedAt - a.startedAt)
        .slice(0, limit),
    keepOnly(jobIds) {
      known = new Set(jobIds);
      for (const [jobId, { runs, failures }] of jobs) {
        if (known.has(jobId)) continue;
        jobs.delete(jobId);
        for (const observation of [...runs, ...failures]) byId.delete(observation.id);
      }
    },
    stop: () => Promise.resolve(),
  };
}

function matches(observation: Observation, { target, probe, verdict }: RecentFilter): boolean {
  return (
    (target === undefined || observation.target === target) &&
    (probe === undefined || observation.probe === probe) &&
    (verdict === undefined || observation.verdict === verdict)
  );
}
