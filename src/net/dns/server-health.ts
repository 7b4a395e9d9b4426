import type { Clock } from "../../model/probe.ts";
import { formatServerAddress, type ServerAddress } from "../../standards/dns/server-address.ts";

/** Silences in a row after which a server is asked last. */
const SILENCES = 2;
const PENALTY_MS = 5_000;
const PENALTY_MAX_MS = 60_000;

interface Health {
  silences: number;
  /** Monotonic milliseconds. */
  lastUntil: number;
}

/** Remembers which servers were silent, so that a dead first server does not cost its timeout on every look-up. */
export class ServerHealth {
  readonly #clock: Clock;
  readonly #health = new Map<string, Health>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The servers in the order in which to ask them: as given, the silent ones last. */
  order(servers: readonly ServerAddress[]): readonly ServerAddress[] {
    if (servers.length < 2 || this.#health.size === 0) return servers;
    const now = this.#clock.monotonic();
    const silent = (server: ServerAddress): boolean =>
      (this.#health.get(formatServerAddress(server))?.lastUntil ?? 0) > now;
    return [...servers.filter((server) => !silent(server)), ...servers.filter(silent)];
  }

  answered(server: ServerAddress): void {
    this.#health.delete(formatServerAddress(server));
  }

  /** The penalty doubles with each further silence. */
  silent(server: ServerAddress): void {
    const key = formatServerAddress(server);
    const silences = (this.#health.get(key)?.silences ?? 0) + 1;
    const penalty = silences < SILENCES ? 0 : PENALTY_MS * 2 ** Math.min(silences - SILENCES, 10);
    this.#health.set(key, {
      silences,
      lastUntil: this.#clock.monotonic() + Math.min(penalty, PENALTY_MAX_MS),
    });
  }
}
