import type { SmtpEvidence } from "../../src/model/evidence.ts";
import type { Fault, Finding } from "../../src/model/observation.ts";
import type { Relay } from "../../src/model/subject.ts";
import { isExpected } from "../../src/standards/smtp/expected.ts";
import { judgeCertificate } from "../../src/standards/tls/judge.ts";
import { maskedKeyword } from "../../src/standards/tls/stripped.ts";
import { breaksTrust, certificateJudgement, type TlsPolicy } from "./tls-policy.ts";

/** A greeting slower than this is worth a look: senders with short timeouts give up on it. Milliseconds. */
const SLOW_GREETING_MS = 5000;

type SessionNotes = Partial<
  Pick<SmtpEvidence, "dial" | "ehlo" | "tls" | "starttlsOffered" | "injectedBytes" | "replies">
>;

/** A slow greeting is its own finding, never mistaken for a missing one (RFC 5321 section 4.5.3.2.1 allows 5 minutes). */
export function judgeGreeting(notes: SessionNotes): Finding[] {
  const ms = notes.dial?.greetingMs;
  if (ms === undefined || ms < SLOW_GREETING_MS) return [];
  return [
    {
      id: "greeting_slow",
      verdict: "warn",
      message: `the greeting took ${(ms / 1000).toFixed(1)} s`,
      rfc: "RFC 5321 section 4.5.3.2.1",
    },
  ];
}

/** What the handshake and the way to it show: certificate, version, cipher, STARTTLS, injected bytes. */
export function judgeTls(
  notes: SessionNotes,
  relay: Relay,
  policy: TlsPolicy,
  warnDays: number,
  now: number,
): Finding[] {
  const findings: Finding[] = [];
  if (notes.tls !== undefined) {
    findings.push(...judgeCertificate(notes.tls, now, certificateJudgement(relay, policy, warnDays)));
  }
  if ((notes.injectedBytes ?? 0) > 0) {
    findings.push({
      id: "starttls_injection",
      verdict: "fail",
      message: `${notes.injectedBytes} bytes of plain text followed the reply to STARTTLS; they were thrown away`,
      rfc: "RFC 3207 section 4.2",
    });
  }
  return [...findings, ...judgeStarttls(notes, relay, policy)];
}

function judgeStarttls(notes: SessionNotes, relay: Relay, policy: TlsPolicy): Finding[] {
  if (notes.starttlsOffered === undefined || policy === "never") return [];
  if (notes.starttlsOffered) return notes.tls === undefined ? judgeRefusedStarttls(notes, policy) : [];
  const masked = maskedKeyword(notes.ehlo?.keywords ?? {});
  if (masked !== undefined) {
    return [
      {
        id: "starttls_stripped",
        verdict: "fail",
        message: `EHLO shows ${masked} where STARTTLS may have stood: somebody on the way takes it out`,
        rfc: "RFC 3207 section 6",
      },
    ];
  }
  // LMTP runs inside one machine or one network: no TLS is the rule there. Where it is required, the fault says so.
  if (policy === "required" || relay.scheme === "lmtp") return [];
  return [
    {
      id: "starttls_not_offered",
      verdict: "warn",
      message: "the server does not offer STARTTLS: mail crosses the network in the clear",
      rfc: "RFC 3207",
    },
  ];
}

/** Where TLS is required the refusal is the fault; where it is not, the run went on in the clear. */
function judgeRefusedStarttls(notes: SessionNotes, policy: TlsPolicy): Finding[] {
  const refused = notes.replies?.find(
    (reply) => reply.phase === "starttls" && !isExpected("starttls", reply),
  );
  if (refused === undefined || policy === "required") return [];
  const message = `the server offers STARTTLS, but answers it with ${refused.code}`;
  return [{ id: "starttls_refused", verdict: "warn", message, rfc: "RFC 3207 section 4" }];
}

/** Whether other findings say already, and better, what the fault says. */
export function isAnswered(fault: Fault, findings: readonly Finding[]): boolean {
  if (fault.code === "tls_certificate") return findings.some(breaksTrust);
  return fault.code === "tls_not_offered" && findings.some((finding) => finding.id === "starttls_stripped");
}
