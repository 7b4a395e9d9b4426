import type { Clock } from "../model/probe.ts";
import { systemTimers, type Timers } from "./clock.ts";

/** Whoever waits is to start within this time, however many they are: then the spacing shrinks. */
const DRAIN_MS = 4000;

export interface PaceParts {
  /** Least time between two starts, milliseconds; 0: none. */
  readonly spacingMs: number;
  readonly clock: Pick<Clock, "monotonic">;
  readonly timers?: Timers;
}

/**
 * Spreads what is due at once. A thousand handshakes at the same moment would keep the CPU busy for a second, and each
 * probe would take the time that it waits for the CPU for its server's.
 */
export class Pace {
  readonly #parts: PaceParts;
  readonly #timers: Timers;
  #next = Number.NEGATIVE_INFINITY;
  #timer: unknown;

  constructor(parts: PaceParts) {
    this.#parts = parts;
    this.#timers = parts.timers ?? systemTimers;
  }

  /** Whether one may start now. If not, `later` is called when it may; one such call is outstanding at most. */
  admits(later: () => void): boolean {
    const wait = this.#next - this.#parts.clock.monotonic();
    if (wait <= 0) return true;
    this.#timer ??= this.#timers.set(() => {
      this.#timer = undefined;
      later();
    }, Math.ceil(wait));
    return false;
  }

  /** One has started, and so many wait. A timer that came late is made up for by one spacing at most. */
  started(waiting = 0): void {
    const spacingMs = Math.min(this.#parts.spacingMs, DRAIN_MS / (waiting + 1));
    this.#next = Math.max(this.#next, this.#parts.clock.monotonic() - spacingMs) + spacingMs;
  }

  /** Forgets whoever was to be called later. */
  close(): void {
    this.#timers.clear(this.#timer);
    this.#timer = undefined;
  }
}
