import type { EhloCapabilities, SmtpReply } from "../../model/smtp.ts";

/** RFC 5321 section 4.1.1.1 allows letters, digits and hyphens; `=` ends it for the sake of the old `AUTH=`. */
const KEYWORD = /^([A-Za-z0-9][^\s=]{0,63})(?:[ \t=]|$)/;
const MAX_PARAMETERS = 64;
const MAX_WORD = 256;
/** More digits than any size has; still an exact number. */
const SIZE = /^\d{1,15}$/;

/** Words of a line after `from`, bounded in number and length: the server chose them. */
function words(line: string, from: number): string[] {
  return line
    .slice(from)
    .split(/[ \t]+/)
    .filter((word) => word !== "" && word.length <= MAX_WORD)
    .slice(0, MAX_PARAMETERS);
}

/**
 * Capabilities from the reply to EHLO or LHLO. Lines that are no keyword are left out; when a keyword comes twice, the
 * first counts, but mechanisms of AUTH are collected from all of them, with the form `AUTH=` of before RFC 2554.
 */
export function parseEhlo(reply: SmtpReply): EhloCapabilities {
  const [greeting = "", ...rest] = reply.lines;
  // Without a prototype: `__proto__` and `constructor` are keywords like any other.
  const keywords: Record<string, readonly string[]> = Object.create(null);
  const mechanisms = new Set<string>();
  for (const line of rest) {
    const keyword = KEYWORD.exec(line)?.[1]?.toUpperCase();
    if (keyword === undefined) continue;
    const parameters = words(line, keyword.length + 1);
    if (keyword === "AUTH") for (const name of parameters) mechanisms.add(name.toUpperCase());
    if (keywords[keyword] === undefined) keywords[keyword] = parameters;
  }
  const domain = words(greeting, 0)[0] ?? "";
  const authMechanisms = [...mechanisms].slice(0, MAX_PARAMETERS);
  const size = sizeLimit(keywords["SIZE"]);
  return size === undefined
    ? { domain, keywords, authMechanisms }
    : { domain, keywords, authMechanisms, size };
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
