import type { CauseCode } from "../model/codes.ts";
import type { Job, Observe, Probe } from "../model/probe.ts";
import type { RelayScheme } from "../model/subject.ts";
import type { LoadRunReader } from "../store/load-run-reader.ts";
import type { RecentStore } from "../store/recent.ts";

/** How `/probe` looks at a target, by the name that a scrape configuration gives as `module`. */
export interface ProbeModule {
  readonly name: string;
  /** `kind` of the probe that it runs. */
  readonly probe: string;
  readonly title?: string;
  /** Options as written, over those of the configured target; shown by `debug=true`, hence without secrets. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly timeoutMs?: number;
  /** How a relay is spoken to that the configuration does not name. */
  readonly scheme?: RelayScheme;
}

/** One input that a fault of the lab takes beside its switch. */
export interface FaultField {
  readonly name: string;
  readonly label: string;
  readonly value?: string;
  /** A closed set of values; free text otherwise. */
  readonly choices?: readonly string[];
}

export interface PanelFault {
  /** Lower case letters, digits, `-` and `_`: it stands in a URL. */
  readonly id: string;
  readonly title: string;
  readonly group: string;
  readonly description: string;
  readonly active: boolean;
  readonly target?: string;
  readonly fields?: readonly FaultField[];
}

/** The switches of the demo's lab. Only the demo has one. */
export interface FaultPanel {
  faults(): readonly PanelFault[];
  /** Throws `RangeError` with one sentence when a value does not fit. An id that does not exist is not asked for. */
  set(id: string, on: boolean, values?: Readonly<Record<string, string>>): Promise<void>;
  reset(): Promise<void>;
}

export interface ReloadResult {
  readonly ok: boolean;
  /** One sentence each; empty when `ok`. */
  readonly problems: readonly string[];
}

/** What the server needs of the rest. Functions and not values where a reload changes the answer. */
export interface ServerDeps {
  readonly version: string;
  readonly jobs: () => readonly Job[];
  /** By kind. */
  readonly probes: ReadonlyMap<string, Probe>;
  readonly recent: Pick<RecentStore, "runs" | "last" | "byId" | "find">;
  /** The text exposition of `/metrics`, whole or in pieces. */
  readonly metrics: () => Promise<string> | AsyncIterable<string>;
  readonly observe: Observe;
  readonly modules: () => ReadonlyMap<string, ProbeModule>;
  /** The job of `/probe`, or one sentence that says why there is none, such as a target that is not configured. */
  readonly makeProbeJob: (target: string, module: ProbeModule) => Job | string;
  /** Reads the configuration and the web configuration again. */
  readonly reload: () => Promise<ReloadResult>;
  /** Whether the first jobs are scheduled. */
  readonly ready: () => boolean;
  /** One sentence for a person. */
  readonly causeSentence: (code: CauseCode) => string;
  /** Milliseconds since the epoch. */
  readonly nextRun?: (jobId: string) => number | undefined;
  readonly panel?: FaultPanel;
  /** The load tests that are kept. */
  readonly loadRuns?: LoadRunReader;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  /** Runs that `/probe` may have under way; 64 by default, past that it answers 503. */
  readonly maxProbes?: number;
  /** Gets what was thrown behind an answer 500. */
  readonly onError?: (error: unknown) => void;
}
