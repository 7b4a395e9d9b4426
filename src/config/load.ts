import { dirname } from "node:path";
import { Checked } from "./checked.ts";
import type { Config } from "./config.ts";
import { crossCheck } from "./cross-check.ts";
import { parseDuration } from "./duration.ts";
import { type Filled, fillIn } from "./filled.ts";
import { parseHostPort } from "./host.ts";
import { jobsOf, listsOf, modulesOf, type Probes } from "./jobs.ts";
import { machineHelo } from "./machine.ts";
import { fetchReference, type Outside, pathIn, type ReadFile, readFromDisk, readText } from "./outside.ts";
import { type Problem, sortProblems } from "./problem.ts";
import { readConfigFile } from "./read-file.ts";
import { readSource, type Source } from "./source.ts";
import { addressesOf, domainsOf, mailboxesOf, relaysOf, routesOf } from "./subjects.ts";
import { copyPlain, copyTree, setAt } from "./tree.ts";

export interface ConfigDeps {
  /** By kind. */
  readonly probes: Probes;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** For the configuration, secrets and certificates; from the disk by default. Throws as `node:fs` does. */
  readonly readFile?: ReadFile;
  /** Argument of EHLO when the file sets none; by default from the name of this machine. */
  readonly machineHelo?: () => string;
}

export type ConfigResult =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Reads a configuration with all that it refers to. Every problem at once, by position; never throws for one. */
export function loadConfig(path: string, deps: ConfigDeps): ConfigResult {
  const file = readConfigFile(path, deps.readFile);
  if ("problem" in file) return { ok: false, problems: [file.problem] };
  return parseConfig(file.text, path, deps);
}

/** The same for a text; relative paths count from the folder of `fileName`. */
export function parseConfig(text: string, fileName: string, deps: ConfigDeps): ConfigResult {
  return configOf(readSource(text, fileName), deps);
}

/** The same for values that stand in no file, such as those of a bare target. */
export function configOf(source: Source, deps: ConfigDeps, folder = dirname(source.file)): ConfigResult {
  const problems: Problem[] = [...source.problems];
  if (source.values === undefined) return { ok: false, problems: sortProblems(problems) };
  if (source.values === null) {
    const message = "is empty, and a truncated file must not stop all monitoring";
    problems.push({
      file: source.file,
      line: 1,
      column: 1,
      path: "",
      message,
      remedy: "name a relay, a domain or an address, or write {}",
    });
    return { ok: false, problems: sortProblems(problems) };
  }
  const outside = { env: deps.env, readFile: deps.readFile ?? readFromDisk, folder };
  const checked = new Checked(source, copyTree(source.values));
  const config = check(checked, outside, deps);
  problems.push(...checked.problems);
  if (config === undefined || problems.length > 0) return { ok: false, problems: sortProblems(problems) };
  return { ok: true, config };
}

function check(checked: Checked, outside: Outside, deps: ConfigDeps): Config | undefined {
  const asWritten = checked.settle();
  if (asWritten === undefined) return undefined;
  checked.fill(asWritten, (reference) => fetchReference(outside, reference));
  const settings = checked.settle();
  if (settings === undefined) return undefined;
  const filled = fillIn(settings, deps.machineHelo ?? machineHelo);
  // All of them first: what one says must not silence another.
  const crossed = [...crossCheck(filled, checked, deps.probes)].filter(({ path }) => !checked.isSpoilt(path));
  for (const complaint of crossed) checked.complain(complaint);

  const complain = checked.complain.bind(checked);
  const subjects = {
    relays: relaysOf(filled, outside, complain),
    domains: domainsOf(filled),
    addresses: addressesOf(filled),
  };
  const { jobs, complaints } = jobsOf(filled, subjects, deps.probes);
  const modules = modulesOf(filled, deps.probes);
  const ofProbes = [...complaints, ...modules.complaints].filter(({ path }) => !checked.isSpoilt(path));
  for (const complaint of ofProbes) checked.complain(complaint);
  return {
    file: checked.source.file,
    ...subjects,
    mailboxes: mailboxesOf(filled, outside, complain),
    routes: routesOf(filled),
    jobs,
    modules: modules.modules,
    blocklists: listsOf(filled),
    ...processOf(filled, outside, checked),
    printable: printableOf(filled, checked),
  };
}

type ProcessSettings = Pick<
  Config,
  "resolver" | "defaults" | "limits" | "server" | "store" | "log" | "loadtest"
>;

function processOf(filled: Filled, outside: Outside, checked: Checked): ProcessSettings {
  const { defaults, resolver, limits, server, store, log, loadtest } = filled;
  const ms = (text: string): number => parseDuration(text) ?? 0;
  const { host = "", port = 0 } = parseHostPort(server.listen) ?? {};
  if (server.web_config !== undefined) {
    const answer = readText(outside, server.web_config);
    if (!("text" in answer)) checked.complain({ path: ["server", "web_config"], part: "value", ...answer });
  }
  return {
    resolver: {
      ...(resolver.servers === undefined ? {} : { servers: resolver.servers }),
      ...(resolver.timeout === undefined ? {} : { timeoutMs: ms(resolver.timeout) }),
      ...(resolver.attempts === undefined ? {} : { attempts: resolver.attempts }),
    },
    defaults: {
      intervalMs: ms(defaults.interval),
      timeoutMs: ms(defaults.timeout),
      helo: String(defaults.helo),
      ...(defaults.from === undefined ? {} : { from: String(defaults.from) }),
    },
    limits: { concurrency: limits.concurrency, perDestination: limits.per_destination },
    server: {
      host,
      port,
      ...(server.web_config === undefined ? {} : { webConfig: pathIn(outside, server.web_config) }),
      unrestrictedProbeTargets: server.unrestricted_probe_targets,
    },
    ...(store === undefined
      ? {}
      : { store: { path: pathIn(outside, store.path), retentionMs: ms(store.retention) } }),
    log: { level: log.level, ...(log.format === undefined ? {} : { format: log.format }) },
    loadtest: { owned: loadtest.owned, sinkDomains: loadtest.sink_domains },
  };
}

/** What `config print` shows: a value that came from elsewhere is shown as its reference. */
function printableOf(filled: Filled, checked: Checked): Config["printable"] {
  const copy = copyPlain(filled);
  for (const [path, reference] of checked.references()) setAt(copy, path, reference);
  return copy;
}
