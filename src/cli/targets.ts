import type { Job } from "../model/probe.ts";
import { CliError } from "./exit.ts";
import type { BareOptions, Toolkit } from "./services.ts";

export interface TargetFilter {
  /** Only these probes. */
  readonly probes?: readonly string[];
  /** What a target must be for them, to say so when it is not: `${target} is no ${what}`. */
  readonly wanted?: { readonly what: string; readonly hint: string };
}

/** Each target is a configured name, or else a URL, a domain or an IP address. */
export function jobsOfTargets(
  targets: readonly string[],
  toolkit: Toolkit,
  bare: BareOptions,
  filter: TargetFilter = {},
): readonly Job[] {
  return targets.flatMap((target) => chosen(target, jobsOfTarget(target, toolkit, bare, filter), filter));
}

function jobsOfTarget(
  target: string,
  toolkit: Toolkit,
  bare: BareOptions,
  { wanted }: TargetFilter,
): readonly Job[] {
  const configured = toolkit.jobs.filter((job) => job.subject.name === target);
  if (configured.length > 0) return configured.map((job) => withTimeout(job, bare));
  try {
    return toolkit.bareJobs(target, bare);
  } catch (error) {
    // What is wrong with a URL is worth saying; what else a target could have been is not, when only one thing will do.
    if (!(error instanceof CliError) || wanted === undefined || target.includes("://")) throw error;
    throw new CliError(`${target} is no ${wanted.what}`, undefined, wanted.hint);
  }
}

/** A target of which nothing is left would go unchecked without a word. */
function chosen(target: string, jobs: readonly Job[], { probes, wanted }: TargetFilter): readonly Job[] {
  if (probes === undefined) return jobs;
  const left = jobs.filter((job) => probes.includes(job.probe));
  if (left.length > 0) return left;
  if (wanted !== undefined) throw new CliError(`${target} is no ${wanted.what}`, undefined, wanted.hint);
  const there = [...new Set(jobs.map((job) => job.probe))].join(", ");
  throw new CliError(`no probe ${probes.join(", ")} for ${target}`, undefined, `There is: ${there}.`);
}

function withTimeout(job: Job, bare: BareOptions): Job {
  return bare.timeoutMs === undefined ? job : { ...job, timeoutMs: bare.timeoutMs };
}
