import { canonicalName, nameProblem } from "./name.ts";
import { parseServerAddress, type ServerAddress } from "./server-address.ts";

/** What Mailgauge takes from resolv.conf(5). */
export interface ResolvConf {
  /** At most three, as in libc. */
  readonly servers: readonly ServerAddress[];
  /** 1 to 30 seconds, in milliseconds. */
  readonly timeoutMs?: number;
  /** 1 to 5. */
  readonly attempts?: number;
  /** Domains in which a host name is looked for, canonical, at most six; the root is empty. Absent: not configured. */
  readonly search?: readonly string[];
  /** A name with fewer dots is first looked for in the domains; 0 to 15. Absent: 1. */
  readonly ndots?: number;
}

const SERVERS_MAX = 3;
/** Each domain can cost two queries a look-up. Old libc stops at six; Kubernetes sets three, and those of the node. */
const SEARCH_MAX = 6;

function option(
  options: readonly string[],
  name: string,
  [min, max]: readonly [number, number],
): number | undefined {
  const last = options.findLast((word) => word.startsWith(`${name}:`));
  const value = Number.parseInt(last?.slice(name.length + 1) ?? "", 10);
  return Number.isNaN(value) ? undefined : Math.min(Math.max(value, min), max);
}

/** Domains that can stand behind a name; a leading dot is passed over, as in libc. */
function domainsOf(words: readonly string[]): readonly string[] {
  const domains = words.map((word) => canonicalName(word).replace(/^\./, ""));
  return domains.filter((domain) => nameProblem(domain) === undefined).slice(0, SEARCH_MAX);
}

/** Reads the text of resolv.conf(5) as libc does: lines that make no sense are passed over. */
export function parseResolvConf(text: string): ResolvConf {
  const servers: ServerAddress[] = [];
  const options: string[] = [];
  let search: readonly string[] | undefined;
  for (const line of text.split("\n")) {
    const [keyword, ...words] = line
      .replace(/[#;].*$/, "")
      .trim()
      .split(/\s+/);
    if (keyword === "options") options.push(...words);
    // Two words for one setting: of all lines of both, the last holds.
    if (keyword === "search" && words.length > 0) search = domainsOf(words);
    if (keyword === "domain" && words.length > 0) search = domainsOf(words.slice(0, 1));
    const server = keyword === "nameserver" ? parseServerAddress(words[0] ?? "") : undefined;
    if (server && servers.length < SERVERS_MAX) servers.push(server);
  }
  const timeout = option(options, "timeout", [1, 30]);
  const attempts = option(options, "attempts", [1, 5]);
  const ndots = option(options, "ndots", [0, 15]);
  return {
    servers,
    ...(timeout !== undefined && { timeoutMs: timeout * 1000 }),
    ...(attempts !== undefined && { attempts }),
    ...(search !== undefined && { search }),
    ...(ndots !== undefined && { ndots }),
  };
}

/** The search list of a file that sets none: the domain of this machine's own name, when it has one. */
export function defaultSearch(hostname: string): readonly string[] {
  const dot = hostname.indexOf(".");
  const domain = dot === -1 ? "" : hostname.slice(dot + 1);
  return domain === "" ? [] : domainsOf([domain]);
}

/**
 * The names to ask for a host, in order, as resolv.conf(5) says; the name as written is always one of them. A final dot
 * makes a name absolute: it is asked alone.
 */
export function searchNames(name: string, search: readonly string[], ndots: number): readonly string[] {
  if (name.endsWith(".")) return [name];
  const extended = search
    .map((domain) => (domain === "" ? name : `${name}.${domain}`))
    .filter((candidate) => nameProblem(candidate) === undefined);
  const dots = name.split(".").length - 1;
  return [...new Set(dots >= ndots ? [name, ...extended] : [...extended, name])];
}
