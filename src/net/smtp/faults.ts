import type { FaultCode, FaultDetail, PhaseName } from "../../model/codes.ts";
import { FaultError } from "../../model/observation.ts";
import type { SmtpReply } from "../../model/smtp.ts";
import { isExpected } from "../../standards/smtp/expected.ts";

/** How a connection ended, before it is known in which phase that matters. */
export interface WireEnd {
  readonly code: FaultCode;
  /** What happened, as the beginning of a sentence: `the server closed the connection`. */
  readonly what: string;
  readonly detail?: FaultDetail;
}

export const CLOSED: WireEnd = { code: "closed", what: "the server closed the connection" };

/** What was going on, as the end of that sentence. */
const DURING: Readonly<Record<PhaseName, string>> = {
  dns: "during the look-up of the host",
  connect: "while connecting",
  banner: "before its greeting",
  ehlo: "in place of a reply to EHLO",
  starttls: "in place of a reply to STARTTLS",
  tls: "during the TLS handshake",
  auth: "during AUTH",
  mail: "in place of a reply to MAIL",
  rcpt: "in place of a reply to RCPT",
  data: "during DATA",
  body: "after the message was sent and before its fate was known",
  quit: "in place of a reply to QUIT",
};

/** Where bytes were sent and nothing tells whether the server acted on them. */
const LOST: ReadonlySet<FaultCode> = new Set([
  "closed",
  "reset",
  "timeout",
  "protocol_error",
  "limit_exceeded",
]);

/** `command`: what was sent, where it is not that of the phase. */
export function faultOf(end: WireEnd, phase: PhaseName, command?: string): FaultError {
  // The server has the whole message by then: it may have accepted it (RFC 5321 section 4.2.5, RFC 1047).
  const code = phase === "body" && LOST.has(end.code) ? "uncertain" : end.code;
  const named = end.code === "timeout" && phase === "connect" ? "connect_timeout" : code;
  const detail = end.code === "timeout" ? "silence" : end.detail;
  const during = command === undefined ? DURING[phase] : `in place of a reply to ${command}`;
  const message = `${end.what} ${during}`;
  return new FaultError({ code: named, phase, message, ...(detail === undefined ? {} : { detail }) });
}

/** What an aborted signal means: the deadline's reason is called `TimeoutError`, any other is somebody's wish. */
export function endOfAbort(signal: AbortSignal): WireEnd {
  const { reason } = signal;
  return reason instanceof Error && reason.name === "TimeoutError"
    ? { code: "timeout", what: "the deadline passed" }
    : { code: "aborted", what: "the run was ended" };
}

const ERRNO: Readonly<Record<string, WireEnd>> = {
  ECONNREFUSED: { code: "connect_refused", what: "the connection was refused" },
  EHOSTUNREACH: { code: "connect_unreachable", what: "there is no route to the host" },
  ENETUNREACH: { code: "connect_unreachable", what: "there is no route to the network" },
  EHOSTDOWN: { code: "connect_unreachable", what: "the host is down" },
  ENETDOWN: { code: "connect_unreachable", what: "the network is down" },
  EADDRNOTAVAIL: { code: "connect_unreachable", what: "the local address cannot reach that address" },
  EAFNOSUPPORT: { code: "connect_unreachable", what: "the address family is not available here" },
  EACCES: { code: "connect_unreachable", what: "this machine does not permit the connection" },
  EPERM: { code: "connect_unreachable", what: "this machine does not permit the connection" },
  ETIMEDOUT: { code: "timeout", what: "the network gave up waiting for the server" },
  ECONNRESET: { code: "reset", what: "the server reset the connection" },
  ECONNABORTED: { code: "reset", what: "the connection was aborted" },
  EPIPE: { code: "reset", what: "the server reset the connection" },
};

/** Node's error of a socket as an end; `handshake` while TLS is being set up. */
export function endOfError(error: unknown, handshake: boolean): WireEnd {
  const { code, reason, message } = describe(error);
  const known = ERRNO[code];
  if (known !== undefined) {
    // Node reports a FIN inside the handshake as ECONNRESET, with a text of its own.
    return handshake && /disconnected before secure/.test(message) ? CLOSED : known;
  }
  if (handshake) return { code: "tls_handshake_failed", ...tlsFailure(code, reason, message) };
  if (code.startsWith("ERR_SSL_"))
    return { code: "protocol_error", what: `the TLS stream broke (${reason})` };
  return { code: "internal_error", what: `the socket failed (${code === "" ? message : code})` };
}

function describe(error: unknown): { code: string; reason: string; message: string } {
  if (!(error instanceof Error)) return { code: "", reason: "", message: String(error) };
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  const reason = "reason" in error && typeof error.reason === "string" ? error.reason : "";
  return { code, reason, message: error.message.slice(0, 200) };
}

/** The commonest reasons of OpenSSL in words; the code follows, for whoever wants to search for it. */
const TLS_WORDS: readonly (readonly [RegExp, string, FaultDetail?])[] = [
  [
    /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST/,
    "the server answered in plain text, not in TLS",
    "plain_text",
  ],
  [
    /UNSUPPORTED_PROTOCOL|PROTOCOL_VERSION|VERSION_TOO_LOW|INAPPROPRIATE_FALLBACK/,
    "no TLS version in common",
    "no_common_version",
  ],
  [
    /HANDSHAKE_FAILURE|NO_SHARED_CIPHER|NO_CIPHERS|INSUFFICIENT_SECURITY/,
    "no cipher or key exchange in common",
    "no_common_cipher",
  ],
  [/DH_KEY_TOO_SMALL|DH_PARAM_SIZE/, "the server's Diffie-Hellman key is too small", "weak_key_exchange"],
  [/KEY_TOO_SMALL|MD_TOO_WEAK/, "the server's certificate is too weak", "weak_certificate"],
  [/UNRECOGNIZED_NAME/, "the server does not know the name it was asked for", "unknown_name"],
  [
    /CERTIFICATE_REQUIRED|BAD_CERTIFICATE|UNKNOWN_CA|CERTIFICATE_UNKNOWN/,
    "the server refused our client certificate",
    "client_certificate_refused",
  ],
  [/UNEXPECTED_EOF/, "the server closed the connection"],
];

function tlsFailure(code: string, reason: string, message: string): Pick<WireEnd, "what" | "detail"> {
  // OpenSSL's reason stands in the code, or, when writing failed (EPROTO), in the message.
  const clue = `${code} ${message}`.toUpperCase().replaceAll(" ", "_");
  const shown = reason === "" ? (code === "" ? message : code) : reason;
  const [, words, detail] = TLS_WORDS.find(([pattern]) => pattern.test(clue)) ?? [];
  if (words === undefined) return { what: `TLS failed (${shown})` };
  const what = `TLS failed: ${words} (${shown})`;
  return detail === undefined ? { what } : { what, detail };
}

/** How a phase went that ended with a reply: what the reply means beyond that is the caller's to judge. */
export function outcomeOf(phase: PhaseName, reply: SmtpReply): "ok" | FaultCode {
  if (isExpected(phase, reply)) return "ok";
  if (reply.code < 400) return "protocol_error";
  if (phase === "starttls") return "tls_refused";
  if (reply.code < 500) return "deferred";
  return phase === "auth" ? "auth_failed" : "rejected";
}

/** How a phase went that ended with an error. */
export function outcomeOfError(error: unknown): FaultCode {
  return error instanceof FaultError ? error.fault.code : "internal_error";
}
