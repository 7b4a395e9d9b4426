/**
 * SMTP and LMTP for k6: sessions that live across iterations, every phase timed, every reply kept.
 *
 * A reply of the server is a result, also a 5xx; so is a broken connection (`error`). Only a wrong option throws, at
 * the place where it was given and with its name.
 */
declare module "k6/x/smtp" {
  /** Version of this module, such as `0.1.0`. */
  export const version: string;

  /** The first part of every token of this process: `SMTP_RUN_ID`, or eight random characters. */
  export const runId: string;

  /** What became of all messages of this process so far, over all VUs and clients; for the books of `teardown()`. */
  export function totals(): Readonly<Record<Outcome, number>>;

  /** `none`: plain text; `opportunistic`: STARTTLS when offered; `starttls`: required; `implicit`: TLS from the first byte. */
  export type TlsMode = "none" | "opportunistic" | "starttls" | "implicit";

  export type Mechanism =
    | "PLAIN"
    | "LOGIN"
    | "CRAM-MD5"
    | "SCRAM-SHA-1"
    | "SCRAM-SHA-256"
    | "XOAUTH2"
    | "OAUTHBEARER"
    | "EXTERNAL";

  /** A part of the conversation. `envelope` is MAIL to the reply that asks for the message, when they are pipelined. */
  export type Phase =
    | "resolving"
    | "connecting"
    | "banner"
    | "ehlo"
    | "starttls"
    | "tls_handshaking"
    | "auth"
    | "xclient"
    | "mail"
    | "rcpt"
    | "data"
    | "envelope"
    | "sending"
    | "accepting"
    | "rset"
    | "noop"
    | "quit"
    | "command";

  /**
   * What was seen on the wire in place of a reply that was expected: what broke the connection (`closed`, `reset`,
   * `timeout`, …), also where the `outcome` of the message is `uncertain`. `smtp_errors` counts each broken connection
   * once, however many messages of a batch it cost. `auth_failed`: the exchange went wrong, as when the
   * server cannot prove that it knows the password; a server that refuses the credentials gives a reply (535), which is
   * a result as any other: phase `auth`, outcome `rejected` or `deferred`.
   */
  export type ErrorCode =
    | "dns_nxdomain"
    | "dns_servfail"
    | "dns_timeout"
    | "connect_refused"
    | "connect_timeout"
    | "connect_unreachable"
    | "blocked"
    | "closed"
    | "reset"
    | "timeout"
    | "protocol_error"
    | "limit_exceeded"
    | "tls_not_offered"
    | "tls_refused"
    | "tls_handshake_failed"
    | "tls_certificate"
    | "tls_injection"
    | "auth_not_offered"
    | "auth_failed"
    | "smtputf8_not_offered"
    | "chunking_not_offered"
    | "message_unreadable"
    | "aborted"
    | "internal_error";

  /**
   * What became of a message. `accepted`: 2xx for at least one recipient; `deferred`: 4xx; `rejected`: 5xx;
   * `uncertain`: the connection was lost after the final dot, so nobody can tell; `failed`: lost before it, so the
   * server cannot have taken it; `aborted`: the script asked to break off, or the test ended, before it.
   */
  export type Outcome = "accepted" | "deferred" | "rejected" | "uncertain" | "failed" | "aborted";

  export interface TlsOptions {
    /** PEM text of certificate authorities that replace the system's. */
    cacerts?: string | string[] | undefined;
    /** PEM text of the client's certificate and key. */
    cert?: string | undefined;
    key?: string | undefined;
    /** Name for SNI and for the check of the certificate; default: `host`. */
    serverName?: string | undefined;
    minVersion?: "1.0" | "1.1" | "1.2" | "1.3";
    maxVersion?: "1.0" | "1.1" | "1.2" | "1.3";
    insecureSkipVerify?: boolean;
    /** `resume`: tickets are kept by each VU and used; `none` (default): each connection makes a full handshake. */
    session?: "none" | "resume";
    /** `default`: what Go offers, with the hybrid X25519MLKEM768; `classic`: X25519 and P-256 only, a third cheaper. */
    keyExchange?: "default" | "classic";
  }

  export interface AuthOptions {
    /** `auto` (default): the strongest that the server offers and that the given secret allows. */
    mech?: Mechanism | "auto";
    user?: string | undefined;
    pass?: string | undefined;
    /** OAuth 2.0 bearer token, for XOAUTH2 and OAUTHBEARER. */
    token?: string | undefined;
    /** Authorization identity, where it differs from `user`. */
    identity?: string;
    /** Sends credentials over a connection without TLS. Default false. */
    allowCleartext?: boolean;
  }

  export interface ReuseOptions {
    /** Messages on one connection before QUIT; 1: a connection for each. Default 0: no limit. */
    maxMessages?: number;
    /** Age of a connection at which it is closed and opened anew, such as "60s". Default: no limit. */
    maxAge?: Duration;
    /** After this long without use the connection is tried with NOOP first, such as "30s". Default: never. */
    idleCheck?: Duration;
  }

