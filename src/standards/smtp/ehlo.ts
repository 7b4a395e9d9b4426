import type { EhloCapabilities, SmtpReply } from "../../model/smtp.ts";

/** RFC 5321 section 4.1.1.1: letters, digits and hyphens. Others occur; what does not begin so is no keyword. */
const KEYWORD = /^[A-Za-z0-9][^\s=]{0,63}$/;
/** What ends a keyword; `=` for the sake of the old `AUTH=`. */
const END = /[ \t=]/;
const MAX_PARAMETERS = 64;
const MAX_WORD = 256;
/** More digits than any size has; still an exact number. */
const SIZE = /^\d{1,15}$/;
const NONE: readonly string[] = Object.freeze([]);

/** Words of a text, bounded in number and length: the server chose them. */
function words(text: string): string[] {
  return text
    .split(/[ \t]+/, MAX_PARAMETERS + 1)
    .filter((word) => word !== "" && word.length <= MAX_WORD)
    .slice(0, MAX_PARAMETERS);
}

/**
 * Capabilities from the reply to EHLO or LHLO. Lines that are no keyword are left out; when a keyword comes twice, the
 * first counts, but mechanisms of AUTH are collected from all of them, with the form `AUTH=` of before RFC 2554.
 */
export function parseEhlo(reply: SmtpReply): EhloCapabilities {
  // Without a prototype: `__proto__` and `constructor` are keywords like any other.
  const keywords: Record<string, readonly string[]> = Object.create(null);
  let authMechanisms = NONE;
  for (let i = 1; i < reply.lines.length; i += 1) {
    const line = reply.lines[i] ?? "";
    const end = line.search(END);
    const word = end === -1 ? line : line.slice(0, end);
    if (!KEYWORD.test(word)) continue;
    const keyword = word.toUpperCase();
    const parameters = end === -1 ? NONE : words(line.slice(end + 1));
    if (keyword === "AUTH") authMechanisms = joined(authMechanisms, parameters);
    keywords[keyword] ??= parameters;
  }
  const domain = words(reply.lines[0] ?? "")[0] ?? "";
  const size = sizeLimit(keywords["SIZE"]);
  return size === undefined
    ? { domain, keywords, authMechanisms }
    : { domain, keywords, authMechanisms, size };
}

function joined(known: readonly string[], more: readonly string[]): readonly string[] {
  return [...new Set([...known, ...more.map((name) => name.toUpperCase())])].slice(0, MAX_PARAMETERS);
}

/** Octets that a message may have; 0 when the server names no limit (RFC 1870 section 4). */
function sizeLimit(parameters: readonly string[] | undefined): number | undefined {
  if (parameters === undefined) return undefined;
  const [limit = ""] = parameters;
  return SIZE.test(limit) ? Number(limit) : 0;
}

/** Whether the server offers an extension; `keyword` in upper case. */
export function offers(capabilities: EhloCapabilities | undefined, keyword: string): boolean {
  return capabilities?.keywords[keyword] !== undefined;
}
