import type { BareTargetOptions } from "../config/bare-target.ts";
import type { CauseCode } from "../model/codes.ts";
import type { Cause } from "../model/observation.ts";
import type { Job, Observe } from "../model/probe.ts";

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
  run(options: RunOptions): Promise<Running>;
  demo(options: DemoOptions): Promise<Running & { readonly hints: readonly string[] }>;
}

export type LoadServices = () => Promise<Services>;
