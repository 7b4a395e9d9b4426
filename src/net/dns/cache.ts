import type { DnsResult, DnsType, ResolveOptions } from "../../model/dns.ts";
import type { Clock } from "../../model/probe.ts";
import { canonicalName } from "../../standards/dns/name.ts";
import type { Looked } from "./lookup.ts";

/** One look-up that also says how long its result may be kept. */
export type Lookup = <T extends DnsType>(
  name: string,
  type: T,
  options?: ResolveOptions,
) => Promise<Looked<T>>;

export interface CacheSettings {
  /** Results kept at most; the oldest goes first. Default 10,000. */
  readonly maxEntries?: number;
  /** Seconds that a positive answer is kept at most. Default 3,600. */
  readonly maxTtl?: number;
  /** Seconds that a negative answer is kept at most. Default 900. */
  readonly maxNegativeTtl?: number;
}

/** An answer with more records is not kept: a hostile zone can put thousands into each of its names. */
const RECORDS_MAX = 64;

interface Entry {
  readonly result: DnsResult;
  /** Monotonic milliseconds. */
  readonly storedAt: number;
  readonly expiresAt: number;
}

export interface CacheCounters {
  hits: number;
  misses: number;
}

/** The result as it is `ageMs` later: times to live have counted down, and no server was asked. */
function aged<T extends DnsType>(result: DnsResult<T>, ageMs: number): DnsResult<T> {
  const { server: _, ...rest } = result;
  if (rest.status !== "ok") return { ...rest, durationMs: 0 };
  const age = Math.floor(ageMs / 1000);
  const records = rest.records.map((record) => ({ ...record, ttl: Math.max(0, record.ttl - age) }));
  return { ...rest, records, durationMs: 0 };
}

/**
 * Keeps answers for their time to live and negative answers as RFC 2308 says: for the SOA minimum, and not at all
 * without an SOA. SERVFAIL, REFUSED, timeouts and garbage are never kept: they are no knowledge.
 */
export function withCache(
  lookup: Lookup,
  clock: Clock,
  counters: CacheCounters,
  settings: CacheSettings = {},
): Lookup {
  const { maxEntries = 10_000, maxTtl = 3_600, maxNegativeTtl = 900 } = settings;
  const entries = new Map<string, Entry>();
  const store = (key: string, { result, ttl }: Looked): void => {
    const kept = Math.min(ttl ?? 0, result.status === "ok" ? maxTtl : maxNegativeTtl);
    entries.delete(key);
    if (kept <= 0 || (result.status === "ok" && result.records.length > RECORDS_MAX)) return;
    const storedAt = clock.monotonic();
    entries.set(key, { result, storedAt, expiresAt: storedAt + kept * 1000 });
    const [oldest] = entries.keys();
    if (entries.size > maxEntries && oldest !== undefined) entries.delete(oldest);
  };
  return async <T extends DnsType>(name: string, type: T, options?: ResolveOptions): Promise<Looked<T>> => {
    const key = `${type} ${canonicalName(name)} ${options?.servers?.join(",") ?? ""}`;
    const entry = entries.get(key);
    const now = clock.monotonic();
    if (entry && entry.expiresAt > now) {
      counters.hits += 1;
      const result = aged(entry.result, now - entry.storedAt) as DnsResult<T>;
      return { result, ttl: (entry.expiresAt - now) / 1000 };
    }
    counters.misses += 1;
    const looked = await lookup(name, type, options);
    store(key, looked);
    return looked;
  };
}
