import type { SaslMechanism } from "../../src/model/subject.ts";

/** Mechanisms that show the secret to whoever listens (RFC 4954 section 4). */
const PLAINTEXT: readonly SaslMechanism[] = ["PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER"];

/** Those of an EHLO in the clear that must not be there. */
export function plaintextMechanisms(offered: readonly string[]): readonly SaslMechanism[] {
  return PLAINTEXT.filter((mechanism) => offered.includes(mechanism));
}