  export interface Timeouts {
    /** TCP connect, name look-up included. Default "10s". */
    connect?: Duration;
    /** Each reply from the banner on. Default "30s". */
    command?: Duration;
    /** From the final dot to its reply. Default "120s" (RFC 5321 section 4.5.3.2.6 asks for ten minutes of patience). */
    data?: Duration;
  }

  /** "250ms", "10s", "1m", or milliseconds as a number. */
  export type Duration = string | number;

  /** A number of bytes, or "20KB", "1MB" (powers of 1,000), "64KiB". */
  export type Size = string | number;

  export interface ClientOptions {
    host: string;
    /** Default: 25; 587 with `tls: "starttls"`, 465 with `tls: "implicit"`, 24 with `protocol: "lmtp"`. */
    port?: number;
    protocol?: "smtp" | "lmtp";
    /** Argument of EHLO or LHLO. Default "localhost". */
    ehlo?: string;
    /** Default "none". */
    tls?: TlsMode;
    tlsOptions?: TlsOptions;
    auth?: AuthOptions;
    /** `auto` (default): as far as the server offers it; `off`: lockstep, one command and one reply, each timed. */
    pipelining?: "auto" | "off";
    /** BDAT instead of DATA (RFC 3030). Default false. A server without CHUNKING is a result with `chunking_not_offered`. */
    chunking?: boolean;
    /** Attributes of XCLIENT, such as `{ ADDR: "192.0.2.7", HELO: "a.example" }`, sent once in each session. */
    xclient?: Record<string, string>;
    reuse?: ReuseOptions;
    timeouts?: Timeouts;
    /** Breaks each message off at this point: the connection is closed without QUIT. `sending`: in the middle of it. */
    abort?: {
      after:
        | "connecting"
        | "banner"
        | "ehlo"
        | "tls_handshaking"
        | "auth"
        | "mail"
        | "rcpt"
        | "data"
        | "sending";
    };
    /** Sends no faster than this, in small writes. */
    slow?: { bytesPerSec: number };
    /** Most bytes of one reply. Default "64KiB". */
    maxReplySize?: Size;
    /**
     * `full` (default): every Trend; `lean`: `smtp_message_duration`, the rates and the counters only, a quarter of the
     * memory on a long run, since k6 keeps each value of a Trend until the end; `counters`: no Trend at all.
     */
    metrics?: "full" | "lean" | "counters";
    /** Added to every sample of this client. */
    tags?: Record<string, string>;
    /**
     * After a connection could not be opened, the next attempt of this VU waits so long, doubled up to 1 s. Without it
     * a dead port would be "tested" ten thousand times a second. Default "10ms"; 0: no wait.
     */
    backoff?: Duration;
  }

  export interface Attachment {
    filename: string;
    contentType?: string;
    content: string | ArrayBuffer;
  }

  export interface MessageOptions {
    /** Header fields; they replace the defaults. Date and Message-ID are made for each send unless given here. */
    headers?: Record<string, string>;
    subject?: string;
    text?: string;
    html?: string;
    attachments?: Attachment[];
    /** Fills the body up, or makes it, so that the whole message has this size (within one line). */
    size?: Size;
    /** A whole message as text (RFC 5322); line ends are made CRLF. Excludes the options above. */
    raw?: string | ArrayBuffer;
    /** Seed of generated text: the same seed, the same bytes. Default 1. */
    seed?: number;
  }

  /** A message built once; each send only patches its token, Date and Message-ID into it. */
  export interface Message {
    /** Octets on the wire without dot stuffing, with the usual token. */
    readonly size: number;
    readonly name: string;
  }

  export interface CorpusOptions {
    /** A folder of .eml files, read while the test runs and not before: a corpus may be larger than the memory. */
    directory?: string;
    /** Or messages with weights. */
    messages?: { message: Message; weight?: number }[];
    /** Seed of the choice. Default 1. */
    seed?: number;
    /** Largest file that is taken; a larger one is left out and told of at the start. Default "50MB". */
    maxSize?: Size;
  }

  /** Messages of which each send takes one. */
  export interface Corpus {
    readonly length: number;
    /** Octets of all messages. */
    readonly size: number;
  }

  export interface Envelope {
    /** Reverse-path; "" is the null reverse-path. */
    from: string;
    to: string | string[];
    message: Message | Corpus;
    /** Header fields patched into this one send; they replace those of the message with the same name. */
    headers?: Record<string, string>;
    /** Extensions of MAIL and RCPT. */
    dsn?: { ret?: "FULL" | "HDRS"; envid?: string; notify?: string };
    /** SIZE= is given when the server offers it. Default true. */
    size?: boolean;
    body?: "7BIT" | "8BITMIME";
    smtputf8?: boolean;
  }

