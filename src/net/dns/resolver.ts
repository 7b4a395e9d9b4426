import type { DnsType, Resolve, ResolveOptions } from "../../model/dns.ts";
import type { Clock } from "../../model/probe.ts";
import type { Asker } from "./ask.ts";
import { withCache, type CacheCounters, type CacheSettings, type Lookup } from "./cache.ts";
import type { Counters } from "./exchange.ts";
import { withHostNames } from "./host-names.ts";
import { openHostsFile } from "./hosts-file.ts";
import { lookup, type Looked } from "./lookup.ts";
import { ServerHealth } from "./server-health.ts";
import { readServers, systemServers } from "./system-servers.ts";
import { TcpTransport } from "./transport-tcp.ts";
import { UdpTransport } from "./transport-udp.ts";
import { TimerWheel } from "./wheel.ts";

export interface ResolverOptions {
  /** `address`, `address:port` or `[v6]:port`, in the order in which to ask. Default: the system's. */
  readonly servers?: readonly string[];
  /** Wait for the first attempt at each server, milliseconds; doubles with each round. Default 2,000. */
  readonly timeoutMs?: number;
  /** Rounds over silent servers. Default 2. */
  readonly attempts?: number;
  /** Queries in flight towards one server; the others wait in line. Default 128. */
  readonly maxInFlight?: number;
  /** Random letter case in names, checked in the reply, against spoofing. Default off: some servers fold case. */
  readonly case0x20?: boolean;
  /** `false`: every look-up goes to a server. */
  readonly cache?: CacheSettings | false;
  /** In place of the system's, for the tests. */
  readonly system?: SystemFiles;
  readonly clock: Clock;
}

/** What the machine says about names: paths of its files, and its own name. */
export interface SystemFiles {
  readonly resolvConf?: string;
  readonly hosts?: string;
  readonly hostname?: string;
}

/** Counters since the start, and the present load. */
export interface ResolverStats extends Readonly<Counters> {
  readonly cacheHits: number;
  readonly cacheMisses: number;
  readonly inFlight: number;
  readonly queued: number;
}

export interface Resolver {
  readonly resolve: Resolve;
  readonly stats: () => ResolverStats;
  /** Drops every socket and timer. Whoever still waits gets a `timeout`. */
  readonly close: () => void;
}

const TIMEOUT_MS = 2_000;
const ATTEMPTS = 2;
const HOSTS = "/etc/hosts";
/**
 * A receive buffer of Linux' usual size holds 166 small datagrams: of a burst of 200, a server that had no processor at
 * that moment lost 35, and each cost its timeout (measured with rbldnsd).
 */
const MAX_IN_FLIGHT = 128;

/**
 * A stub resolver with what node:dns lacks: AD flag, response codes, extended errors and every record type.
 * Throws `TypeError` when an entry of `servers` is no address.
 */
export function createResolver(options: ResolverOptions): Resolver {
  const { clock, system: files = {} } = options;
  const isConfigured = options.servers !== undefined && options.servers.length > 0;
  const system = isConfigured ? undefined : systemServers(files.resolvConf, files.hostname);
  const servers = system?.servers ?? readServers(options.servers ?? []);
  if ("bad" in servers) throw new TypeError(`not the address of a name server: ${servers.bad}`);
  const counters: Counters = { udp: 0, tcp: 0, timeouts: 0, ignored: 0 };
  const cacheCounters: CacheCounters = { hits: 0, misses: 0 };
  const wheel = new TimerWheel(clock);
  const udp = new UdpTransport(wheel, options.maxInFlight ?? MAX_IN_FLIGHT, counters);
  const tcp = new TcpTransport(wheel, counters);
  const asker: Asker = {
    udp,
    tcp,
    health: new ServerHealth(clock),
    timeoutMs: options.timeoutMs ?? system?.timeoutMs ?? TIMEOUT_MS,
    attempts: options.attempts ?? system?.attempts ?? ATTEMPTS,
    case0x20: options.case0x20 ?? false,
  };
  const direct: Lookup = async <T extends DnsType>(
    name: string,
    type: T,
    { signal, servers: own }: ResolveOptions = {},
  ): Promise<Looked<T>> => {
    const chosen = own && own.length > 0 ? readServers(own) : servers;
    if (!("bad" in chosen)) return lookup(asker, clock, { name, type }, chosen, signal);
    const detail = `not the address of a name server: ${chosen.bad}`;
    return { result: { status: "malformed", detail, durationMs: 0, extendedErrors: [] }, ttl: undefined };
  };
  const cached =
    options.cache === false ? direct : withCache(direct, clock, cacheCounters, options.cache ?? {});
  const resolve: Resolve = async (name, type, options) => {
    options?.signal?.throwIfAborted();
    return (await cached(name, type, options)).result;
  };
  const hosts = openHostsFile(files.hosts ?? HOSTS, clock);
  return {
    resolve: withHostNames(resolve, { hosts, search: system?.search ?? [], ndots: system?.ndots ?? 1 }),
    stats: () => ({
      ...counters,
      cacheHits: cacheCounters.hits,
      cacheMisses: cacheCounters.misses,
      inFlight: udp.inFlight,
      queued: udp.queued,
    }),
    close: () => {
      udp.close();
      tcp.close();
      wheel.stop();
    },
  };
}
