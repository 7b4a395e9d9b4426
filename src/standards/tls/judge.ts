import type { Finding } from "../../model/observation.ts";
import type { CertificateFacts, ChainFault, TlsFacts } from "../../model/tls.ts";
import { matchesServerName } from "./match-name.ts";
import { hasForwardSecrecy, obsoleteVersion, weakCipher, weakKey, weakSignature } from "./strength.ts";

export interface CertificateJudgement {
  /** Verdict of what breaks trust or security: `warn` where TLS is only opportunistic. */
  readonly severity: "fail" | "warn";
  /** A certificate that ends within this many days is a warning. */
  readonly warnDays: number;
}

const DAY_MS = 86_400_000;
/** An authority's name is the server's own text: enough of it to recognise it. */
const NAME_LENGTH = 120;

/** All that is wrong with a handshake and the certificates in it, each as its own finding. `now` in epoch ms. */
export function judgeCertificate(facts: TlsFacts, now: number, how: CertificateJudgement): Finding[] {
  return [...judgeChain(facts, now, how), ...judgeConnection(facts, how)];
}

function judgeChain(facts: TlsFacts, now: number, how: CertificateJudgement): Finding[] {
  const leaf = facts.chain[0];
  if (leaf === undefined) {
    return [
      {
        id: "certificate_untrusted",
        verdict: how.severity,
        message: "the server presented no certificate",
        rfc: "RFC 8446 section 4.4.2",
      },
    ];
  }
  const findings = [
    ...judgeDates(facts, now, how),
    ...judgeName(facts, leaf, how),
    ...judgeTrust(facts, leaf, how),
    ...judgeStrength(facts.chain, how),
  ];
  if (!facts.trusted && findings.every((finding) => finding.id.startsWith("certificate_expires_soon"))) {
    // The library refused it for a reason that none of ours covers: never let that pass.
    findings.push({
      id: "certificate_untrusted",
      verdict: how.severity,
      message: `the certificate is not trusted (${facts.verifyError ?? "no reason given"})`,
      rfc: "RFC 5280 section 6",
    });
  }
  return findings;
}

function judgeDates(facts: TlsFacts, now: number, how: CertificateJudgement): Finding[] {
  const findings: Finding[] = [];
  for (const [index, certificate] of facts.chain.entries()) {
    const what = nameOf(certificate, index);
    // A chain may carry an old certificate that no path needs: then it is untidy, not broken.
    const verdict = index > 0 && facts.trusted ? "warn" : how.severity;
    const suffix = index > 0 ? "_in_chain" : "";
    if (certificate.notAfter < now) {
      findings.push({
        id: `certificate_expired${suffix}`,
        verdict,
        message: `${what} expired ${days(now - certificate.notAfter)} ago, on ${date(certificate.notAfter)}`,
        rfc: "RFC 5280 section 4.1.2.5",
      });
    } else if (certificate.notBefore > now) {
      findings.push({
        id: `certificate_not_yet_valid${suffix}`,
        verdict,
        message: `${what} is valid only from ${date(certificate.notBefore)}`,
        rfc: "RFC 5280 section 4.1.2.5",
      });
    } else if (certificate.notAfter - now < how.warnDays * DAY_MS) {
      findings.push({
        id: `certificate_expires_soon${suffix}`,
        verdict: "warn",
        message: `${what} expires in ${days(certificate.notAfter - now)}, on ${date(certificate.notAfter)}`,
      });
    }
  }
  return findings;
}

function judgeName(facts: TlsFacts, leaf: CertificateFacts, how: CertificateJudgement): Finding[] {
  if (matchesServerName(facts.serverName, leaf)) return [];
  const names = [...leaf.dnsNames, ...leaf.ipAddresses];
  const shown = names.length === 0 ? "no name at all" : names.slice(0, 5).map(short).join(", ");
  const more = names.length > 5 ? ` and ${names.length - 5} more` : "";
  return [
    {
      id: "certificate_name_mismatch",
      verdict: how.severity,
      message: `the certificate is not for ${facts.serverName}: it names ${shown}${more}`,
      rfc: "RFC 9525 section 6",
    },
  ];
}

