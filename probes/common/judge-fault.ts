import type { FaultCode } from "../../src/model/codes.ts";
import type { Fault, Finding, Verdict } from "../../src/model/observation.ts";
import { classifyReply } from "../../src/standards/smtp/classify.ts";

/** "The target is wrong" against "we could not find out". */
const VERDICTS: Readonly<Record<FaultCode, Verdict>> = {
  dns_nxdomain: "fail",
  dns_nodata: "fail",
  dns_servfail: "unknown",
  dns_refused: "unknown",
  dns_timeout: "unknown",
  dns_malformed: "unknown",
  connect_refused: "fail",
  connect_timeout: "fail",
  connect_unreachable: "fail",
  closed: "fail",
  reset: "fail",
  timeout: "fail",
  deferred: "fail",
  rejected: "fail",
  protocol_error: "fail",
  limit_exceeded: "fail",
  tls_not_offered: "fail",
  tls_refused: "fail",
  tls_handshake_failed: "fail",
  tls_certificate: "fail",
  auth_not_offered: "fail",
  auth_failed: "fail",
  uncertain: "fail",
  aborted: "unknown",
  internal_error: "unknown",
};

/**
 * The finding of what ended a run early. Greylisting is the server doing its work, and the next run with the same
 * sender, recipient and address will pass: a warning.
 */
export function judgeFault(fault: Fault, serverNames: readonly string[] = []): Finding {
  if (fault.code === "deferred" && isGreylisting(fault, serverNames)) {
    return { id: "greylisted", verdict: "warn", message: fault.message, rfc: "RFC 6647" };
  }
  return { id: fault.code, verdict: VERDICTS[fault.code], message: fault.message };
}

function isGreylisting(fault: Fault, serverNames: readonly string[]): boolean {
  if (fault.reply === undefined) return false;
  const found = classifyReply({ phase: fault.phase, serverNames, ...fault.reply });
  return found?.cause === "greylisted" && found.certainty !== "possible";
}
