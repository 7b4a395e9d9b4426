import { Buffer } from "node:buffer";

import type { SmtpReply } from "../../model/smtp.ts";
import { REDACTED } from "./redact.ts";

/** Shorter ones would be found by chance, and cut sense out of a reply that holds no secret. */
const SHORTEST = 4;

/** Words that a server says to everybody: who has one of them for a password has no secret, but needs the word. */
const PROTOCOL_WORDS: ReadonlySet<string> = new Set(
  (
    "HELO EHLO LHLO MAIL RCPT DATA RSET QUIT NOOP HELP VRFY EXPN ETRN TURN BDAT AUTH SIZE PLAIN LOGIN XOAUTH2 " +
    "OAUTHBEARER EXTERNAL STARTTLS PIPELINING CHUNKING BINARYMIME 8BITMIME SMTPUTF8 REQUIRETLS DELIVERBY " +
    "ENHANCEDSTATUSCODES ESMTP SMTP LMTP QUEUED ACCEPTED"
  ).split(" "),
);

/** What is longer than this is looked for in pieces as well: a server may repeat a part of a long token. */
const LONG = 64;
const PIECE = 32;
/** No line of a reply is longer, so that nothing longer is found in one. */
const LONGEST = 4096;

/**
 * Takes the secrets of a session out of what its server says. Some repeat the command that they refuse, and a reply
 * ends up in transcript, report, page and log. Found as they are, in any letter case, and as base64, hex or URL text,
 * in base64 also where they are a part of something longer.
 */
export class SecretMask {
  /** In lower case. */
  readonly #forms = new Set<string>();

  addSecret(secret: string): void {
    for (const form of formsOf(secret)) this.#add(form);
  }

  /** Text that was sent and holds a secret: looked for as it was sent. */
  addSent(text: string): void {
    this.#add(text);
  }

  text(text: string): string {
    if (this.#forms.size === 0) return text;
    const folded = fold(text);
    const found: Span[] = [];
    for (const form of this.#forms) found.push(...spansOf(form, folded));
    return found.length === 0 ? text : redacted(text, found);
  }

  reply(reply: SmtpReply): SmtpReply {
    const lines = reply.lines.map((line) => this.text(line));
    return lines.every((line, index) => line === reply.lines[index]) ? reply : { ...reply, lines };
  }

  #add(text: string): void {
    const form = fold(text.slice(0, LONGEST));
    if (form.length < SHORTEST || PROTOCOL_WORDS.has(form.toUpperCase())) return;
    this.#forms.add(form);
    if (form.length <= LONG) return;
    for (let at = 0; at + PIECE <= form.length; at += PIECE) this.#forms.add(form.slice(at, at + PIECE));
    this.#forms.add(form.slice(-PIECE));
  }
}

type Span = readonly [from: number, to: number];

function* spansOf(form: string, folded: string): Generator<Span> {
  for (let at = folded.indexOf(form); at !== -1; at = folded.indexOf(form, at + 1))
    yield [at, at + form.length];
}

/** Overlapping spans become one. */
function redacted(text: string, spans: readonly Span[]): string {
  let masked = "";
  let done = 0;
  let isOpen = false;
  for (const [from, to] of spans.toSorted((a, b) => a[0] - b[0])) {
    if (!isOpen || from > done) masked += text.slice(done, from) + REDACTED;
    isOpen = true;
    done = Math.max(done, to);
  }
  return masked + text.slice(done);
}

/** Letters without their case, each where it was: some grow when they are changed. */
function fold(text: string): string {
  const lower = text.toLowerCase();
  return lower.length === text.length ? lower : text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}

function* formsOf(secret: string): Generator<string> {
  const bytes = Buffer.from(secret);
  yield secret;
  yield bytes.toString("hex");
  yield encodeURIComponent(secret.toWellFormed());
  for (let before = 0; before < 3; before += 1) yield base64Within(bytes, before);
}

/** The base64 of bytes behind `before` others (modulo 3), without the characters that neighbours have a part in. */
function base64Within(bytes: Uint8Array, before: number): string {
  const padded = Buffer.concat([Buffer.alloc(before), bytes]);
  const from = Math.ceil((before * 8) / 6);
  const to = Math.floor((padded.length * 8) / 6);
  return padded.toString("base64").slice(from, to);
}
