import { Buffer } from "node:buffer";

import type { SmtpReply } from "../../model/smtp.ts";
import { SmtpSyntaxError } from "./errors.ts";

/** What one reply, and what waits to be read, may cost. */
export interface ReplyLimits {
  /** Octets of one line without its line end. RFC 5321 section 4.5.3.1.5 asks for 512; servers send more. */
  readonly lineBytes: number;
  /** Lines of one reply. */
  readonly lines: number;
  /** Octets of one reply, and at the same time of what may lie unread when more arrives. */
  readonly bytes: number;
}

export const DEFAULT_REPLY_LIMITS: ReplyLimits = { lineBytes: 4096, lines: 128, bytes: 64 * 1024 };

const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const HYPHEN = 0x2d;
const ZERO = 0x30;
const TWO = 0x32;
const FIVE = 0x35;
const EMPTY = Buffer.alloc(0);

function isDigit(octet: number): boolean {
  return octet >= ZERO && octet <= ZERO + 9;
}

/** Class, subject and detail (RFC 3463 section 2), at the start of the text (RFC 2034 section 4). */
const ENHANCED = /^([245]\.\d{1,3}\.\d{1,3})(?=\s|$)/;
/** Controls but the tab, and what turns the direction of writing: a reply reaches terminals and must not steer them. */
const UNPRINTABLE = /[^\P{Cc}\t]|[\u202a-\u202e\u2066-\u2069]/gu;

/**
 * Reads SMTP replies (RFC 5321 section 4.2) from a stream of bytes, however it is cut into chunks. A bare LF ends a
 * line as CRLF does. After a `SmtpSyntaxError` the stream is out of step, and the parser gives the same error again.
 */
export class ReplyParser {
  readonly #limits: ReplyLimits;
  readonly #mask: (text: string) => string;
  #buffer: Buffer = EMPTY;
  /** Start of the first line not yet read. */
  #at = 0;
  /** Up to where no LF was found: a line that comes byte by byte is searched once. */
  #searched = 0;
  #code = 0;
  #lines: string[] = [];
  #bytes = 0;
  #error: SmtpSyntaxError | undefined;

  /** `mask` takes out of a message what must not be repeated of a line that is no reply. */
  constructor(limits: ReplyLimits = DEFAULT_REPLY_LIMITS, mask: (text: string) => string = (text) => text) {
    this.#limits = limits;
    this.#mask = mask;
  }

  /** Octets not yet read as part of a whole line. */
  get buffered(): number {
    return this.#buffer.length - this.#at;
  }

