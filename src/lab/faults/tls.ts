import type { CauseCode } from "../../model/codes.ts";
import type { CertificateVariant, FaultSwitch } from "../fault.ts";
import { fails } from "./builders.ts";

function certificate(
  variant: CertificateVariant,
  title: string,
  description: string,
  cause: CauseCode,
): FaultSwitch {
  return {
    id: `certificate_${variant}`,
    title,
    group: "tls",
    description,
    effect: { kind: "certificate", variant },
    expect: fails("tls_certificate", cause),
    more: [
      { expect: fails("tls_certificate", cause, "submissions") },
      { expect: { ...fails("tls_certificate", cause), probe: "tls" } },
    ],
  };
}

export const TLS: readonly FaultSwitch[] = [
  {
    id: "no_starttls",
    title: "No STARTTLS",
    group: "tls",
    description: "The EHLO reply does not offer STARTTLS.",
    effect: { kind: "ehlo", remove: ["STARTTLS"], add: [] },
    expect: fails("tls_not_offered", "tls_not_offered"),
    more: [{ expect: { ...fails("tls_not_offered", "tls_not_offered"), probe: "tls" } }],
  },
  {
    id: "starttls_stripped",
    title: "STARTTLS stripped on the way",
    group: "tls",
    description: "A middlebox overwrites the keyword with XXXXXXXA.",
    effect: { kind: "ehlo", remove: ["STARTTLS"], add: ["XXXXXXXA"] },
    expect: fails("tls_not_offered", "starttls_stripped"),
  },
  {
    id: "starttls_refused",
    title: "STARTTLS refused",
    group: "tls",
    description: "Offers STARTTLS, then answers 454 to it.",
    effect: { kind: "reply", phase: "starttls", text: "454 4.7.0 TLS not available due to local problem" },
    options: ["text"],
    expect: fails("tls_refused", "server_fault"),
  },
  {
    id: "starttls_garbage",
    title: "STARTTLS, then garbage",
    group: "tls",
    description: "Says 220 to STARTTLS, and sends bytes that are no TLS.",
    effect: { kind: "raw", phase: "tls", text: "this is no TLS record\r\n", close: true },
    expect: fails("tls_handshake_failed", "protocol_violation"),
    more: [{ expect: { ...fails("tls_handshake_failed", "protocol_violation"), probe: "tls" } }],
  },
  {
    id: "starttls_injection",
    title: "Plain text behind STARTTLS",
    group: "tls",
    description:
      "Plain text arrives in one segment with the 220 to STARTTLS: a reply that an attacker injected.",
    effect: { kind: "inject", text: "250 2.0.0 injected" },
    expect: { probe: "smtp", target: "submission", verdict: "fail", cause: "injection" },
    more: [{ expect: { probe: "tls", target: "submission", verdict: "fail", cause: "injection" } }],
  },
  {
    id: "plain_on_tls_port",
    title: "Plain text on the TLS port",
    group: "tls",
    description: "The port of implicit TLS greets in the clear.",
    effect: { kind: "plain_on_tls_port" },
    expect: fails("tls_handshake_failed", "tls_mode_mismatch", "submissions"),
  },
  {
    id: "tls_on_plain_port",
    title: "TLS on the plain port",
    group: "tls",
    description:
      "The port of STARTTLS wants TLS from the first byte, and says so with a TLS alert (unexpected_message).",
    effect: { kind: "raw", phase: "banner", text: "\x15\x03\x01\x00\x02\x02\n", close: true },
    expect: fails("protocol_error", "tls_mode_mismatch"),
  },
  {
    id: "tls_obsolete",
    title: "Only TLS 1.1",
    group: "tls",
    description: "The server speaks nothing newer than TLS 1.1 (RFC 8996 forbids it).",
    effect: { kind: "tls_version", max: "TLSv1.1" },
    expect: fails("tls_handshake_failed", "tls_obsolete"),
  },
  certificate("expired", "Certificate expired", "The certificate ended yesterday.", "certificate_expired"),
  certificate(
    "not_yet_valid",
    "Certificate not yet valid",
    "The certificate begins tomorrow.",
    "certificate_not_yet_valid",
  ),
  certificate(
    "self_signed",
    "Self-signed certificate",
    "The certificate is its own issuer.",
    "certificate_untrusted",
  ),
  certificate(
    "wrong_name",
    "Wrong name in the certificate",
    "The certificate is for wrong.example.",
    "certificate_name_mismatch",
  ),
  certificate(
    "incomplete_chain",
    "Intermediate certificate missing",
    "The server presents its leaf alone.",
    "certificate_untrusted",
  ),
  certificate(
    "untrusted_root",
    "Unknown authority",
    "The chain is whole but ends at a root that nobody trusts.",
    "certificate_untrusted",
  ),
  certificate("weak_key", "Weak key", "The certificate's key is RSA with 1024 bits.", "certificate_weak"),
];
