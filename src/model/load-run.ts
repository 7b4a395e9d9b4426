import type { Verdict } from "./observation.ts";

/** What became of a message. `uncertain`: the connection was lost after the final dot; `failed`: before it. */
export type LoadOutcome = "accepted" | "deferred" | "rejected" | "uncertain" | "failed" | "aborted";

export const LOAD_OUTCOMES: readonly LoadOutcome[] = [
  "accepted",
  "deferred",
  "rejected",
  "uncertain",
  "failed",
  "aborted",
];

/** Parts of the conversation that a load test times, in their order; the metric is `smtp_` and the name. */
export const LOAD_PHASES = [
  "resolving",
  "connecting",
  "banner",
  "ehlo",
  "tls_handshaking",
  "auth",
  "mail",
  "rcpt",
  "data",
  "envelope",
  "sending",
  "accepting",
  "message_duration",
  "session_duration",
] as const;

export type LoadPhase = (typeof LOAD_PHASES)[number];

/** Milliseconds. Quantiles are of a histogram whose buckets are 1.6 % wide. */
export interface Distribution {
  readonly count: number;
  readonly mean: number;
  readonly min: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

export type OutcomeCounts = Readonly<Record<LoadOutcome, number>>;

/** Counts and times of a whole run, or of one of its steps. */
export interface LoadTotals {
  /** Seconds in which there was work. */
  readonly seconds: number;
  readonly iterations: number;
  /** Iterations that an arrival rate asked for and that found no free VU: work that was never done. */
  readonly dropped: number;
  readonly messages: OutcomeCounts;
  readonly recipients: OutcomeCounts;
  /** Octets of messages handed over, without the protocol around them. */
  readonly octets: number;
  readonly sessions: { readonly opened: number; readonly failed: number };
  /** TLS handshakes made in full, and those that resumed a session. */
  readonly handshakes: { readonly full: number; readonly resumed: number };
  /** Most frequent first. */
  readonly replies: readonly ReplyCount[];
  readonly errors: readonly ErrorCount[];
  /** Phases that happened. */
  readonly phases: Readonly<Partial<Record<LoadPhase, Distribution>>>;
}

export interface ReplyCount {
  readonly phase: string;
  readonly code: number;
  /** "" without one. */
  readonly enhanced: string;
  readonly count: number;
}

export interface ErrorCount {
  readonly phase: string;
  readonly error: string;
  readonly count: number;
}

/** One second (or longer, in a long run) of a run. Milliseconds for times, messages a second for rates. */
export interface LoadInterval {
  /** Seconds since the start of the run at which the interval ended. */
  readonly at: number;
  readonly seconds: number;
  readonly scenario: string;
  readonly vus: number;
  readonly dropped: number;
  readonly messages: OutcomeCounts;
  /** Replies 421 and 5xx of any phase. */
  readonly refusals: number;
  readonly errors: number;
  /** CPU seconds of k6 in the interval, all cores together. */
  readonly cpu: number;
  /** Share (0 to 1) of all cores of the machine that was at work, whoever used them; absent where it does not tell. */
  readonly busy?: number;
  readonly p50?: number;
  readonly p95?: number;
  readonly p99?: number;
  readonly max?: number;
}

/** One objective of the scenario and whether it held: a threshold of k6. */
export interface Objective {
  readonly metric: string;
  readonly expression: string;
  readonly ok: boolean;
}

/** One arrival rate of a capacity test. */
export interface LoadStep {
  readonly scenario: string;
  /** Messages a second that were asked for. */
  readonly target: number;
  /** Messages a second that were accepted. */
  readonly achieved: number;
  readonly ok: boolean;
  /** In words: what broke. */
  readonly failures: readonly string[];
  readonly totals: LoadTotals;
}

/** The knee: the highest rate that held every objective, and the lowest that did not. */
export interface Capacity {
  readonly sustained: number;
  /** Absent when nothing broke up to the highest rate. */
  readonly broken?: number;
  /** Share (0 to 1) of resampled runs in which the knee stays in this place; absent where its steps do not tell. */
  readonly confidence?: number;
  readonly firstFailure?: string;
}

/** What kept the run from going faster. */
export interface Bottleneck {
  readonly kind: "client" | "network" | "relay" | "sink" | "none" | "unknown";
  readonly sentence: string;
  readonly evidence: readonly string[];
}

/** What another end said of the messages: the sink behind the relay. */
export interface DeliveryTotals {
  readonly expected: number;
  readonly arrived: number;
  readonly lost: number;
  readonly duplicated: number;
  /** Accepted to arrived. */
  readonly transit?: Distribution;
}

/** How the run ended. `stopped`: the ramp guard or a threshold broke it off; `interrupted`: a person did; `broken`: k6 died. */
export type LoadEnd = "finished" | "stopped" | "interrupted" | "broken";

/** A load test that was run, whole or as far as it went. Holds no secret and no address of a person. */
export interface LoadRun {
  /** Layout of this object: readers refuse a later one. */
  readonly version: 1;
  readonly id: string;
  readonly scenario: string;
  readonly startedAt: string;
  readonly target: {
    /** Name of the relay in the configuration; the URL without one. */
    readonly name: string;
    readonly host: string;
    readonly port: number;
    readonly scheme: string;
    /** Of the first session: "TLSv1.3 X25519"; absent without TLS. */
    readonly tls?: string;
  };
  /** Parameters that were given, secrets left out. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly environment: {
    readonly mailgauge: string;
    readonly k6: string;
    readonly module: string;
    readonly cores: number;
    readonly platform: string;
  };
  readonly end: LoadEnd;
  /** In words, for every end but `finished`. */
  readonly endReason?: string;
  readonly verdict: Verdict;
  readonly objectives: readonly Objective[];
  readonly totals: LoadTotals;
  /** By scenario of k6, where there is more than one. */
  readonly parts: Readonly<Record<string, LoadTotals>>;
  readonly intervals: readonly LoadInterval[];
  readonly steps?: readonly LoadStep[];
  readonly capacity?: Capacity;
  readonly delivery?: DeliveryTotals;
  readonly bottleneck: Bottleneck;
  /** What a reader of the figures has to know, such as what is missing from them. */
  readonly notes?: readonly string[];
}

/** One figure of two runs, side by side. */
export interface Change {
  readonly what: string;
  readonly unit: "ms" | "messages/s" | "share";
  readonly before: number;
  readonly after: number;
  /** `after` against `before`, as a share: 0.25 is a quarter more. */
  readonly change: number;
  /** Two-sided p value of the test on the intervals of both runs; absent when there are too few. */
  readonly p?: number;
  readonly verdict: "better" | "worse" | "same" | "unknown";
}

export interface Comparison {
  readonly before: { readonly id: string; readonly startedAt: string };
  readonly after: { readonly id: string; readonly startedAt: string };
  /** Why the runs may not be comparable: other target, parameters, cores, TLS. */
  readonly caveats: readonly string[];
  readonly changes: readonly Change[];
}
