import { classifyReply, PROVIDER_NAMES } from "../standards/smtp/classify.ts";
import type { Deduction, Scene } from "./scene.ts";

/** What a negative reply means: what OAuth says first, then the tables. */
export function ofReply(scene: Scene): Deduction {
  const { fault, notes } = scene;
  const { reply } = fault;
  if (reply === undefined) return ofUnasked(scene);
  const token = fault.phase === "auth" ? ofChallenge(notes.auth?.challengeError) : undefined;
  if (token !== undefined) return token;
  const found = classifyReply({ phase: fault.phase, serverNames: serverNames(scene), ...reply });
  if (found === undefined) return { code: "unknown", certainty: "possible" };
  return {
    code: found.cause,
    certainty: found.certainty,
    ...(found.provider === undefined
      ? {}
      : { evidence: [`read as a reply of ${PROVIDER_NAMES[found.provider]}`] }),
  };
}

/** Broken off by the client, before the server could say no. */
function ofUnasked({ fault }: Scene): Deduction {
  // The server could not prove that it knows the password (RFC 5802 section 5.1).
  if (fault.phase === "auth") return { code: "protocol_violation", certainty: "likely" };
  const remedy = "Use addresses of ASCII only, or let the server offer SMTPUTF8 (RFC 6531).";
  return { code: "unknown", certainty: "certain", remedy };
}

/** The names by which the server goes: they tell whose dialect its enhanced codes are. */
function serverNames({ notes, relay }: Scene): string[] {
  return [relay?.host, notes.ehlo?.domain, notes.ehloAfterTls?.domain].filter((name) => name !== undefined);
}

/** The error document of XOAUTH2 and OAUTHBEARER (RFC 7628 section 3.2.2): `status` is a word, or a number at Google. */
function ofChallenge(document: string | undefined): Deduction | undefined {
  if (document === undefined) return undefined;
  const status = /"status"\s{0,5}:\s{0,5}"?([\w-]{1,40})/.exec(document.slice(0, 2048))?.[1];
  if (status === undefined) return undefined;
  const evidence = [`the server's OAuth error says status ${status}`];
  return ["invalid_token", "401", "400"].includes(status)
    ? { code: "token_expired", certainty: status === "400" ? "likely" : "certain", evidence }
    : { code: "wrong_credentials", certainty: "likely", evidence };
}

/** No mechanism in common, or none at all: then it may only be hidden until TLS stands. */
export function ofMissingAuth({ notes }: Scene): Deduction {
  const latest = notes.ehloAfterTls ?? notes.ehlo;
  const offered = latest?.authMechanisms ?? [];
  if (offered.length > 0) {
    return { code: "auth_mechanism_unsupported", certainty: "certain" };
  }
  const hidden = notes.tls === undefined && notes.starttlsOffered === true;
  return hidden
    ? { code: "auth_requires_tls", certainty: "likely", evidence: ["STARTTLS is offered and was not used"] }
    : { code: "auth_mechanism_unsupported", certainty: "likely" };
}
