import type { CauseCode } from "../model/codes.ts";
import { maskedKeyword } from "../standards/tls/stripped.ts";
import { ofFindings } from "./findings.ts";
import type { Deduction, Scene } from "./scene.ts";

export function ofMissingTls({ notes }: Scene): Deduction {
  const masked = maskedKeyword(notes.ehlo?.keywords ?? {});
  if (masked === undefined) return { code: "tls_not_offered", certainty: "certain" };
  return {
    code: "starttls_stripped",
    certainty: "likely",
    evidence: [`EHLO shows ${masked}: a keyword that was overwritten on the way`],
  };
}

/** Words of a failed handshake, as the client puts OpenSSL's reasons, and what they mean. */
const HANDSHAKE: readonly (readonly [RegExp, CauseCode, Deduction["certainty"]])[] = [
  [
    /no TLS version in common|unsupported protocol|protocol version|version too low/i,
    "tls_obsolete",
    "certain",
  ],
  [/certificate is too weak|key too small|md too weak/i, "certificate_weak", "certain"],
  [/Diffie-Hellman|no cipher|handshake failure/i, "tls_obsolete", "likely"],
  [/client certificate/i, "wrong_credentials", "likely"],
];

const PLAIN_TEXT = /plain text|wrong version number|packet length too long|http request/i;

/**
 * A handshake that came to nothing. Plain text in it means that the port is not for implicit TLS; behind a STARTTLS
 * that the server had agreed to, it means that the server does not keep to the protocol.
 */
export function ofFailedHandshake({ fault, relay }: Scene): Deduction {
  if (PLAIN_TEXT.test(fault.message)) {
    return relay?.scheme === "submissions"
      ? { code: "tls_mode_mismatch", certainty: "certain" }
      : { code: "protocol_violation", certainty: "certain" };
  }
  const known = HANDSHAKE.find(([pattern]) => pattern.test(fault.message));
  if (known === undefined) return { code: "server_fault", certainty: "possible" };
  return { code: known[1], certainty: known[2] };
}

/** The findings say what is wrong with the certificate, and there may be several. */
export function ofBadCertificate({ what }: Scene): Deduction {
  return ofFindings(what.findings) ?? { code: "certificate_untrusted", certainty: "likely" };
}
