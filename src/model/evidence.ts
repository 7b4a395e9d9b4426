import type { FaultCode } from "./codes.ts";
import type { DnsStatus } from "./dns.ts";
import type {
  AuthResult,
  CountedReply,
  DialNotes,
  EhloCapabilities,
  RecipientResult,
  RemoteEnd,
  SmtpReply,
} from "./smtp.ts";
import type { TlsFacts } from "./tls.ts";

/** How far an SMTP probe goes before it says QUIT. `rcpt` ends with RSET; `data` submits a seeded message. */
export const SMTP_DEPTHS = ["banner", "ehlo", "tls", "auth", "rcpt", "data"] as const;

export type SmtpDepth = (typeof SMTP_DEPTHS)[number];

/** What the server must do. All but `accept` are negative tests: the probe passes when the server refuses. */
export const SMTP_EXPECTATIONS = [
  "accept",
  "refuse_relay",
  "refuse_auth_without_tls",
  "refuse_credentials",
  "refuse_sender",
] as const;

export type SmtpExpectation = (typeof SMTP_EXPECTATIONS)[number];

/** Notebook of the `smtp` probe. Each field is written as soon as it is known. */
export interface SmtpEvidence {
  dial: Partial<DialNotes>;
  remote: RemoteEnd;
  banner: SmtpReply;
  /** First EHLO, in the clear unless TLS is implicit. */
  ehlo: EhloCapabilities;
  /** EHLO after STARTTLS. */
  ehloAfterTls: EhloCapabilities;
  tls: TlsFacts;
  /** Whether STARTTLS was offered in the clear; absent under implicit TLS. */
  starttlsOffered: boolean;
  injectedBytes: number;
  auth: AuthResult;
  mail: SmtpReply;
  recipients: readonly RecipientResult[];
  data: SmtpReply;
  body: SmtpReply;
  submission: "accepted" | "deferred" | "rejected" | "uncertain";
  /** Queue id read from the last reply, when its form is known. */
  queueId: string;
  token: string;
  /** Every reply by phase, in order: the source of `smtp_replies_total`. */
  replies: readonly CountedReply[];
}

/** Notebook of the `tls` probe. */
export interface TlsEvidence {
  dial: Partial<DialNotes>;
  remote: RemoteEnd;
  /** EHLO in the clear; absent under implicit TLS. */
  ehlo: EhloCapabilities;
  tls: TlsFacts;
  starttlsOffered: boolean;
  injectedBytes: number;
  replies: readonly CountedReply[];
}

/** One host of an MX set, one address family. */
export interface MxReach {
  family: 4 | 6;
  address: string;
  reachable: boolean;
  /** Fault code when not reachable. */
  fault?: FaultCode;
  /** How it turned us away: at the connection, or at EHLO. */
  refusal?: { readonly phase: "banner" | "ehlo"; readonly reply: SmtpReply };
  starttls?: boolean;
  banner?: string;
  durationMs: number;
}

export interface MxHost {
  preference: number;
  exchange: string;
  /** What stands wrong with the name itself. */
  problem?: "cname" | "ip_literal" | "no_address" | "unresolvable" | "invalid_name";
  a: readonly string[];
  aaaa: readonly string[];
  reach: readonly MxReach[];
}

/** Notebook of the `mx` probe. */
export interface MxEvidence {
  domain: string;
  status: DnsStatus;
  authenticated: boolean;
  nullMx: boolean;
  /** No MX, but an address record (RFC 5321 section 5.1). */
  implicit: boolean;
  hosts: readonly MxHost[];
  /** The set of the last run, when it differs: `preference exchange`, sorted. */
  previous: readonly string[];
}

export type ListingVerdict = "listed" | "not_listed" | "unknown";

/** Why a look-up at a blocklist says nothing about the address. */
export type ListingUnknown =
  | "refused_public_resolver"
  | "refused_quota"
  | "refused_typo"
  | "refused"
  | "lists_the_world"
  | "dead"
  | "answer_outside_127"
  | "unlisted_code"
  | "servfail"
  | "dns_refused"
  | "timeout"
  | "malformed"
  | "not_applicable"
  | "min_interval";

export interface Listing {
  /** Display name of the list: never holds the key. */
  list: string;
  verdict: ListingVerdict;
  reason?: ListingUnknown;
  /** Answers as received, such as `127.0.0.4`; all of them. */
  answers: readonly string[];
  /** Meaning of each answer where the list documents it. */
  meanings: readonly string[];
  /** TXT of the listing: why, in the list's words; bounded. */
  text?: string;
  /** A white list: `listed` is good news. */
  white?: boolean;
  /** Shown, never paged (whole-allocation lists). */
  informational?: boolean;
  /** When the list was asked, milliseconds since the epoch, if that was an earlier run (minimum interval). */
  askedAt?: number;
  durationMs: number;
}

/** Notebook of the `blocklist` probe. */
export interface BlocklistEvidence {
  address: string;
  listings: readonly Listing[];
  /** Queries made by this run, by list, the test points' included. */
  queries: Readonly<Record<string, number>>;
}
