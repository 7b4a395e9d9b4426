import type { FaultCode, PhaseName } from "./codes.ts";
import type { Secret } from "./secret.ts";
import type { Credentials, SaslMechanism, TlsSettings } from "./subject.ts";
import type { TlsFacts } from "./tls.ts";

/** One reply of an SMTP server (RFC 5321 section 4.2), bounded in size by the parser. */
export interface SmtpReply {
  /** 200 to 599. */
  readonly code: number;
  /** Enhanced status code (RFC 3463) such as `5.7.1`, when the reply has one whose class fits the code. */
  readonly enhanced?: string;
  /** Text of each line, without code and separator, enhanced code kept; at least one. */
  readonly lines: readonly string[];
}

/** What the server said it can do: the reply to EHLO or LHLO (RFC 5321 section 4.1.1.1). */
export interface EhloCapabilities {
  /** The name by which the server greets. */
  readonly domain: string;
  /** Keyword in upper case to its parameters, as given. */
  readonly keywords: Readonly<Record<string, readonly string[]>>;
  /** Mechanisms of AUTH, upper case (RFC 4954), the legacy `AUTH=` form included. */
  readonly authMechanisms: readonly string[];
  /** Limit of SIZE in bytes (RFC 1870); 0 says that there is no fixed limit; absent when SIZE is not offered. */
  readonly size?: number;
}

/** Where a session's bytes go. Redacted before it is kept: no secret reaches it. */
export interface TranscriptLine {
  /** Milliseconds since the observation began. */
  readonly atMs: number;
  /** `C` client, `S` server, `*` a remark of ours such as "TLS handshake". */
  readonly side: "C" | "S" | "*";
  readonly text: string;
}

export interface RemoteEnd {
  readonly address: string;
  readonly family: 4 | 6;
  readonly port: number;
  readonly localAddress: string;
}

export interface MailParameters {
  /** SIZE (RFC 1870), bytes. */
  readonly size?: number;
  /** BODY=8BITMIME (RFC 6152). */
  readonly eightBit?: boolean;
  /** SMTPUTF8 (RFC 6531). */
  readonly smtpUtf8?: boolean;
  /** REQUIRETLS (RFC 8689). */
  readonly requireTls?: boolean;
  /** RET (RFC 3461). */
  readonly dsnReturn?: "FULL" | "HDRS";
  /** ENVID (RFC 3461), plain; encoded as xtext by the session. */
  readonly dsnEnvelopeId?: string;
}

export interface RcptParameters {
  /** NOTIFY (RFC 3461). */
  readonly dsnNotify?: readonly ("NEVER" | "SUCCESS" | "FAILURE" | "DELAY")[];
}

/** One recipient's fate, by position of its RCPT (and, under LMTP, of its reply after the final dot). */
export interface RecipientResult {
  /** Index in the envelope, so that no address need be kept. */
  readonly index: number;
  readonly rcpt: SmtpReply;
  /** LMTP only: the reply for this recipient after the final dot (RFC 2033). */
  readonly delivery?: SmtpReply;
}

export interface Envelope {
  readonly from: string;
  readonly to: readonly string[];
  readonly mail?: MailParameters;
  readonly rcpt?: RcptParameters;
}

export interface SubmitOptions {
  /** `lockstep` times each command alone; `pipelined` sends the envelope in one write (RFC 2920) when offered. */
  readonly mode?: "lockstep" | "pipelined";
  /** BDAT (RFC 3030) in place of DATA when CHUNKING is offered. */
  readonly chunking?: boolean;
}

export interface SubmitResult {
  readonly mail: SmtpReply;
  readonly recipients: readonly RecipientResult[];
  readonly data?: SmtpReply;
  /** Reply after the final dot or after `BDAT … LAST`. */
  readonly body?: SmtpReply;
}

export interface AuthResult {
  readonly mechanism: SaslMechanism;
  readonly reply: SmtpReply;
  /** The error document that XOAUTH2 and OAUTHBEARER servers send in a 334 challenge, decoded. */
  readonly challengeError?: string;
}

/** How to open a connection: one attempt at one address is made in turn until one connects. */
export interface SmtpDial {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte (RFC 8314). */
  readonly implicitTls: boolean;
  readonly lmtp?: boolean;
  readonly tls: TlsSettings;
  readonly sourceAddress?: string;
  readonly family?: 4 | 6;
  /** Taken out of all that the server says, from the greeting on: it may know them from an earlier session. */
  readonly secrets?: readonly Secret[];
}

/** One attempt to connect to one address. */
export interface ConnectAttempt {
  readonly address: string;
  readonly family: 4 | 6;
  readonly outcome: "ok" | FaultCode;
  readonly durationMs: number;
}

/** Notebook of a dial, filled as it goes, so that a failure tells which families and addresses were tried. */
export interface DialNotes {
  a: readonly string[];
  aaaa: readonly string[];
  attempts: readonly ConnectAttempt[];
  /** Who was connected to; a session has it too, when there is one. */
  remote: RemoteEnd;
  /** Under implicit TLS, also when the greeting never comes. */
  tls: TlsFacts;
  /** From the connection (under implicit TLS: from the end of the handshake) to the whole greeting. */
  greetingMs: number;
}

/** A reply as it is counted: phase, code and enhanced code, without text. */
export interface CountedReply {
  readonly phase: PhaseName;
  readonly code: number;
  readonly enhanced?: string;
}

/**
 * One SMTP or LMTP conversation, each command timed as a phase of the observation.
 *
 * A well-formed reply is a value, also when it is 4xx or 5xx: what it means is the caller's to judge. What is not
 * a reply (reset, silence past the deadline, garbage, a limit passed) rejects with a `FaultError`.
 */
export interface SmtpSession {
  readonly remote: RemoteEnd;
  readonly banner: SmtpReply;
  /** Absent until TLS stands. */
  readonly tls?: TlsFacts;
  /** Of the latest EHLO. */
  readonly capabilities?: EhloCapabilities;
  /** Bytes that arrived in the clear behind the reply to STARTTLS, and were thrown away (CVE-2011-0411). */
  readonly injectedBytes: number;
  /** Every reply so far, in order; the array grows while the session lives. */
  readonly replies: readonly CountedReply[];
  /** EHLO, or LHLO under LMTP; falls back to HELO when `EHLO` is answered 500 or 502 (RFC 5321 section 3.2). */
  ehlo(name: string): Promise<SmtpReply>;
  /** STARTTLS (RFC 3207), and on 220 the handshake. The certificate is read even when it is not trusted. */
  startTls(): Promise<SmtpReply>;
  /** Chooses the mechanism as `Credentials` says. Rejects with `auth_not_offered` when none fits. */
  auth(credentials: Credentials): Promise<AuthResult>;
  mail(from: string, parameters?: MailParameters): Promise<SmtpReply>;
  rcpt(to: string, parameters?: RcptParameters): Promise<SmtpReply>;
  /** Tidies up: neither timed as a phase nor among `replies`. */
  rset(): Promise<SmtpReply>;
  /** A whole transaction: MAIL, each RCPT, then the message when at least one recipient was taken. */
  submit(envelope: Envelope, message: Uint8Array, options?: SubmitOptions): Promise<SubmitResult>;
  /** QUIT, its reply awaited briefly; then the socket is gone. Never rejects. */
  quit(): Promise<void>;
  /** Drops the connection at once. Idempotent. */
  destroy(): void;
}
