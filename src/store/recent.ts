import type { Observation, Verdict } from "../model/observation.ts";
import type { Job, Sink } from "../model/probe.ts";

export interface RecentOptions {
  /** Observations kept for each job. */
  readonly perJob?: number;
  /** Failed and unknown observations that are kept after they left the last `perJob`, for each job. */
  readonly failuresPerJob?: number;
  /** Memory for what observations saw, over all jobs, roughly. */
  readonly maxBytes?: number;
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
  /** Forgets what these jobs have seen: from now on they look at something else. */
  forget(jobIds: Iterable<string>): void;
}

interface JobHistory {
  runs: Observation[];
  /** What was bad among those that left `runs`. Nobody asks for a pass of last night, but for its failure. */
  failures: Observation[];
  /** Of all that are kept whole, roughly. */
  bytes: number;
}

/** What ten thousand jobs would see in a quarter of an hour is more than a process may hold. */
const MAX_BYTES = 96 * 1024 * 1024;

/**
 * Bounded: `perJob + failuresPerJob` observations a job, and in all the memory for what they saw. Where that is not
 * enough, the oldest lose evidence, phases and findings, passes before failures; how they ended stays.
 */
export function createRecentStore({
  perJob = 60,
  failuresPerJob = 20,
  maxBytes = MAX_BYTES,
}: RecentOptions = {}): RecentStore {
  const jobs = new Map<string, JobHistory>();
  /** In the order of their arrival. */
  const byId = new Map<string, Observation>();
  /** Of those that are kept whole. */
  const bytesOf = new WeakMap<Observation, number>();
  /** A job that left the configuration while it ran must not come back by its last observation. */
  let known: ReadonlySet<string> | undefined;

  function forget(history: JobHistory, observation: Observation): void {
    history.bytes -= bytesOf.get(observation) ?? 0;
    byId.delete(observation.id);
  }

  function forgetJob(jobId: string): void {
    const { runs = [], failures = [] } = jobs.get(jobId) ?? {};
    jobs.delete(jobId);
    for (const observation of [...runs, ...failures]) byId.delete(observation.id);
  }

  function ageRuns(history: JobHistory): void {
    if (history.runs.length <= perJob) return;
    for (const left of history.runs.splice(0, 1)) {
      if (isBad(left)) history.failures.push(left);
      else forget(history, left);
    }
    if (history.failures.length <= failuresPerJob) return;
    for (const left of history.failures.splice(0, 1)) forget(history, left);
  }

  function thin(
    history: JobHistory,
    list: Observation[],
    unless: (observation: Observation) => boolean,
  ): void {
    const share = maxBytes / jobs.size;
    for (let index = 0; index < list.length && history.bytes > share; index += 1) {
      const observation = list[index];
      const bytes = observation === undefined ? undefined : bytesOf.get(observation);
      if (observation === undefined || bytes === undefined || unless(observation)) continue;
      const thinned = thinCopy(observation);
      list[index] = thinned;
      byId.set(thinned.id, thinned);
      history.bytes -= bytes;
    }
  }

  return {
    add(job: Job, observation) {
      if (known?.has(job.id) === false) return;
      const history = jobs.get(job.id) ?? { runs: [], failures: [], bytes: 0 };
      jobs.set(job.id, history);
      const bytes = weightOf(observation);
      bytesOf.set(observation, bytes);
      history.bytes += bytes;
      history.runs.push(observation);
      byId.set(observation.id, observation);
      ageRuns(history);
      const isLast = (other: Observation): boolean => other === observation;
      thin(history, history.runs, (other) => isLast(other) || isBad(other));
      thin(history, history.failures, isLast);
      thin(history, history.runs, isLast);
    },
    runs: (jobId) => jobs.get(jobId)?.runs ?? [],
    last: (jobId) => jobs.get(jobId)?.runs.at(-1),
    byId: (id) => byId.get(id),
    find: ({ limit = Number.POSITIVE_INFINITY, ...filter } = {}) => {
      // By arrival, which is nearly their order: to sort all that there are would take half a second.
      const all = [...byId.values()];
      const found: Observation[] = [];
      for (let index = all.length - 1; index >= 0 && found.length < limit; index -= 1) {
        const observation = all[index];
        if (observation !== undefined && matches(observation, filter)) found.push(observation);
      }
      return found.sort((a, b) => b.startedAt - a.startedAt);
    },
    keepOnly(jobIds) {
      known = new Set(jobIds);
      for (const jobId of jobs.keys()) if (!known.has(jobId)) forgetJob(jobId);
    },
    forget(jobIds) {
      for (const jobId of jobIds) forgetJob(jobId);
    },
    stop: () => Promise.resolve(),
  };
}

function isBad({ verdict }: Observation): boolean {
  return verdict === "fail" || verdict === "unknown";
}

const NOTHING: Pick<Observation, "phases" | "evidence" | "findings"> = {
  phases: Object.freeze([]),
  evidence: Object.freeze({}),
  findings: Object.freeze([]),
};

/** How it ended, without what it saw. */
function thinCopy(observation: Observation): Observation {
  const { fault } = observation;
  if (fault === undefined) return Object.freeze({ ...observation, ...NOTHING });
  const { reply: _reply, ...rest } = fault;
  return Object.freeze({ ...observation, ...NOTHING, fault: Object.freeze(rest) });
}

/** Bytes in memory, within a factor of two: an observation is plain data. */
function weightOf(value: unknown): number {
  if (typeof value === "string") return 24 + value.length;
  if (typeof value !== "object" || value === null) return 8;
  let bytes = 56;
  for (const item of Object.values(value)) bytes += 8 + weightOf(item);
  return bytes;
}

function matches(observation: Observation, { target, probe, verdict }: RecentFilter): boolean {
  return (
    (target === undefined || observation.target === target) &&
    (probe === undefined || observation.probe === probe) &&
    (verdict === undefined || observation.verdict === verdict)
  );
}
