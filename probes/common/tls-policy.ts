import { FaultError, type Finding } from "../../src/model/observation.ts";
import type { SmtpSession } from "../../src/model/smtp.ts";
import type { Relay } from "../../src/model/subject.ts";
import type { TlsFacts } from "../../src/model/tls.ts";
import { isExpected } from "../../src/standards/smtp/expected.ts";
import { type CertificateJudgement, judgeCertificate } from "../../src/standards/tls/judge.ts";
import { refusal } from "./reply.ts";

/** How TLS comes to a connection, and whether the run may go on without it. */
export type TlsPolicy = "implicit" | "required" | "opportunistic" | "never";

/**
 * What the relay's scheme and settings ask for. A run that sends credentials needs TLS to a verified server, also
 * where the scheme would do without: whoever could take the encryption out would get the password.
 */
export function tlsPolicy(relay: Relay, sendsCredentials: boolean): TlsPolicy {
  if (relay.scheme === "submissions") return "implicit";
  const policy = relay.tls.starttls ?? (relay.scheme === "submission" ? "required" : "opportunistic");
  const guarded = sendsCredentials && relay.auth?.allowCleartext !== true;
  return policy === "opportunistic" && guarded ? "required" : policy;
}

/** How strictly a certificate counts under this policy. */
export function certificateJudgement(
  relay: Relay,
  policy: TlsPolicy,
  warnDays: number,
): CertificateJudgement {
  const counts = relay.tls.verify !== false && (policy === "implicit" || policy === "required");
  return { severity: counts ? "fail" : "warn", warnDays };
}

/** Whether a finding says that the server is not, or not safely, the one we mean. */
export function breaksTrust(finding: Finding): boolean {
  return finding.verdict === "fail" && finding.id.startsWith("certificate_");
}

/** Throws `tls_certificate` where the policy wants a sound certificate and this one is not: before any secret is sent. */
export function requireCertificate(facts: TlsFacts, now: number, how: CertificateJudgement): void {
  const problems = judgeCertificate(facts, now, how).filter(breaksTrust);
  if (problems.length === 0) return;
  throw new FaultError({
    code: "tls_certificate",
    phase: "tls",
    message: problems.map((finding) => finding.message).join("; "),
  });
}

/**
 * STARTTLS as the policy says, after an EHLO in the clear. Returns whether TLS stands; throws `tls_not_offered` and
 * `tls_refused` only where TLS is required. `note` gets whether it was offered, before anything can fail.
 */
export async function upgrade(
  session: SmtpSession,
  policy: TlsPolicy,
  note: (offered: boolean) => void,
): Promise<boolean> {
  if (policy === "implicit") return true;
  const offered = Object.hasOwn(session.capabilities?.keywords ?? {}, "STARTTLS");
  note(offered);
  if (policy === "never") return false;
  if (!offered) {
    if (policy === "opportunistic") return false;
    throw new FaultError({
      code: "tls_not_offered",
      phase: "starttls",
      message: "the server does not offer STARTTLS, which is required here",
    });
  }
  const reply = await session.startTls();
  if (isExpected("starttls", reply)) return true;
  if (policy === "opportunistic") return false;
  throw refusal(reply, "starttls");
}
