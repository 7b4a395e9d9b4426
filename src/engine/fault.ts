import type { FaultCode, PhaseName } from "../model/codes.ts";
import { type Fault, FaultError, type Finding, type Verdict, worstVerdict } from "../model/observation.ts";
import type { EarlyEnd } from "./deadline.ts";

/** Faults after which nothing is known about the target: at least `unknown`, whatever the findings say. */
const SAYS_NOTHING: ReadonlySet<FaultCode> = new Set<FaultCode>([
  "aborted",
  "internal_error",
  "dns_servfail",
  "dns_refused",
  "dns_timeout",
  "dns_malformed",
]);

/** The code for "the deadline came" in each phase that has one of its own. */
const TIMEOUT_CODES: Readonly<Partial<Record<PhaseName, FaultCode>>> = {
  dns: "dns_timeout",
  connect: "connect_timeout",
};

/** The fault of a run that was ended from outside while `phase` was going on. */
export function earlyFault(early: EarlyEnd, phase: PhaseName, timeoutMs: number): Fault {
  if (early === "aborted") {
    return { code: "aborted", phase, message: `stopped in phase ${phase}, before the result was known` };
  }
  const code = TIMEOUT_CODES[phase] ?? "timeout";
  return { code, phase, message: `the deadline of ${timeoutMs / 1000} s passed in phase ${phase}` };
}

/** The name and code of an error, never its message: that one may quote anything, secrets too. */
function safeName(error: unknown): string {
  if (!(error instanceof Error)) return `a thrown ${typeof error}`;
  const code = "code" in error && typeof error.code === "string" ? ` ${error.code}` : "";
  return `${error.name}${code}`.slice(0, 100);
}

export function internalFault(where: string, error: unknown, phase: PhaseName): Fault {
  return {
    code: "internal_error",
    phase,
    message: `a defect in Mailgauge, in ${where}: ${safeName(error)}`,
  };
}

/** How a run notices that its socket was closed under it. */
const ECHOES: ReadonlySet<FaultCode> = new Set<FaultCode>([
  "aborted",
  "closed",
  "reset",
  "tls_handshake_failed",
  "internal_error",
]);

const TIMEOUTS: ReadonlySet<FaultCode> = new Set<FaultCode>(["timeout", "connect_timeout", "dns_timeout"]);

/** Whether it says no more than that the run was ended. Who waited for a limit of ours says why, and that stands. */
function isEcho({ code, detail }: Fault): boolean {
  return ECHOES.has(code) && detail !== "own_limit";
}

/**
 * What a thrown value says. Once the run was ended from outside, the way in which the probe noticed (an abort error,
 * a closed socket) is only an echo, and the deadline or the abort is the fault. What the server had said by then
 * (`rejected`, `uncertain`) stands.
 */
export function faultOf(
  error: unknown,
  at: { readonly phase: PhaseName; readonly timeoutMs: number; readonly early: EarlyEnd | undefined },
): Fault {
  const told = error instanceof FaultError ? error.fault : undefined;
  if (at.early === undefined) return told ?? internalFault("run", error, at.phase);
  if (told === undefined || isEcho(told) || (at.early === "aborted" && TIMEOUTS.has(told.code))) {
    return earlyFault(at.early, told?.phase ?? at.phase, at.timeoutMs);
  }
  return told;
}

/** The worst of the findings; a fault that no finding answers for makes it `fail`, or `unknown` at least. */
export function verdictOf(findings: readonly Finding[], fault: Fault | undefined): Verdict {
  const verdicts = findings.map(({ verdict }) => verdict);
  if (fault === undefined) return worstVerdict(verdicts);
  if (SAYS_NOTHING.has(fault.code)) return worstVerdict([...verdicts, "unknown"]);
  return verdicts.some((verdict) => verdict !== "pass") ? worstVerdict(verdicts) : "fail";
}
