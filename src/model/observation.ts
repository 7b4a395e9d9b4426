import type { CauseCode, FaultCode, FaultDetail, PhaseName } from "./codes.ts";
import type { SmtpReply } from "./smtp.ts";

/** `unknown` ("we could not find out") is never `pass` and never `fail`. */
export type Verdict = "pass" | "warn" | "fail" | "unknown";

export interface Phase {
  readonly name: PhaseName;
  /** Milliseconds since the observation began. */
  readonly startMs: number;
  readonly durationMs: number;
  readonly outcome: "ok" | FaultCode;
  /** 2 for the second of two phases of one name, such as the EHLO after STARTTLS; absent for the first. */
  readonly n?: number;
}

export interface Fault {
  readonly code: FaultCode;
  readonly phase: PhaseName;
  /** One sentence for the user, without secrets. */
  readonly message: string;
  readonly detail?: FaultDetail;
  readonly reply?: SmtpReply;
}

/** A fault on its way up: whatever ends a probe's `run` early is thrown as this. */
export class FaultError extends Error {
  readonly fault: Fault;

  constructor(fault: Fault, options?: ErrorOptions) {
    super(fault.message, options);
    this.name = "FaultError";
    this.fault = fault;
  }
}

export interface Finding {
  /** Stable, lower case with underscores, bounded: it is a metric label. */
  readonly id: string;
  readonly verdict: Verdict;
  readonly message: string;
  /** Source, such as `RFC 5321 section 4.5.3.2`. */
  readonly rfc?: string;
  readonly remedy?: string;
}

export interface Cause {
  readonly code: CauseCode;
  readonly certainty: "certain" | "likely" | "possible";
  readonly evidence: readonly string[];
  readonly remedy: string;
}

/** What one run of one probe found: frozen, JSON-safe, without secrets. */
export interface Observation<Evidence = unknown> {
  /** Unique: job id and start time. */
  readonly id: string;
  readonly target: string;
  readonly probe: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly durationMs: number;
  readonly phases: readonly Phase[];
  /** What `run` wrote into its notebook, also when it failed half-way. */
  readonly evidence: Partial<Evidence>;
  readonly findings: readonly Finding[];
  readonly fault?: Fault;
  readonly cause?: Cause;
  readonly verdict: Verdict;
}

const RANK: Readonly<Record<Verdict, number>> = { pass: 0, warn: 1, unknown: 2, fail: 3 };

/** The verdict that decides: fail over unknown over warn over pass. No verdict at all is `unknown`. */
export function worstVerdict(verdicts: Iterable<Verdict>): Verdict {
  let worst: Verdict | undefined;
  for (const verdict of verdicts) {
    if (worst === undefined || RANK[verdict] > RANK[worst]) worst = verdict;
  }
  return worst ?? "unknown";
}
