import { isIP, isIPv4, isIPv6 } from "node:net";
import { domainToASCII } from "node:url";

/** Octets of a domain name in text form, without the final dot (RFC 1035 section 2.3.4). */
const NAME_MAX = 253;
/** `_` is no letter of a host name (RFC 1123 section 2.1), but names with it exist and must be watchable. */
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;

/** A domain name in A-label form, lower case, without the final dot; `undefined` when the text is none. */
export function toDomain(text: string): string | undefined {
  if (text.length > 1000 || /[\s/?#@:[\]\\%]/.test(text)) return undefined;
  const bare = text.endsWith(".") ? text.slice(0, -1) : text;
  const ascii = domainToASCII(bare);
  if (ascii === "" || ascii.length > NAME_MAX || isIP(ascii) !== 0) return undefined;
  const labels = ascii.split(".");
  if (!labels.every((label) => LABEL.test(label))) return undefined;
  // A last label of digits only is a mistyped IPv4 address, never a name (RFC 3696 section 2).
  return /^\d+$/.test(labels.at(-1) ?? "") ? undefined : ascii;
}

/** The same for a domain that mail is for: it has a dot, so that a name mistyped elsewhere is not taken for one. */
export function toMailDomain(text: string): string | undefined {
  const domain = toDomain(text);
  return domain?.includes(".") === true ? domain : undefined;
}

/** A host of a URL: a domain name, an IPv4 address, or an IPv6 address in brackets (returned without them). */
export function toHost(text: string): string | undefined {
  if (text.startsWith("[") && text.endsWith("]")) {
    const inner = text.slice(1, -1);
    return isIPv6(inner) ? inner.toLowerCase() : undefined;
  }
  if (isIPv4(text)) return text;
  return toDomain(text);
}

/** Argument of EHLO: a fully qualified domain name, or an address literal (RFC 5321 sections 4.1.1.1 and 4.1.3). */
export function isHelo(text: string): boolean {
  const literal = /^\[(IPv6:)?([^\]]+)\]$/i.exec(text);
  if (literal !== null) return literal[1] === undefined ? isIPv4(literal[2] ?? "") : isIPv6(literal[2] ?? "");
  return text.includes(".") && toDomain(text) !== undefined;
}

/** Local-part as Dot-string or Quoted-string (RFC 5321 section 4.1.2), UTF-8 allowed (RFC 6531 section 3.3). */
const LOCAL_PART = /^(?:[^\s\p{Cc}"(),:;<>@[\\\]]+|"(?:[^\p{Cc}"\\]|\\[\x20-\x7e])*")$/u;

/** A mailbox such as `probe@example.com`, within the sizes of RFC 5321 section 4.5.3.1. */
export function isMailAddress(text: string): boolean {
  const at = text.lastIndexOf("@");
  if (at < 1 || Buffer.byteLength(text) > 254) return false;
  const local = text.slice(0, at);
  const domain = text.slice(at + 1);
  if (Buffer.byteLength(local) > 64 || !LOCAL_PART.test(local)) return false;
  if (!local.startsWith('"') && /^\.|\.\.|\.$/.test(local)) return false;
  return domain.startsWith("[") ? isHelo(domain) : toDomain(domain) !== undefined;
}

/** `address`, `address:port` or `[v6]:port`; the port is absent when the text has none. */
export function parseHostPort(text: string): { host: string; port?: number } | undefined {
  if (isIPv6(text)) return { host: text.toLowerCase() };
  const match = /^(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/.exec(text);
  if (match === null) return undefined;
  const host = match[1] === "" ? "" : toHost(match[1] ?? "");
  const port = match[2] === undefined ? undefined : Number(match[2]);
  if (host === undefined || (port !== undefined && port > 65_535)) return undefined;
  return port === undefined ? { host } : { host, port };
}
