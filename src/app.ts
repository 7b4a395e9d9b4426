import { configJsonSchema, formatProblem, loadConfig, parseTarget, printConfig } from "./config/index.ts";
import { CliError, EXIT } from "./cli/exit.ts";
import type { BareOptions, RunOptions, Services, Toolkit } from "./cli/services.ts";
import { causeSentence, explainReply } from "./diagnosis/index.ts";
import type { Config } from "./config/index.ts";
import type { Job } from "./model/probe.ts";
import { configDeps, netSettings, openObserving } from "./toolkit.ts";
import { packageVersion } from "./version.ts";

function read(path: string): Config {
  const result = loadConfig(path, configDeps);
  if (result.ok) return result.config;
  const lines = result.problems.map(formatProblem).join("\n");
  throw new CliError(
    `${path} has problems\n${lines}`,
    EXIT.configuration,
    `Mend them, then run: mailgauge config check ${path}`,
  );
}

function bareJobs(target: string, options: BareOptions, config: Config | undefined): readonly Job[] {
  const { servers: _, ...rest } = options;
  const result = parseTarget(target, configDeps, {
    ...rest,
    ...(config === undefined ? {} : { blocklists: config.blocklists }),
  });
  if (result.ok) return result.jobs;
  const known = config === undefined ? [] : [...new Set(config.jobs.map((job) => job.subject.name))];
  const hint = known.length === 0 ? undefined : `Configured names: ${known.slice(0, 20).join(", ")}.`;
  throw new CliError(result.problems.map(formatProblem).join("\n"), EXIT.usage, hint);
}

async function openToolkit(path: string | undefined, servers?: readonly string[]): Promise<Toolkit> {
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

async function run({ configPath, listen }: RunOptions) {
  const { startDaemon } = await import("./daemon.ts");
  return startDaemon({
    load: () => loadConfig(configPath, configDeps),
    version: packageVersion(),
    ...(listen === undefined ? {} : { listen }),
  });
}

export const services: Services = {
  openToolkit,
  checkConfig: async (path) => {
    const result = loadConfig(path, configDeps);
    if (!result.ok) return { problems: result.problems.map(formatProblem), summary: "" };
    const { relays, domains, addresses, jobs } = result.config;
    const summary = `${path}: no problem found (${relays.length} relays, ${domains.length} domains, ${addresses.length} addresses; ${jobs.length} jobs)`;
    return { problems: [], summary };
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