const TRUST: Readonly<Record<ChainFault, readonly [id: string, message: string]>> = {
  self_signed: ["certificate_self_signed", "the certificate is signed by itself, by no authority"],
  incomplete: [
    "certificate_chain_incomplete",
    "the server does not send the intermediate certificates that lead to a trusted root",
  ],
  untrusted_root: ["certificate_untrusted", "the chain ends in a root that is not trusted here"],
  bad_signature: ["certificate_bad_signature", "a signature in the chain does not verify"],
};

function judgeTrust(facts: TlsFacts, leaf: CertificateFacts, how: CertificateJudgement): Finding[] {
  if (facts.trusted || facts.chainFault === undefined) return [];
  const [id, message] = TRUST[facts.chainFault];
  const issuer = facts.chainFault === "self_signed" ? "" : ` (issuer: ${short(leaf.issuer)})`;
  return [{ id, verdict: how.severity, message: message + issuer, rfc: "RFC 5280 section 6" }];
}

function judgeStrength(chain: readonly CertificateFacts[], how: CertificateJudgement): Finding[] {
  const keys: string[] = [];
  const signatures: string[] = [];
  for (const [index, certificate] of chain.entries()) {
    const key = weakKey(certificate);
    if (key !== undefined) keys.push(`${nameOf(certificate, index)} has ${key}`);
    // A root vouches for itself by being in the trust store: its own signature proves nothing.
    const signature = index > 0 && certificate.selfSigned ? undefined : weakSignature(certificate);
    if (signature !== undefined) signatures.push(`${nameOf(certificate, index)} is ${signature}`);
  }
  const findings: Finding[] = [];
  if (keys.length > 0) {
    findings.push({ id: "certificate_weak_key", verdict: how.severity, message: keys.join("; ") });
  }
  if (signatures.length > 0) {
    findings.push({
      id: "certificate_weak_signature",
      verdict: how.severity,
      message: signatures.join("; "),
      rfc: "RFC 9155",
    });
  }
  return findings;
}

function judgeConnection(facts: TlsFacts, how: CertificateJudgement): Finding[] {
  const findings: Finding[] = [];
  if (obsoleteVersion(facts.version)) {
    findings.push({
      id: "tls_version_obsolete",
      verdict: how.severity,
      message: `the connection uses ${facts.version}, which must no longer be used`,
      rfc: "RFC 8996",
    });
  }
  const weak = weakCipher(facts.cipher);
  if (weak !== undefined) {
    findings.push({
      id: "tls_cipher_weak",
      verdict: "warn",
      message: `the cipher suite ${facts.cipher} ${weak}`,
      rfc: "RFC 9325 section 4.1",
    });
  } else if (!hasForwardSecrecy(facts.version, facts.cipher)) {
    findings.push({
      id: "tls_no_forward_secrecy",
      verdict: "warn",
      message: `the cipher suite ${facts.cipher} has no forward secrecy`,
      rfc: "RFC 9325 section 4.1",
    });
  }
  return findings;
}

function nameOf(certificate: CertificateFacts, index: number): string {
  return index === 0 ? "the certificate" : `the certificate of ${short(certificate.subject)}`;
}

function short(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length > NAME_LENGTH ? `${line.slice(0, NAME_LENGTH)}…` : line;
}

/** `2026-11-22`; a date that no calendar holds stays a number. */
function date(at: number): string {
  return Math.abs(at) <= 8.64e15 ? new Date(at).toISOString().slice(0, 10) : String(at);
}

function days(ms: number): string {
  const whole = Math.floor(ms / DAY_MS);
  if (whole >= 2) return `${whole} days`;
  const hours = Math.floor(ms / 3_600_000);
  return hours === 1 ? "1 hour" : `${hours} hours`;
}
