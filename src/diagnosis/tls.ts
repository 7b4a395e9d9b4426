import type { FaultDetail } from "../model/codes.ts";
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

/** Why a handshake failed, and what that means. */
const HANDSHAKE: Readonly<Partial<Record<FaultDetail, Deduction>>> = {
  no_common_version: { code: "tls_obsolete", certainty: "certain" },
  weak_certificate: { code: "certificate_weak", certainty: "certain" },
  weak_key_exchange: { code: "tls_obsolete", certainty: "likely" },
  no_common_cipher: { code: "tls_obsolete", certainty: "likely" },
  client_certificate_refused: { code: "wrong_credentials", certainty: "likely" },
};

/**
 * A handshake that came to nothing. Plain text in it means that the port is not for implicit TLS; behind a STARTTLS
 * that the server had agreed to, it means that the server does not keep to the protocol.
 */
export function ofFailedHandshake({ fault, relay }: Scene): Deduction {
  const { detail } = fault;
  if (detail === "plain_text") {
    const code = relay?.scheme === "submissions" ? "tls_mode_mismatch" : "protocol_violation";
    return { code, certainty: "certain" };
  }
  const known = detail === undefined ? undefined : HANDSHAKE[detail];
  return known ?? { code: "server_fault", certainty: "possible" };
}

/** The findings say what is wrong with the certificate, and there may be several. */
export function ofBadCertificate({ what }: Scene): Deduction {
  return ofFindings(what.findings) ?? { code: "certificate_untrusted", certainty: "likely" };
}
