import type { TlsEvidence } from "../../src/model/evidence.ts";
import type { Fault, Finding } from "../../src/model/observation.ts";
import type { Relay } from "../../src/model/subject.ts";
import type { TlsFacts } from "../../src/model/tls.ts";
import { judgeFault } from "../common/judge-fault.ts";
import { isAnswered, judgeGreeting, judgeTls } from "../common/judge-session.ts";
import { tlsPolicy } from "../common/tls-policy.ts";
import type { TlsOptions } from "./options.ts";

/** Everything that a handshake shows, each fault on its own; one `pass` finding when there is none. */
export function judgeTlsProbe(
  notes: Partial<TlsEvidence>,
  options: TlsOptions,
  fault: Fault | undefined,
  relay: Relay,
  now: number,
): Finding[] {
  const policy = tlsPolicy(relay, false);
  const findings = [
    ...judgeGreeting(notes),
    ...judgeTls(notes, relay, policy, options.certificateWarnDays, now),
  ];
  if (fault !== undefined) return isAnswered(fault, findings) ? findings : [judgeFault(fault), ...findings];
  if (policy === "never") return [...findings, neverTls()];
  if (notes.tls === undefined) return findings.length > 0 ? findings : [noTls()];
  const bad = findings.some(({ verdict }) => verdict === "fail" || verdict === "unknown");
  return bad ? findings : [success(notes.tls, now), ...findings];
}

/** Mail probes let LMTP go without TLS; whoever runs this probe on it wants to know. */
function noTls(): Finding {
  return { id: "starttls_not_offered", verdict: "warn", message: "the server does not offer STARTTLS" };
}

function neverTls(): Finding {
  return {
    id: "tls_switched_off",
    verdict: "unknown",
    message: "the relay's settings say starttls: never, so there is no TLS to look at",
    remedy: "Remove `starttls: never`, or do not run the tls probe on this relay.",
  };
}

/** Days left are no news of a certificate that is not valid for other reasons. */
function success({ version, cipher, chain, trusted }: TlsFacts, now: number): Finding {
  const end = Math.min(...chain.map((certificate) => certificate.notAfter));
  const days = Math.floor((end - now) / 86_400_000);
  const left = trusted ? `, ${days === 1 ? "1 day" : `${days} days`} left on the certificate` : "";
  return { id: "tls_ok", verdict: "pass", message: `${version} with ${cipher}${left}` };
}
