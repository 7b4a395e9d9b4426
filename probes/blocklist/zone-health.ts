import type { ProbeIo } from "../../src/model/probe.ts";
import { judgeHealth, type ZoneHealth } from "../../src/standards/dnsbl/health.ts";
import { queryName, queryZone } from "../../src/standards/dnsbl/query.ts";
import { testPointsOf } from "../../src/standards/dnsbl/zone.ts";
import type { ListChoice } from "./options.ts";
import { isDeadline, untilAborted } from "./wait.ts";

/**
 * How long a list that could not be reached is not asked again: it has cost its timeout. A dead list is among them:
 * a resolver that filters makes lists look dead, and its repair must show.
 */
const UNREACHABLE_MS = 60_000;
const UNREACHABLE: ReadonlySet<string> = new Set(["timeout", "servfail", "dns_refused", "malformed", "dead"]);

/** Least time that a list is given before its silence counts. */
const PATIENCE_MS = 1000;

interface Entry {
  health: ZoneHealth | undefined;
  /** Monotonic milliseconds. */
  askedAt: number;
  flight: Promise<void> | undefined;
}

/** Who asks, and how. */
export interface Asking {
  readonly io: Pick<ProbeIo, "resolve" | "signal" | "clock">;
  readonly servers: readonly string[] | undefined;
  /** Called before each query. */
  count(queries: number): void;
}

function lifetime(health: ZoneHealth, minIntervalMs: number): number {
  const unreachable = !health.healthy && UNREACHABLE.has(health.reason);
  return unreachable ? Math.min(minIntervalMs, UNREACHABLE_MS) : minIntervalMs;
}

/**
 * Whether lists can be believed, remembered for all addresses of this process: the test points of a list are asked
 * once a cycle, and a dead list costs one timeout in all. Addresses that ask at the same time share one question.
 */
export class ZoneHealths {
  readonly #entries = new Map<string, Entry>();

  /** `maxAgeMs`: how old an answer may be, if less than the list's own interval. Rejects when the run is aborted. */
  async of(list: ListChoice, asking: Asking, maxAgeMs = Number.POSITIVE_INFINITY): Promise<ZoneHealth> {
    const { clock, signal } = asking.io;
    // The name with its key tells subscriptions apart. It stays in here.
    const name = queryZone(list.zone, list.key?.reveal());
    const key = `${name} ${asking.servers?.join(" ") ?? ""}`;
    const entry = this.#entries.get(key) ?? { health: undefined, askedAt: 0, flight: undefined };
    this.#entries.set(key, entry);
    const since = clock.monotonic();
    while (true) {
      signal.throwIfAborted();
      const { health, askedAt } = entry;
      const age = clock.monotonic() - askedAt;
      // What was asked while we waited is fresh enough for anybody.
      const limit = health && Math.min(lifetime(health, list.zone.minIntervalMs), maxAgeMs);
      if (health && limit !== undefined && (age < limit || askedAt >= since)) return health;
      const mine = entry.flight === undefined;
      entry.flight ??= this.#ask(entry, list, name, asking).finally(() => {
        entry.flight = undefined;
      });
      if (mine) await entry.flight;
      else await untilAborted(entry.flight, signal);
      if (mine && entry.health) return entry.health;
    }
  }

  async #ask(entry: Entry, list: ListChoice, zoneName: string, asking: Asking): Promise<void> {
    const points = testPointsOf(list.zone);
    const { io, servers } = asking;
    const options = { signal: io.signal, ...(servers && { servers }) };
    const ask = (point: string) => io.resolve(queryName(point, zoneName), "A", options);
    let health: ZoneHealth = { healthy: true };
    if (points) {
      const startedAt = io.clock.monotonic();
      asking.count(points.unlisted === undefined ? 1 : 2);
      try {
        const [listed, unlisted] = await Promise.all([
          ask(points.listed),
          points.unlisted === undefined ? undefined : ask(points.unlisted),
        ]);
        health = judgeHealth(list.zone, listed, unlisted);
      } catch (error) {
        // Silent until the deadline: the next address must not pay for that again. A deadline that came at once, such
        // as that of an impatient scraper, tells nothing about the list.
        const waitedMs = io.clock.monotonic() - startedAt;
        if (!isDeadline(io.signal) || waitedMs < PATIENCE_MS) throw error;
        health = { healthy: false, reason: "timeout", answers: [] };
      }
    }
    entry.health = health;
    entry.askedAt = io.clock.monotonic();
  }
}
