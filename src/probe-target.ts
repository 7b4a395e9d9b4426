import type { Config } from "./config/index.ts";
import { formatProblem, parseTarget } from "./config/index.ts";
import type { Job } from "./model/probe.ts";
import type { ProbeModule } from "./server/types.ts";
import { configDeps, probes } from "./toolkit.ts";

/**
 * The job of `/probe?target=&module=`, or one sentence that says why there is none. A target is a configured name;
 * others only where the operator opted out, so that the daemon is no port scanner for others.
 */
export function probeJob(config: Config, target: string, module: ProbeModule): Job | string {
  const probe = probes.get(module.probe);
  if (probe === undefined)
    return `module ${module.name} names the probe ${module.probe}, which does not exist`;
  const named = config.jobs.filter(
    (job) => job.subject.name === target && job.subject.kind === probe.subject,
  );
  const [first] = named;
  if (first !== undefined)
    return configuredJob(config, module, named.find((job) => job.probe === module.probe) ?? first);
  if (!config.server.unrestrictedProbeTargets) {
    return `"${target}" is not a configured ${probe.subject} (server.unrestricted_probe_targets lifts this).`;
  }
  return bareJob(config, target, module);
}

function configuredJob(config: Config, module: ProbeModule, like: Job): Job {
  const own = config.modules.get(module.name);
  const sameProbe = like.probe === module.probe;
  const options = own?.options ?? (sameProbe ? like.options : probes.get(module.probe)?.parseOptions({}));
  const timeoutMs = own?.timeoutMs ?? module.timeoutMs ?? like.timeoutMs;
  return {
    id: `probe/${module.name}/${like.subject.name}`,
    subject: like.subject,
    probe: module.probe,
    options,
    timeoutMs,
  };
}

function bareJob(config: Config, target: string, module: ProbeModule): Job | string {
  const url =
    module.scheme !== undefined && !target.includes("://") ? `${module.scheme}://${target}` : target;
  const parsed = parseTarget(url, configDeps, { blocklists: config.blocklists, helo: config.defaults.helo });
  if (!parsed.ok) return parsed.problems.map(formatProblem).join("; ");
  const found = parsed.jobs.find((job) => job.probe === module.probe);
  if (found === undefined) return `"${target}" is no target for the ${module.probe} probe`;
  return configuredJob(config, module, { ...found, subject: { ...found.subject, name: target } });
}
