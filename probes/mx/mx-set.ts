import { isIP } from "node:net";
import type { DnsResult } from "../../src/model/dns.ts";
import type { MxEvidence, MxHost } from "../../src/model/evidence.ts";
import { FaultError } from "../../src/model/observation.ts";
import type { NetIo } from "../../src/model/probe.ts";
import { isHostName, nameProblem } from "../../src/standards/dns/name.ts";

/** Hosts that are kept of a set; nobody needs more, and the answer is the domain owner's to choose. */
const HOSTS_MAX = 32;

/** Addresses that are kept of a host, of each family. */
const ADDRESSES_MAX = 16;

type Failed = Extract<DnsResult, { detail: string }>;

function isKnown<R extends DnsResult>(result: R): result is Exclude<R, { detail: string }> {
  return result.status === "ok" || result.status === "nxdomain" || result.status === "nodata";
}

function dataOf(result: DnsResult<"A"> | DnsResult<"AAAA">): readonly string[] {
  return result.status === "ok" ? result.records.slice(0, ADDRESSES_MAX).map(({ data }) => data) : [];
}

/** What is wrong with the name of a host, the worst first; `results` are its address look-ups. */
function problemOf(
  exchange: string,
  results: readonly (DnsResult<"A"> | DnsResult<"AAAA">)[],
): MxHost["problem"] | undefined {
  if (!results.every(isKnown)) return "unresolvable";
  if (results.every((result) => result.status !== "ok")) return "no_address";
  if (results.some(({ aliases }) => aliases.length > 0)) return "cname";
  return isHostName(exchange) ? undefined : "invalid_name";
}

async function resolveHost(exchange: string, preference: number, resolve: NetIo["resolve"]): Promise<MxHost> {
  const base = { preference, exchange, a: [], aaaa: [], reach: [] };
  if (isIP(exchange) !== 0) return { ...base, problem: "ip_literal" };
  if (nameProblem(exchange) !== undefined) return { ...base, problem: "invalid_name" };
  const [a, aaaa] = await Promise.all([resolve(exchange, "A"), resolve(exchange, "AAAA")]);
  const problem = problemOf(exchange, [a, aaaa]);
  return { ...base, a: dataOf(a), aaaa: dataOf(aaaa), ...(problem && { problem }) };
}

function failure(domain: string, { status, detail }: Failed): FaultError {
  return new FaultError({
    code: `dns_${status}`,
    phase: "dns",
    message: `the MX records of ${domain} could not be looked up: ${detail}`,
  });
}

/** Without MX, the domain itself is the host when it has an address (RFC 5321 section 5.1). */
async function implicitHost(domain: string, resolve: NetIo["resolve"]): Promise<MxHost | undefined> {
  const host = await resolveHost(domain, 0, resolve);
  if (host.problem === "no_address" || host.problem === "ip_literal") return undefined;
  // An alias is well here: nothing says that a domain that takes mail must not be one.
  const { problem, ...rest } = host;
  return problem === "unresolvable" ? host : rest;
}

/**
 * Looks up the MX set of a domain and the addresses of its hosts into the notebook, the preferred first. Throws
 * `FaultError` when the set could not be found out: that is not the same as no MX.
 */
export async function lookUpMx(
  domain: string,
  resolve: NetIo["resolve"],
  notes: Partial<MxEvidence>,
): Promise<void> {
  const result = await resolve(domain, "MX");
  notes.status = result.status;
  if (!isKnown(result)) throw failure(domain, result);
  notes.authenticated = result.authenticated;
  // `hosts` is written when all of them are known: a run that is cut short must not look like "no host".
  if (result.status !== "ok") {
    const host = result.status === "nodata" ? await implicitHost(domain, resolve) : undefined;
    notes.nullMx = false;
    notes.implicit = host !== undefined;
    notes.hosts = host ? [host] : [];
    return;
  }
  notes.implicit = false;
  const named = result.records
    .map(({ data }) => data)
    .filter(({ exchange }) => exchange !== "")
    .toSorted((one, other) => one.preference - other.preference || (one.exchange < other.exchange ? -1 : 1));
  notes.nullMx = named.length < result.records.length;
  notes.hosts = await Promise.all(
    named.slice(0, HOSTS_MAX).map(({ exchange, preference }) => resolveHost(exchange, preference, resolve)),
  );
}

/** The set as it is compared from run to run: `preference exchange`, sorted. */
export function setOf({ hosts = [], implicit, nullMx }: Partial<MxEvidence>): string[] {
  if (implicit) return [];
  const named = hosts.map(({ preference, exchange }) => `${preference} ${exchange}`);
  return [...named, ...(nullMx ? ["0 ."] : [])].toSorted();
}
