import { domainToASCII } from "node:url";

/** Longest name in presentation form without the final dot (RFC 1035 section 2.3.4: 255 octets on the wire). */
const NAME_MAX = 253;
const LABEL_MAX = 63;

/** Lower case, without the final dot: the form in which names are compared (RFC 4343). The root is empty. */
export function canonicalName(name: string): string {
  const lower = name.toLowerCase();
  return lower.endsWith(".") ? lower.slice(0, -1) : lower;
}

/**
 * What keeps a name from being asked, in words; `undefined` when nothing does. Underscore labels and any other
 * printable ASCII are allowed (RFC 2181 section 11); the backslash is not, since it would begin an escape.
 */
export function nameProblem(name: string): string | undefined {
  const plain = name.endsWith(".") ? name.slice(0, -1) : name;
  if (plain === "") return undefined;
  if (!/^[\x21-\x5b\x5d-\x7e]+$/.test(plain)) return "it holds a character that is not printable ASCII";
  if (plain.length > NAME_MAX) return `it is longer than ${NAME_MAX} characters`;
  for (const label of plain.split(".")) {
    if (label === "") return "it has an empty label";
    if (label.length > LABEL_MAX) return `it has a label longer than ${LABEL_MAX} characters`;
  }
  return undefined;
}

/** A host name: letters, digits and inner hyphens, at least two labels, no numeric top (RFC 1123 section 2.1). */
export function isHostName(name: string): boolean {
  const labels = canonicalName(name).split(".");
  if (labels.length < 2 || nameProblem(name) !== undefined) return false;
  if (!labels.every((label) => /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(label))) return false;
  return !/^[0-9]+$/.test(labels.at(-1) ?? "");
}

/** A-label form (RFC 5890) of a domain in Unicode, canonical; `undefined` when it has none. */
export function toAsciiName(domain: string): string | undefined {
  // Plain ASCII stays out of domainToASCII, which would read `1.2` as an IPv4 address.
  const ascii = /^[\x20-\x7e]*$/.test(domain) ? domain : domainToASCII(domain);
  return ascii === "" || nameProblem(ascii) !== undefined ? undefined : canonicalName(ascii);
}
