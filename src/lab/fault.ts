import type { CauseCode, FaultCode } from "../model/codes.ts";
import type { SmtpDepth } from "../model/evidence.ts";
import type { Verdict } from "../model/observation.ts";

/** Where in a conversation a fault strikes: in place of the reply to that phase's command. `tls` is the handshake. */
export type FaultPhase =
  | "banner"
  | "ehlo"
  | "starttls"
  | "tls"
  | "auth"
  | "mail"
  | "rcpt"
  | "data"
  | "body"
  | "quit";

/** Which certificate the relay presents. `good` is a P-256 leaf below an intermediate below the lab's root. */
export type CertificateVariant =
  | "good"
  | "rsa"
  | "expired"
  | "not_yet_valid"
  | "self_signed"
  | "wrong_name"
  | "incomplete_chain"
  | "untrusted_root"
  | "weak_key";

/** What the DNS server does with a question. `slow` answers truly, late; `truncated` answers truly over TCP. */
export type DnsMode =
  | "nxdomain"
  | "nodata"
  | "servfail"
  | "refused"
  | "timeout"
  | "malformed"
  | "truncated"
  | "wrong_id"
  | "slow";

/** How the blocklist behaves. `listed` is a healthy list with the watched address on it. */
export type BlocklistMode =
  | "listed"
  | "refused_public_resolver"
  | "refused_quota"
  | "refused_typo"
  | "dead"
  | "lists_the_world"
  | "outside_127"
  | "servfail"
  | "refused"
  | "timeout";

/** A change of the domain's MX set. */
export type MxMode = "null_mx" | "cname" | "ip_literal" | "no_address" | "gone";

/** What a switched-on fault does. Texts may hold `{from}`, `{to}`, `{helo}`, `{client}`; lines part at `\n`. */
export type Effect =
  /** Nothing listens on the relay's ports. */
  | { readonly kind: "refuse" }
  | { readonly kind: "delay"; readonly phase: FaultPhase; readonly delayMs: number }
  | { readonly kind: "reply"; readonly phase: FaultPhase; readonly text: string; readonly close?: boolean }
  | { readonly kind: "silence"; readonly phase: FaultPhase }
  | { readonly kind: "close"; readonly phase: FaultPhase }
  | { readonly kind: "reset"; readonly phase: FaultPhase }
  /** Bytes that are no reply (latin1), then nothing more. */
  | { readonly kind: "raw"; readonly phase: FaultPhase; readonly text: string; readonly close?: boolean }
  /** The same text again and again, as long as the client reads (bounded by the lab at 16 MiB). */
  | { readonly kind: "endless"; readonly phase: FaultPhase; readonly text: string }
  /** 451 until the same triplet returns after `delayMs`. */
  | { readonly kind: "greylist"; readonly delayMs: number; readonly text: string }
  /** Takes keywords out of the EHLO reply and puts lines in. */
  | { readonly kind: "ehlo"; readonly remove: readonly string[]; readonly add: readonly string[] }
  /** Plain text right behind the 220 to STARTTLS, in one segment (CVE-2011-0411 and its kin). */
  | { readonly kind: "inject"; readonly text: string }
  | { readonly kind: "certificate"; readonly variant: CertificateVariant }
  /** Highest TLS version of the server. */
  | { readonly kind: "tls_version"; readonly max: "TLSv1.1" | "TLSv1.2" }
  /** Implicit TLS ports speak plain text. */
  | { readonly kind: "plain_on_tls_port" }
  /** Bearer tokens are answered with an error document, then 535. */
  | { readonly kind: "token_refused"; readonly text: string }
  | { readonly kind: "dns"; readonly mode: DnsMode; readonly delayMs?: number }
  | { readonly kind: "mx"; readonly mode: MxMode }
  | { readonly kind: "blocklist"; readonly mode: BlocklistMode };

/** What a user may set when switching a fault on; each has a default in the effect. */
export interface FaultOptions {
  readonly phase?: FaultPhase;
  /** The reply, code and enhanced code included. */
  readonly text?: string;
  readonly delayMs?: number;
}

/**
 * The lab's subjects. `smtp_clear` never uses STARTTLS; `smtp_clear_auth` sends credentials over it all the same;
 * `submission_token` logs in with a bearer token.
 */
export type LabTarget =
  | "smtp"
  | "smtp_clear"
  | "smtp_clear_auth"
  | "submission"
  | "submission_token"
  | "submissions"
  | "lmtp"
  | "domain"
  | "address";

/** What the named probe must say while the fault is on. */
export interface FaultExpectation {
  readonly probe: "smtp" | "tls" | "mx" | "blocklist";
  readonly target: LabTarget;
  /** Of the `smtp` probe; `data` when absent. */
  readonly depth?: SmtpDepth;
  readonly verdict: Verdict;
  /** Absent: the run comes to its end, and findings alone decide. */
  readonly fault?: FaultCode;
  /** Absent: nothing failed. */
  readonly cause?: CauseCode;
}

/** The fault with other options, or seen by another probe. */
export interface FaultCase {
  readonly options?: FaultOptions;
  readonly expect: FaultExpectation;
}

export type FaultGroup = "connection" | "tls" | "auth" | "smtp" | "dns" | "blocklist";

export interface FaultSwitch {
  readonly id: string;
  readonly title: string;
  readonly group: FaultGroup;
  readonly description: string;
  readonly effect: Effect;
  /** Which options make sense; the panel shows a field for each. */
  readonly options?: readonly (keyof FaultOptions)[];
  readonly expect: FaultExpectation;
  readonly more?: readonly FaultCase[];
}

/** The effect with a user's options in place of its defaults; options that it has no use for are left out. */
export function withOptions(effect: Effect, options: FaultOptions): Effect {
  const changed: Record<string, unknown> = { ...effect };
  for (const key of ["phase", "text", "delayMs"] as const) {
    if (options[key] !== undefined && key in effect) changed[key] = options[key];
  }
  return changed as Effect;
}
