import type { CauseCode, FaultCode, PhaseName } from "./codes.ts";
import type { Resolve } from "./dns.ts";
import type { Cause, Fault, Finding, Observation, Phase } from "./observation.ts";
import type { DialNotes, SmtpDial, SmtpSession, TranscriptLine } from "./smtp.ts";
import type { Subject } from "./subject.ts";

/** When a job runs: every `everyMs`, at an offset taken from its id; or by a cron expression in UTC. */
export type Schedule = { readonly everyMs: number } | { readonly cron: string };

/** One probe of one subject, with everything it needs to run. */
export interface Job<S extends Subject = Subject> {
  /** Stable across reloads and restarts: `probe/kind/name`. */
  readonly id: string;
  readonly subject: S;
  /** `kind` of the probe. */
  readonly probe: string;
  /** As parsed by the probe's `parseOptions`. */
  readonly options: unknown;
  /** Absent: runs only when asked. */
  readonly schedule?: Schedule;
  /** The one deadline of the observation. */
  readonly timeoutMs: number;
}

export interface Clock {
  /** Milliseconds since the epoch; may jump. */
  now(): number;
  /** Milliseconds from an arbitrary start; never goes back. */
  monotonic(): number;
}

/** Times phases. `startMs` counts from the start of the observation. */
export interface PhaseRecorder {
  /** Milliseconds since the observation began. */
  elapsed(): number;
  /** Opens a phase; call the returned function once, when it ends. */
  begin(name: PhaseName): (outcome?: "ok" | FaultCode) => void;
  /** Adds a line to the transcript. Callers redact before they call. */
  say(side: TranscriptLine["side"], text: string): void;
}

/** Values that outlive one run, by job: what the MX set was last time. In the process, or in the store. */
export interface Memory {
  recall(key: string): unknown;
  remember(key: string, value: unknown): void;
}

export interface SeedOptions {
  readonly from: string;
  readonly to: readonly string[];
  /** Names the route in the token. */
  readonly route: string;
  readonly subject?: string;
}

/** A composed test message and the token by which it is found again. */
export interface SeedMessage {
  readonly bytes: Uint8Array;
  readonly token: string;
  readonly messageId: string;
}

/** The network as one observation sees it. */
export interface NetIo {
  readonly resolve: Resolve;
  /** Resolves, connects and reads the greeting: phases `dns`, `connect`, (`tls`,) `banner`. */
  dialSmtp(dial: SmtpDial, notes?: Partial<DialNotes>): Promise<SmtpSession>;
  /** Composes a seeded message for this run. */
  composeSeed(options: SeedOptions): Promise<SeedMessage>;
}

/** Opens the network for one observation; everything in it stops when `signal` aborts. */
export type OpenNet = (run: {
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly phases: PhaseRecorder;
  /** From the start of the observation to its deadline: lets attempts at several addresses share what is left. */
  readonly timeoutMs?: number;
}) => NetIo;

/** All that a probe may do to the world. Everything in it stops when `signal` aborts. */
export interface ProbeIo extends NetIo {
  /** Aborts at the deadline, and when the daemon stops. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly phases: PhaseRecorder;
  readonly memory: Memory;
}

/**
 * WHAT is checked. `run` does the I/O and fills the notebook, so that a failure half-way loses nothing; `judge` is
 * pure. A probe never writes a metric, a log line or a screen.
 */
export interface Probe<S extends Subject = Subject, Options = unknown, Evidence = unknown> {
  readonly kind: string;
  /** Kind of subject that it takes. */
  readonly subject: S["kind"];
  /** One line for `--help` and the docs. */
  readonly title: string;
  /** Phases that a run with these options can have: their series exist from the first scrape. */
  phases(options: Options): readonly PhaseName[];
  /** Causes that a failure of this probe can have: their series exist from the first scrape. */
  readonly causes: readonly CauseCode[];
  /** Strict: an unknown key is an error. Throws `OptionsError`. */
  parseOptions(input: unknown): Options;
  run(subject: S, options: Options, io: ProbeIo, notes: Partial<Evidence>): Promise<void>;
  judge(
    notes: Partial<Evidence>,
    options: Options,
    fault: Fault | undefined,
    subject: S,
    now: number,
  ): Finding[];
}

/** A bad option of a probe; `path` names it, for the configuration to place. */
export class OptionsError extends Error {
  readonly path: readonly (string | number)[];

  constructor(message: string, path: readonly (string | number)[] = []) {
    super(message);
    this.name = "OptionsError";
    this.path = path;
  }
}

/** What a diagnosis looks at: an observation without its cause and verdict, and the subject that it is about. */
export interface Diagnosable {
  readonly subject: Subject;
  readonly probe: string;
  readonly phases: readonly Phase[];
  readonly evidence: unknown;
  readonly findings: readonly Finding[];
  readonly fault?: Fault;
}

/** Why it failed and what to do. Pure; absent when nothing failed. */
export type Diagnose = (what: Diagnosable) => Cause | undefined;

/** One function with four callers: the scheduler, `/probe`, the CLI and the tests. Never rejects. */
export type Observe = (
  job: Job,
  options?: {
    /** Ends the observation early, as `aborted`. */
    readonly signal?: AbortSignal;
    /** Gets the redacted transcript line by line. */
    readonly onTranscript?: (line: TranscriptLine) => void;
    /** In place of the job's own timeout. */
    readonly timeoutMs?: number;
  },
) => Promise<Observation>;

/** Where observations go. `add` never waits and never throws; `stop` flushes. */
export interface Sink {
  add(job: Job, observation: Observation): void;
  stop(): Promise<void>;
}
