import type { DnsRecord, DnsResult, DnsType, Resolve, ResolveOptions } from "../../model/dns.ts";
import type { HostAddresses, Hosts } from "../../standards/dns/hosts.ts";
import { canonicalName } from "../../standards/dns/name.ts";
import { searchNames } from "../../standards/dns/resolv-conf.ts";

export interface HostNamesSettings {
  /** The hosts file as it stands now. */
  readonly hosts: () => Hosts;
  /** Domains in which a name is looked for; none: each name is asked as it is written. */
  readonly search: readonly string[];
  /** A name with fewer dots is first looked for in the domains. */
  readonly ndots: number;
}

type AddressType = "A" | "AAAA";

/** RFC 6761 section 6.3: these names are never asked for. */
const LOCALHOST: HostAddresses = { A: ["127.0.0.1"], AAAA: ["::1"] };

/** The addresses that this machine itself knows for a name. */
function ownAddresses(name: string, hosts: Hosts): HostAddresses | undefined {
  const isLocalhost = name === "localhost" || name.endsWith(".localhost");
  return hosts.get(name) ?? (isLocalhost ? LOCALHOST : undefined);
}

/** An answer that no server gave. A name without an address of this family has none: DNS is not asked for the rest. */
function ownAnswer<T extends AddressType>(name: string, type: T, own: HostAddresses): DnsResult<T> {
  const base = { durationMs: 0, extendedErrors: [], aliases: [], authenticated: false };
  const records = own[type].map((data): DnsRecord<T> => ({ name, type, ttl: 0, data }));
  return records.length === 0 ? { ...base, status: "nodata" } : { ...base, status: "ok", records };
}

/** One name of the search: whether the look-up ends with this result, or goes on to the next. */
async function tryName<T extends AddressType>(
  resolve: Resolve,
  [name, type]: readonly [string, T],
  options: ResolveOptions,
): Promise<{ readonly result: DnsResult<T>; readonly ends: boolean }> {
  const result = await resolve(name, type, options);
  if (result.status === "nxdomain") return { result, ends: false };
  if (result.status !== "nodata") return { result, ends: true };
  // A host with the other family only is found all the same: the two families must not come from two hosts.
  const other = await resolve(name, type === "A" ? "AAAA" : "A", options);
  const durationMs = result.durationMs + other.durationMs;
  if ("detail" in other) return { result: { ...other, durationMs }, ends: true };
  return { result: { ...result, durationMs }, ends: other.status === "ok" };
}

/** Asks for one name after the other until one exists or is not known; else gives the result for the name as written. */
async function search<T extends AddressType>(
  resolve: Resolve,
  [name, type]: readonly [string, T],
  names: readonly string[],
  options: ResolveOptions,
): Promise<DnsResult<T>> {
  let durationMs = 0;
  let asWritten: DnsResult<T> | undefined;
  for (const candidate of names) {
    const { result, ends } = await tryName(resolve, [candidate, type], options);
    durationMs += result.durationMs;
    if (ends) return { ...result, durationMs };
    if (candidate === name) asWritten = result;
  }
  return asWritten ? { ...asWritten, durationMs } : await resolve(name, type, options);
}

/**
 * Finds hosts to connect to as other programs on this machine do: in the hosts file, as `localhost`, in the domains of
 * the search list. Every other question passes through as it is. The search list belongs to the system's servers:
 * a look-up that names its own does without it.
 */
export function withHostNames(resolve: Resolve, settings: HostNamesSettings): Resolve {
  const resolveHost = async <T extends AddressType>(
    name: string,
    type: T,
    options: ResolveOptions,
  ): Promise<DnsResult<T>> => {
    options.signal?.throwIfAborted();
    const canonical = canonicalName(name);
    const own = ownAddresses(canonical, settings.hosts());
    if (own) return ownAnswer(canonical, type, own);
    const names = options.servers?.length ? [name] : searchNames(name, settings.search, settings.ndots);
    if (names.length === 1) return await resolve(name, type, options);
    return await search(resolve, [name, type], names, options);
  };
  return async <T extends DnsType>(
    name: string,
    type: T,
    options: ResolveOptions = {},
  ): Promise<DnsResult<T>> => {
    if (options.host !== true || (type !== "A" && type !== "AAAA")) return await resolve(name, type, options);
    // The result is of the type asked for, which the compiler cannot see.
    return (await resolveHost(name, type, options)) as DnsResult<T>;
  };
}
