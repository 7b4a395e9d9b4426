import type { Clock } from "../../model/probe.ts";

/** How late a deadline may fire, milliseconds. */
const TICK_MS = 10;

/** A deadline in the wheel. */
export interface Deadline {
  /** Takes it out; idempotent. */
  cancel(): void;
}

/**
 * Many deadlines on one timer: a timer for each query costs more than the query (several thousand a second).
 * Deadlines of the same tick share a bucket. The timer runs only while there is a deadline, and never keeps the
 * process alive: whoever waits holds a socket that does.
 */
export class TimerWheel {
  readonly #clock: Clock;
  readonly #buckets = new Map<number, Set<() => void>>();
  #next = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `fire` once, `ms` milliseconds from now, at most one tick late. */
  after(ms: number, fire: () => void): Deadline {
    const now = this.#clock.monotonic();
    if (!this.#timer) {
      this.#next = Math.floor(now / TICK_MS);
      this.#timer = setInterval(() => this.#turn(), TICK_MS);
      this.#timer.unref();
    }
    const tick = Math.max(Math.ceil((now + ms) / TICK_MS), this.#next);
    const bucket = this.#buckets.get(tick) ?? new Set();
    this.#buckets.set(tick, bucket);
    bucket.add(fire);
    return {
      cancel: () => {
        bucket.delete(fire);
        if (bucket.size === 0 && this.#buckets.get(tick) === bucket) this.#buckets.delete(tick);
      },
    };
  }

  #turn(): void {
    const now = Math.floor(this.#clock.monotonic() / TICK_MS);
    const due = this.#due(now);
    // Before anything fires: what fires may ask for a new deadline, which must not land in a tick already passed.
    this.#next = now + 1;
    for (const [tick, bucket] of due) {
      this.#buckets.delete(tick);
      for (const fire of bucket) fire();
    }
    if (this.#buckets.size === 0) this.stop();
  }

  /** Buckets up to `now`, by whichever way is shorter: tick by tick, or through the buckets (a clock that leapt). */
  #due(now: number): [number, Set<() => void>][] {
    if (now - this.#next > this.#buckets.size) return [...this.#buckets].filter(([tick]) => tick <= now);
    const due: [number, Set<() => void>][] = [];
    for (let tick = this.#next; tick <= now; tick++) {
      const bucket = this.#buckets.get(tick);
      if (bucket) due.push([tick, bucket]);
    }
    return due;
  }

  /** Stops the timer and forgets what was waiting, without firing it. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#buckets.clear();
  }
}
