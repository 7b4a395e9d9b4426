import { nearest } from "./nearest.ts";
import { toHost } from "./host.ts";
import { say } from "./say.ts";

export interface SchemeRule<Scheme extends string> {
  readonly scheme: Scheme;
  readonly port: number;
}

export interface ServiceUrl<Scheme extends string> {
  readonly scheme: Scheme;
  /** Domain name in A-label form, or an address without brackets. */
  readonly host: string;
  readonly port: number;
}

/** What the schemes of a relay's URL mean; `smtps` is an old name of `submissions` (RFC 8314 section 7.3). */
export const RELAY_SCHEMES = {
  smtp: { scheme: "smtp", port: 25 },
  submission: { scheme: "submission", port: 587 },
  submissions: { scheme: "submissions", port: 465 },
  smtps: { scheme: "submissions", port: 465 },
  lmtp: { scheme: "lmtp", port: 24 },
} as const;

export const MAILBOX_SCHEMES = {
  imap: { scheme: "imap", port: 143 },
  imaps: { scheme: "imaps", port: 993 },
  pop3: { scheme: "pop3", port: 110 },
  pop3s: { scheme: "pop3s", port: 995 },
} as const;

/** Reads `scheme://host[:port]`. A string says what is wrong, in the form of `say`. */
export function parseServiceUrl<Scheme extends string>(
  text: string,
  schemes: Readonly<Record<string, SchemeRule<Scheme>>>,
): ServiceUrl<Scheme> | string {
  const names = Object.keys(schemes);
  const match = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/([^/?#]*)(.*)$/su.exec(text);
  if (match === null) {
    const port = /:(\d+)$/.exec(text)?.[1];
    const guess = names.find((name) => String(schemes[name]?.port) === port) ?? names[0] ?? "";
    return say("has no scheme", `write it as ${guess}://host, with one of ${names.join(", ")}`);
  }
  const [, given = "", authority = "", rest = ""] = match;
  const rule = Object.hasOwn(schemes, given.toLowerCase()) ? schemes[given.toLowerCase()] : undefined;
  if (rule === undefined) {
    const near = nearest(given, names);
    const hint = near === undefined ? `write one of ${names.join(", ")}` : `did you mean ${near}://?`;
    return say(`has the unknown scheme "${given.slice(0, 32)}"`, hint);
  }
  if (authority.includes("@")) {
    return say("holds a user name or password", "move them to `auth: { username, password }`");
  }
  if (rest !== "" && rest !== "/") return say("goes on behind the host", "end it after the host and port");
  const { host: hostText, port: portText } = splitAuthority(authority);
  const host = toHost(hostText);
  if (host === undefined) {
    return say("has no valid host", "write a domain name, an IPv4 address or an IPv6 address in brackets");
  }
  const port = portText === undefined ? rule.port : /^\d{1,5}$/.test(portText) ? Number(portText) : 0;
  if (port < 1 || port > 65_535) return say("has no valid port", "write 1 to 65535, or leave the port out");
  return { scheme: rule.scheme, host, port };
}

function splitAuthority(authority: string): { host: string; port?: string } {
  const match = /^(\[[^\]]*\]|[^:[]*):(.*)$/s.exec(authority);
  if (match === null) return { host: authority };
  return { host: match[1] ?? "", port: match[2] ?? "" };
}
