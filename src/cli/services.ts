import type { BareTargetOptions } from "../config/bare-target.ts";
import type { CauseCode } from "../model/codes.ts";
import type { Cause, Verdict } from "../model/observation.ts";
import type { LoadRun, Objective } from "../model/load-run.ts";
import type { Job, Observe } from "../model/probe.ts";
import type { Scenario } from "../loadtest/scenario-list.ts";
import type { LoadRunSummary } from "../store/load-runs.ts";

/** What the command line says of targets that stand in no configuration. */
export interface BareOptions extends Omit<BareTargetOptions, "blocklists"> {
  /** DNS servers in place of the system's. */
  readonly servers?: readonly string[];
}

/** Everything that a one-shot command needs; `close` leaves no handle open. */
export interface Toolkit {
  /** Jobs of the configuration; none without one. */
  readonly jobs: readonly Job[];
  readonly observe: Observe;
  /** Jobs of a bare target (URL, domain, IP address). Throws `CliError` with the next step. */
  bareJobs(target: string, options: BareOptions): readonly Job[];
  readonly causeSentence: (code: CauseCode) => string;
  close(): Promise<void>;
}

export interface RunOptions {
  readonly configPath: string;
  readonly listen?: string;
}

export interface DemoOptions {
  /** Absent: the usual address, or any free port when another process has that. */
  readonly listen?: string;
  /** Milliseconds between two runs of a probe. */
  readonly intervalMs: number;
}

/** A running daemon. */
export interface Running {
  readonly url: string;
  /** Resolves when it has stopped, by signal or by `stop`. */
  readonly stopped: Promise<void>;
  stop(): Promise<void>;
}

/** A load test as the command line asks for it. */
export interface LoadtestRequest {
  /** Name of a scenario, or path of a script. */
  readonly scenario: string;
  /** Configured name, or URL; with `sink` it has none of its own. */
  readonly relay: string;
  /** Profile of a sink that is started for the run, and is its target. */
  readonly sink?: string;
  /** Envelope, for every relay; the rest is for one that stands in no configuration. */
  readonly bare: BareOptions;
  readonly parameters: Readonly<Record<string, string>>;
  readonly processes: number;
  /** Share of 421 and 5xx that ends the run. Default: the scenario's own. */
  readonly maxRefusals?: number;
  /** Base URL. */
  readonly prometheus?: string;
}

/** Where a run shows what happens, and hears that it shall end. */
export interface LoadtestWatch {
  write(text: string): void;
  readonly isTerminal: boolean;
  readonly columns: number;
  /** Calls back when the user stops the command. Returns what takes the listener off. */
  onStop(listener: () => void): () => void;
}

/** Load tests with one configuration. Each of these throws `CliError` with the next step. */
export interface Loadtests {
  list(): readonly Scenario[];
  /** `known`: every parameter that it takes; nothing for a script that does not say. */
  scenario(name: string): Scenario & { readonly known: readonly string[] };
  /** Reads a file of parameters. */
  profile(path: string, known: readonly string[]): Readonly<Record<string, string>>;
  run(request: LoadtestRequest, watch: LoadtestWatch): Promise<LoadRun>;
  /** Manifests for k6-operator, as YAML. */
  kubernetes(
    request: LoadtestRequest & { readonly image: string; readonly namespace?: string | undefined },
  ): Promise<string>;
  /** Asks Prometheus for the verdict on a run that was sent there, by one process or by many. */
  verdict(
    id: string,
    prometheus: string,
    objectives: { readonly p99?: string | undefined; readonly errors?: string | undefined },
  ): Promise<{ readonly verdict: Verdict; readonly objectives: readonly Objective[] }>;
  /** What is kept in this database, or in the configured store; newest first. */
  runs(store?: string): readonly LoadRunSummary[];
  /** A run that is kept there, by its id; or one from a file. */
  earlier(reference: string, store?: string): LoadRun;
  /** Keeps a run there; does nothing without a store. */
  keep(run: LoadRun, store?: string): void;
  close(): Promise<void>;
}

/**
 * What the commands ask of the composition root, which alone knows every part. Loaded only when a command needs
 * it, so that `--help` stays quick.
 */
export interface Services {
  /** Reads the configuration at `path`, or opens without one. Throws `CliError` (78) with every problem. */
  openToolkit(path: string | undefined, servers?: readonly string[]): Promise<Toolkit>;
  checkConfig(path: string): Promise<{ readonly problems: readonly string[]; readonly summary: string }>;
  printConfig(path: string): Promise<string>;
  configSchema(): Promise<string>;
  /** What a reply means, with the cause in one sentence; nothing for a reply that no rule knows. */
  explain(reply: string): Promise<{ readonly cause: Cause; readonly sentence: string } | undefined>;
  /** Load tests with the configuration at `path`, or without one. */
  openLoadtests(path: string | undefined, servers?: readonly string[]): Promise<Loadtests>;
  run(options: RunOptions): Promise<Running>;
  demo(options: DemoOptions): Promise<Running & { readonly hints: readonly string[] }>;
}

export type LoadServices = () => Promise<Services>;
