import type { Timers } from "../../src/engine/clock.ts";
import { MinHeap } from "../../src/engine/heap.ts";
import type { Clock } from "../../src/model/probe.ts";

interface VirtualTimer {
  readonly at: number;
  readonly fn: () => void;
  cleared: boolean;
}

/** Lets everything run that has been promised, however long the chain of promises is. */
export function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/**
 * Time that passes only when told: a day in a second. The wall clock and the monotonic clock part when the wall clock
 * is set or the machine is suspended; timers follow the monotonic one, as they do in Linux.
 */
export class VirtualTime {
  #wall: number;
  #monotonic = 0;
  readonly #queue = new MinHeap<VirtualTimer>((timer) => timer.at);
  #pending = 0;

  /** `start`: of the wall clock; something that `Date` understands. */
  constructor(start: string) {
    this.#wall = Date.parse(start);
  }

  readonly clock: Clock = { now: () => this.#wall, monotonic: () => this.#monotonic };

  readonly timers: Timers = {
    set: (fn, ms) => {
      const timer: VirtualTimer = { at: this.#monotonic + ms, fn, cleared: false };
      this.#queue.push(timer);
      this.#pending += 1;
      return timer;
    },
    clear: (handle) => {
      const timer = handle as VirtualTimer | undefined;
      if (timer === undefined || timer.cleared) return;
      timer.cleared = true;
      this.#pending -= 1;
    },
  };

  /** Timers that have neither fired nor been cleared. */
  get pending(): number {
    return this.#pending;
  }

  /** Resolves after so many milliseconds of this time. */
  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.timers.set(resolve, ms);
    });
  }

  /** Sets the wall clock forward (or back), as an operator or NTP does. */
  setWallClock(byMs: number): void {
    this.#wall += byMs;
  }

  /** The machine sleeps: the wall clock goes on, timers and the monotonic clock do not. */
  suspend(ms: number): void {
    this.setWallClock(ms);
  }

  /** Lets time pass, firing timers in their order. Those of one moment fire together. */
  async advance(ms: number): Promise<void> {
    const end = this.#monotonic + ms;
    await settle();
    for (let top = this.#queue.peek(); top !== undefined && top.at <= end; top = this.#queue.peek()) {
      const { at } = top;
      this.#moveTo(at);
      let fired = false;
      for (let next = this.#queue.peek(); next !== undefined && next.at <= at; next = this.#queue.peek()) {
        this.#queue.pop();
        if (next.cleared) continue;
        this.timers.clear(next);
        fired = true;
        next.fn();
      }
      if (fired) await settle();
    }
    this.#moveTo(end);
  }

  #moveTo(monotonic: number): void {
    this.#wall += monotonic - this.#monotonic;
    this.#monotonic = monotonic;
  }
}
