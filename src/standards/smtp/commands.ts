import type { EhloCapabilities, MailParameters, RcptParameters } from "../../model/smtp.ts";
import { offers } from "./ehlo.ts";
import { SmtpArgumentError } from "./errors.ts";

/** Whatever may not stand inside a command: it would end the line or be dropped on the way. */
const CONTROL = /\p{Cc}/u;
const NON_ASCII = /[^\0-\x7f]/;
/** What an EHLO argument is made of: domains and address literals (RFC 5321 section 4.1.1.1); `_` occurs. */
const HELO_NAME = /^[A-Za-z0-9._:[\]-]{1,255}$/;
/** Far above the 256 octets of RFC 5321 section 4.5.3.1.3, so that a server's own limit can be tried. */
const MAX_PATH = 1000;
/** RFC 3461 section 4.4, before encoding. */
const MAX_ENVELOPE_ID = 100;

export function heloCommand(verb: "EHLO" | "HELO" | "LHLO", name: string): string {
  if (!HELO_NAME.test(name)) {
    throw new SmtpArgumentError(
      `${verb} needs a host name or an address literal, not ${JSON.stringify(name)}`,
    );
  }
  return `${verb} ${name}`;
}

/** MAIL (RFC 5321 section 4.1.1.2). `from` empty is the null reverse-path. SIZE is left out when it is not offered. */
export function mailCommand(
  from: string,
  parameters: MailParameters = {},
  capabilities?: EhloCapabilities,
): string {
  let line = `MAIL FROM:${path(from, parameters.smtpUtf8 === true)}`;
  if (parameters.size !== undefined && offers(capabilities, "SIZE"))
    line += ` SIZE=${whole(parameters.size)}`;
  if (parameters.eightBit === true) line += need(capabilities, "8BITMIME", " BODY=8BITMIME");
  if (parameters.smtpUtf8 === true) line += need(capabilities, "SMTPUTF8", " SMTPUTF8");
  if (parameters.requireTls === true) line += need(capabilities, "REQUIRETLS", " REQUIRETLS");
  if (parameters.dsnReturn !== undefined) line += need(capabilities, "DSN", ` RET=${parameters.dsnReturn}`);
  if (parameters.dsnEnvelopeId !== undefined) {
    line += need(capabilities, "DSN", ` ENVID=${envelopeId(parameters.dsnEnvelopeId)}`);
  }
  return line;
}

/** RCPT (RFC 5321 section 4.1.1.3). `smtpUtf8` when MAIL had that parameter: then the address may be UTF-8. */
export function rcptCommand(
  to: string,
  parameters: RcptParameters = {},
  capabilities?: EhloCapabilities,
  smtpUtf8 = false,
): string {
  if (to === "") throw new SmtpArgumentError("RCPT needs an address");
  const line = `RCPT TO:${path(to, smtpUtf8)}`;
  const notify = parameters.dsnNotify;
  if (notify === undefined || notify.length === 0) return line;
  if (notify.length > 1 && notify.includes("NEVER")) {
    // RFC 3461 section 4.1
    throw new SmtpArgumentError("NOTIFY=NEVER stands alone");
  }
  return line + need(capabilities, "DSN", ` NOTIFY=${[...new Set(notify)].join(",")}`);
}

export function bdatCommand(octets: number, last: boolean): string {
  return last ? `BDAT ${whole(octets)} LAST` : `BDAT ${whole(octets)}`;
}

/** xtext of RFC 3461 section 4: printable ASCII without `+` and `=`, the rest as `+` and two hex digits. */
export function xtext(text: string): string {
  return text.replace(
    /[^!-*,-<>-~]/g,
    (char) => `+${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
}

function envelopeId(id: string): string {
  if (!/^[ -~]+$/.test(id) || id.length > MAX_ENVELOPE_ID) {
    throw new SmtpArgumentError(`ENVID is 1 to ${MAX_ENVELOPE_ID} printable ASCII characters`);
  }
  return xtext(id);
}

/** Reverse-path or forward-path in its brackets. The address is not checked further: servers are tried with bad ones. */
function path(address: string, smtpUtf8: boolean): string {
  if (CONTROL.test(address)) throw new SmtpArgumentError("an address must not hold control characters");
  if (address.length > MAX_PATH)
    throw new SmtpArgumentError(`an address of more than ${MAX_PATH} characters`);
  if (!smtpUtf8 && NON_ASCII.test(address)) {
    throw new SmtpArgumentError("an address outside ASCII needs SMTPUTF8 (RFC 6531)");
  }
  // Outside a quoted local part these would end the path, and what follows would be read as parameters.
  if (/[<> ]/.test(address.replace(/^"(?:[^"\\]|\\.)*"/, ""))) {
    throw new SmtpArgumentError("an address must not hold blanks or angle brackets outside quotes");
  }
  return `<${address}>`;
}

function need(capabilities: EhloCapabilities | undefined, keyword: string, text: string): string {
  if (offers(capabilities, keyword)) return text;
  throw new SmtpArgumentError(`the server does not offer ${keyword}, which${text} needs`);
}

function whole(octets: number): string {
  if (!Number.isSafeInteger(octets) || octets < 0)
    throw new SmtpArgumentError("a size is a whole number, 0 or more");
  return String(octets);
}
