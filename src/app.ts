import { configJsonSchema, formatProblem, loadConfig, parseTarget, printConfig } from "./config/index.ts";
import { CliError, configurationError, EXIT } from "./cli/exit.ts";
import { flagProblem } from "./cli/flag-problem.ts";
import type { BareOptions, Loadtests, RunOptions, Services, Toolkit } from "./cli/services.ts";
import { causeSentence, explainReply } from "./diagnosis/index.ts";
import type { Config } from "./config/index.ts";
import type { Job } from "./model/probe.ts";
import { keepHeapSmall } from "./heap.ts";
import { configDeps, netSettings, openObserving } from "./toolkit.ts";
import { parseServerAddress } from "./standards/dns/server-address.ts";
import { packageVersion } from "./version.ts";

function read(path: string): Config {
  const result = loadConfig(path, configDeps);
  if (result.ok) return result.config;
  throw configurationError(result.problems.map(formatProblem));
}

function bareJobs(target: string, options: BareOptions, config: Config | undefined): readonly Job[] {
  const { servers: _, ...rest } = options;
  const result = parseTarget(target, configDeps, {
    ...rest,
    ...(config === undefined ? {} : { blocklists: config.blocklists }),
  });
  if (result.ok) return result.jobs;
  throw new CliError(result.problems.map(flagProblem).join("\n"), EXIT.usage, knownNames(target, config));
}

/** Which names there would have been; nobody takes a URL for a name. */
function knownNames(target: string, config: Config | undefined): string | undefined {
  if (target.includes("://")) return undefined;
  if (config === undefined) return "No configuration is read: name it with --config to check its targets.";
  const known = [...new Set(config.jobs.map((job) => job.subject.name))];
  return known.length === 0
    ? "The configuration names no target."
    : `Configured names: ${known.slice(0, 20).join(", ")}.`;
}

function checkServers(servers: readonly string[] = []): void {
  const bad = servers.find((server) => parseServerAddress(server) === undefined);
  if (bad === undefined) return;
  throw new CliError(
    `--resolver: "${bad}" is not the address of a DNS server`,
    EXIT.usage,
    "Write an IP address, with or without port: 192.0.2.53, 127.0.0.1:5353 or [::1]:53.",
  );
}

async function openToolkit(path: string | undefined, servers?: readonly string[]): Promise<Toolkit> {
  checkServers(servers);
  const config = path === undefined ? undefined : read(path);
  const observing = openObserving(netSettings(config, servers));
  return {
    jobs: config?.jobs ?? [],
    observe: observing.observe,
    bareJobs: (target, options) => bareJobs(target, options, config),
    causeSentence,
    close: async () => observing.close(),
  };
}

async function loadtests(path: string | undefined, servers?: readonly string[]): Promise<Loadtests> {
  checkServers(servers);
  const config = path === undefined ? undefined : read(path);
  return (await import("./loadtests.ts")).openLoadtests(config, servers);
}

async function run({ configPath, listen }: RunOptions) {
  const letHeapGrow = keepHeapSmall();
  const { startDaemon } = await import("./daemon.ts");
  const daemon = await startDaemon({
    load: () => loadConfig(configPath, configDeps),
    version: packageVersion(),
    ...(listen === undefined ? {} : { listen }),
  });
  letHeapGrow();
  return daemon;
}

function count({ length }: readonly unknown[], noun: string): string {
  return `${length} ${noun}${length === 1 ? "" : noun.endsWith("s") ? "es" : "s"}`;
}

export const services: Services = {
  openToolkit,
  openLoadtests: loadtests,
  checkConfig: async (path) => {
    const result = loadConfig(path, configDeps);
    if (!result.ok) return { problems: result.problems.map(formatProblem), summary: "" };
    const { relays, domains, addresses, jobs } = result.config;
    const subjects = [count(relays, "relay"), count(domains, "domain"), count(addresses, "address")].join(
      ", ",
    );
    return { problems: [], summary: `${path}: no problem found (${subjects}; ${count(jobs, "job")})` };
  },
  printConfig: async (path) => printConfig(read(path)),
  configSchema: async () => `${JSON.stringify(configJsonSchema(), null, 2)}\n`,
  explain: async (reply) => {
    const cause = explainReply(reply);
    return cause === undefined ? undefined : { cause, sentence: causeSentence(cause.code) };
  },
  run,
  demo: async (options) => (await import("./demo.ts")).startDemo(options),
};