  export interface BatchOptions extends Envelope {
    /**
     * Messages in flight on the connection. 1 (default): the next envelope travels with the final dot (RFC 2920); more:
     * whole messages by BDAT in one write, which needs `chunking: true`. A window asks for 120 replies at most, so that
     * it never blocks a server that answers at length. The times of a window hold the wait within it.
     */
    window?: number;
  }

  export interface RecipientResult {
    /** Index in `to`. */
    readonly index: number;
    readonly code: number;
    readonly enhanced: string;
    readonly text: string;
    readonly outcome: Outcome;
  }

  /** Milliseconds, with fractions; absent where the phase did not happen in this send. */
  export interface Timings {
    readonly resolving?: number;
    readonly connecting?: number;
    readonly banner?: number;
    readonly ehlo?: number;
    readonly tls_handshaking?: number;
    readonly auth?: number;
    readonly mail?: number;
    readonly rcpt?: number;
    readonly data?: number;
    readonly envelope?: number;
    readonly sending?: number;
    /** Final dot to its reply: what the server's queue and its disk cost. */
    readonly accepting?: number;
    /** MAIL to the reply of the final dot; the session's set-up is not in it. */
    readonly message?: number;
  }

  export interface TlsInfo {
    readonly version: string;
    readonly cipher: string;
    readonly keyExchange: string;
    readonly resumed: boolean;
  }

  export interface StepResult {
    /** A reply came, and it is 2xx or 3xx. */
    readonly ok: boolean;
    /** Of the last reply; 0 without one. */
    readonly code: number;
    /** Enhanced status code (RFC 3463), such as "5.7.1"; "" without one. */
    readonly enhanced: string;
    readonly text: string;
    readonly phase: Phase;
    /** Of the connection; null without TLS. */
    readonly tls: TlsInfo | null;
    /** "" when the server answered as the protocol wants, whatever it said. */
    readonly error: ErrorCode | "";
    /** For a person; "" without an error. */
    readonly message: string;
    readonly timings: Timings;
    /** Keywords of EHLO, after `ehlo()`. */
    readonly extensions?: string[];
  }

  export interface SendResult extends StepResult {
    readonly accepted: boolean;
    readonly outcome: Outcome;
    readonly recipients: RecipientResult[];
    /** The session had carried a message before. */
    readonly reused: boolean;
    /** The queue id that the reply of the final dot names, "" when none is found. */
    readonly queueId: string;
    /** What stands in the field `X-Mailgauge-Token` of the message. */
    readonly token: string;
  }

  export interface BatchResult {
    /** Messages asked for. When the VU is stopped in the middle, the rest is in none of the figures below. */
    readonly count: number;
    readonly accepted: number;
    readonly deferred: number;
    readonly rejected: number;
    readonly uncertain: number;
    readonly failed: number;
    readonly aborted: number;
    /** The first that was not accepted; null when all were. */
    readonly first: SendResult | null;
    /** Milliseconds for all. */
    readonly duration: number;
  }

  /**
   * One SMTP session for each VU. Made in the init context without any I/O; the connection is opened by the first call
   * that needs it, survives the iteration, and is opened anew when the server closed it.
   */
  export class Client {
    constructor(options: ClientOptions);
    /** Sends one message; connects first where needed. */
    send(envelope: Envelope): SendResult;
    /** The same in the background, over a session of its own; for several at a time in one VU. Dearer than `send`. */
    sendAsync(envelope: Envelope): Promise<SendResult>;
    /** Sends `count` messages in one call: each with its own token, all metrics kept. */
    sendBatch(count: number, envelope: BatchOptions): BatchResult;

    /** Opens the connection and reads the banner (and makes the handshake of `tls: "implicit"`); no EHLO. */
    connect(): StepResult;
    ehlo(name?: string): StepResult;
    starttls(): StepResult;
    auth(options?: AuthOptions): StepResult;
    mail(reversePath: string, parameters?: string): StepResult;
    rcpt(forwardPath: string, parameters?: string): StepResult;
    /** DATA, the message and the final dot. */
    data(message: Message): StepResult;
    rset(): StepResult;
    noop(): StepResult;
    quit(): StepResult;
    /** Any other command of one line, such as `cmd("VRFY postmaster")`. */
    cmd(line: string): StepResult;
    /** Opens the session up to where MAIL may follow, and holds it: connect, EHLO, TLS, AUTH. */
    open(): StepResult;
    /** Closes without QUIT. Safe at any time. */
    close(): void;
    readonly connected: boolean;
  }

  /** Builds a message; in the init context, once. */
  export function message(options?: MessageOptions): Message;

  export function corpus(options: CorpusOptions): Corpus;

  /** One message over a connection of its own: client and envelope in one. */
  export function send(options: ClientOptions & Envelope): SendResult;

  const smtp: {
    version: typeof version;
    runId: typeof runId;
    totals: typeof totals;
    Client: typeof Client;
    message: typeof message;
    corpus: typeof corpus;
    send: typeof send;
  };
  export default smtp;
}
