/**
 * Writer for the few ASN.1 types of a certificate, in DER (X.690 section 10). The lab makes its own certificates:
 * Node can sign and read them but not write them, and the lab also needs those that no library agrees to make.
 */

function tlv(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  const length: number[] = [];
  if (body.length < 0x80) {
    length.push(body.length);
  } else {
    for (let rest = body.length; rest > 0; rest = Math.floor(rest / 256)) length.unshift(rest % 256);
    length.unshift(0x80 | length.length);
  }
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}

export const sequence = (...parts: readonly Uint8Array[]): Buffer => tlv(0x30, ...parts);
export const set = (...parts: readonly Uint8Array[]): Buffer => tlv(0x31, ...parts);
export const octets = (bytes: Uint8Array): Buffer => tlv(0x04, bytes);
export const boolean = (value: boolean): Buffer => tlv(0x01, Buffer.from([value ? 0xff : 0]));
export const nothing = (): Buffer => tlv(0x05);
export const utf8 = (text: string): Buffer => tlv(0x0c, Buffer.from(text, "utf8"));

/** Context tag around whole values (EXPLICIT). */
export const explicit = (tag: number, ...parts: readonly Uint8Array[]): Buffer => tlv(0xa0 | tag, ...parts);

/** Context tag in place of a primitive value's own (IMPLICIT). */
export const implicit = (tag: number, bytes: Uint8Array): Buffer => tlv(0x80 | tag, bytes);

/** A non-negative INTEGER, big-endian: a zero goes before a set top bit, superfluous zeros go away. */
export function integer(bytes: Uint8Array): Buffer {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start += 1;
  const rest = bytes.subarray(start);
  const pad = (rest[0] ?? 0) >= 0x80 || rest.length === 0 ? Buffer.from([0]) : Buffer.alloc(0);
  return tlv(0x02, pad, rest);
}

export function bits(bytes: Uint8Array, unused = 0): Buffer {
  return tlv(0x03, Buffer.from([unused]), bytes);
}

export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const bytes: number[] = [];
  for (const arc of [first * 40 + second, ...rest]) {
    const septets = [arc & 0x7f];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) {
      septets.unshift((left & 0x7f) | 0x80);
    }
    bytes.push(...septets);
  }
  return tlv(0x06, Buffer.from(bytes));
}

/** UTCTime up to 2049, GeneralizedTime from then on (RFC 5280 section 4.1.2.5); whole seconds. */
export function time(at: Date): Buffer {
  const digits = `${at.toISOString().replace(/\D/g, "").slice(0, 14)}Z`;
  return at.getUTCFullYear() < 2050
    ? tlv(0x17, Buffer.from(digits.slice(2), "ascii"))
    : tlv(0x18, Buffer.from(digits, "ascii"));
}
