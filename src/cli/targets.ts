import type { Job } from "../model/probe.ts";
import { CliError } from "./exit.ts";
import type { BareOptions, Toolkit } from "./services.ts";

export interface TargetFilter {
  /** Only these probes. */
  readonly probes?: readonly string[];
}

/** Each target is a configured name, or else a URL, a domain or an IP address. */
export function jobsOfTargets(
  targets: readonly string[],
  toolkit: Toolkit,
  bare: BareOptions,
  filter: TargetFilter = {},
): readonly Job[] {
  const jobs = targets.flatMap((target) => {
    const configured = toolkit.jobs.filter((job) => job.subject.name === target);
    return configured.length > 0
      ? configured.map((job) => withTimeout(job, bare))
      : toolkit.bareJobs(target, bare);
  });
  const { probes } = filter;
  if (probes === undefined) return jobs;
  const chosen = jobs.filter((job) => probes.includes(job.probe));
  if (chosen.length > 0) return chosen;
  const there = [...new Set(jobs.map((job) => job.probe))].join(", ");
  throw new CliError(
    `no probe ${probes.join(", ")} for ${targets.join(", ")}`,
    undefined,
    `There is: ${there}.`,
  );
}

function withTimeout(job: Job, bare: BareOptions): Job {
  return bare.timeoutMs === undefined ? job : { ...job, timeoutMs: bare.timeoutMs };
}