  /** Takes a chunk over; the caller must not change it later. Throws `limit_exceeded` when nobody reads what arrived. */
  feed(chunk: Uint8Array): void {
    if (this.#error !== undefined) throw this.#error;
    const rest = this.buffered;
    if (rest > this.#limits.bytes) this.#fail("limit_exceeded", "more data than any reply has");
    const fresh = Buffer.isBuffer(chunk)
      ? chunk
      : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (rest === 0) {
      this.#buffer = fresh;
      this.#searched = 0;
    } else {
      this.#buffer = Buffer.concat([this.#buffer.subarray(this.#at), fresh]);
      this.#searched -= this.#at;
    }
    this.#at = 0;
  }

  /** The next reply, or nothing while it is not complete. */
  next(): SmtpReply | undefined {
    if (this.#error !== undefined) throw this.#error;
    for (;;) {
      const end = this.#buffer.indexOf(LF, this.#searched);
      if (end === -1) {
        this.#searched = this.#buffer.length;
        // One more for a CR whose LF is still to come.
        if (this.buffered > this.#limits.lineBytes + 1) this.#lineTooLong();
        return undefined;
      }
      const start = this.#at;
      this.#at = end + 1;
      this.#searched = end + 1;
      const last = this.#line(start, end > start && this.#buffer[end - 1] === CR ? end - 1 : end);
      this.#bytes += end + 1 - start;
      if (this.#bytes > this.#limits.bytes) {
        this.#fail("limit_exceeded", `a reply of more than ${this.#limits.bytes} octets`);
      }
      if (last) return this.#finish();
    }
  }

  /** The stream is over. Throws when it broke off in a line that could not have become a reply. */
  end(): void {
    if (this.#error !== undefined) throw this.#error;
    const isWhole = this.#buffer.indexOf(LF, this.#searched) !== -1;
    if (!isWhole && this.buffered > 0) this.#checkBeginning(this.#at, this.#buffer.length);
  }

  /** Throws away what was not read, partial lines included; gives how many octets it was. */
  discard(): number {
    const octets = this.buffered + this.#bytes;
    this.#buffer = EMPTY;
    this.#at = 0;
    this.#searched = 0;
    this.#lines = [];
    this.#bytes = 0;
    return octets;
  }

  /** Reads one line; whether it is the last of its reply. */
  #line(start: number, end: number): boolean {
    if (end - start > this.#limits.lineBytes) this.#lineTooLong();
    const code = this.#codeAt(start, end);
    if (this.#lines.length === 0) this.#code = code;
    else if (code !== this.#code) {
      this.#fail("protocol_error", `a reply that begins with ${this.#code} goes on with ${code}`);
    }
    if (this.#lines.length >= this.#limits.lines) {
      this.#fail("limit_exceeded", `a reply of more than ${this.#limits.lines} lines`);
    }
    const text = end - start > 4 ? this.#buffer.toString("utf8", start + 4, end) : "";
    this.#lines.push(text.replace(UNPRINTABLE, "\ufffd"));
    return this.#buffer[start + 3] !== HYPHEN || end - start === 3;
  }

  /** Three digits and a separator; a bare code is a whole line too (RFC 5321 section 4.2). */
  #codeAt(start: number, end: number): number {
    const first = (this.#buffer[start] ?? 0) - ZERO;
    const second = (this.#buffer[start + 1] ?? 0) - ZERO;
    const third = (this.#buffer[start + 2] ?? 0) - ZERO;
    const separator = end - start === 3 ? SPACE : this.#buffer[start + 3];
    const digits = second >= 0 && second <= 9 && third >= 0 && third <= 9;
    if (end - start < 3 || first < 2 || first > 5 || !digits) this.#notAReply(start, end);
    if (separator !== SPACE && separator !== HYPHEN) this.#notAReply(start, end);
    return first * 100 + second * 10 + third;
  }

  #checkBeginning(start: number, end: number): void {
    const [first, ...rest] = this.#buffer.subarray(start, Math.min(end, start + 3));
    const isCode = first !== undefined && first >= TWO && first <= FIVE && rest.every(isDigit);
    const separator = end - start > 3 ? this.#buffer[start + 3] : SPACE;
    const isSeparated = separator === SPACE || separator === HYPHEN || separator === CR;
    if (!isCode || !isSeparated) this.#notAReply(start, end);
  }

  #finish(): SmtpReply {
    const lines = this.#lines;
    const enhanced = this.#enhancedOf(lines.at(-1)) ?? this.#enhancedOf(lines[0]);
    this.#lines = [];
    this.#bytes = 0;
    return enhanced === undefined ? { code: this.#code, lines } : { code: this.#code, enhanced, lines };
  }

  /** Only when its class is that of the code (RFC 2034 section 4): anything else is text that looks alike. */
  #enhancedOf(line: string | undefined): string | undefined {
    const enhanced = ENHANCED.exec(line ?? "")?.[1];
    return enhanced?.charCodeAt(0) === ZERO + Math.floor(this.#code / 100) ? enhanced : undefined;
  }

  #lineTooLong(): never {
    return this.#fail("limit_exceeded", `a line of more than ${this.#limits.lineBytes} octets`);
  }

  #notAReply(start: number, end: number): never {
    // Masked before it is cut: half a secret would not be found.
    const shown = this.#mask(this.#buffer.toString("utf8", start, Math.min(end, start + 1000))).slice(0, 40);
    const isTls =
      (this.#buffer[start] === 0x15 || this.#buffer[start] === 0x16) && this.#buffer[start + 1] === 3;
    if (isTls) this.#fail("protocol_error", "a TLS record in place of an SMTP reply", "tls_record");
    return this.#fail("protocol_error", `not an SMTP reply: ${JSON.stringify(shown)}`);
  }

  #fail(code: SmtpSyntaxError["code"], message: string, detail?: "tls_record"): never {
    this.#error = new SmtpSyntaxError(code, message, detail);
    this.#buffer = EMPTY;
    this.#at = 0;
    throw this.#error;
  }
}
