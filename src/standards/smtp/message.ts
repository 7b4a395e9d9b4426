import { Buffer } from "node:buffer";

const LF = 0x0a;
const CR = 0x0d;
const DOT = 0x2e;

/**
 * The message with every line end as CRLF, the last line's included. A bare CR or LF must not reach the wire
 * (RFC 5321 section 2.3.8): servers that disagree on them can be made to see a second message. What is already so
 * is given back as it is, not copied.
 */
export function normaliseLineEnds(message: Uint8Array): Uint8Array {
  let missing = 0;
  for (let i = 0; i < message.length; i += 1) {
    const octet = message[i];
    if (octet === CR ? message[i + 1] !== LF : octet === LF && message[i - 1] !== CR) missing += 1;
  }
  const unended = message.length > 0 && message.at(-1) !== LF && message.at(-1) !== CR;
  if (missing === 0 && !unended) return message;
  const out = Buffer.allocUnsafe(message.length + missing + (unended ? 2 : 0));
  let to = 0;
  for (let i = 0; i < message.length; i += 1) {
    const octet = message[i] ?? 0;
    if (octet === LF && message[i - 1] !== CR) out[to++] = CR;
    out[to++] = octet;
    if (octet === CR && message[i + 1] !== LF) out[to++] = LF;
  }
  if (unended) to += out.write("\r\n", to, "latin1");
  return out;
}

/**
 * What follows the reply 354 (RFC 5321 section 4.5.2): each line that begins with a dot gets another, and a line of one
 * dot ends it. `message` as `normaliseLineEnds` gives it.
 */
export function dotStuff(message: Uint8Array): Uint8Array {
  let dots = 0;
  for (let i = 0; i < message.length; i += 1) {
    if (message[i] === DOT && (i === 0 || message[i - 1] === LF)) dots += 1;
  }
  const out = Buffer.allocUnsafe(message.length + dots + 3);
  if (dots === 0) {
    out.set(message, 0);
    out.write(".\r\n", message.length, "latin1");
    return out;
  }
  let to = 0;
  for (let i = 0; i < message.length; i += 1) {
    const octet = message[i] ?? 0;
    if (octet === DOT && (i === 0 || message[i - 1] === LF)) out[to++] = DOT;
    out[to++] = octet;
  }
  out.write(".\r\n", to, "latin1");
  return out;
}
