import { Fifo } from "./fifo.ts";
import type { Pace } from "./pace.ts";

export interface Limits {
  /** Runs at the same time, in all; at least 1. */
  readonly concurrency: number;
  /** Runs at the same time for each key of a destination; at least 1. */
  readonly perDestination: number;
}

/**
 * Enough for 10,000 jobs a minute of a second each, and not so many that our own load shows in the times. A few
 * connections at once from one address are what servers expect (Postfix allows 50, many providers 10 or fewer).
 */
export const DEFAULT_LIMITS: Limits = { concurrency: 200, perDestination: 4 };

/** A place in the queue, and later the permit to run. */
export interface Ticket {
  readonly keys: readonly string[];
  readonly start: (ticket: Ticket) => void;
  /** `parked` at a full destination; `ready`: waits only for a place among all; `gone`: given back. */
  state: "parked" | "ready" | "running" | "gone";
}

/** The limits themselves. Throws `RangeError` when one is below 1 or no whole number. */
export function checkedLimits(limits: Limits): Limits {
  for (const name of ["concurrency", "perDestination"] as const) {
    const value = limits[name];
    if (!Number.isSafeInteger(value) || value < 1) throw new RangeError(`${name} must be at least 1`);
  }
  return limits;
}

/**
 * Who may run now. A ticket first takes a place at each of its destinations, or parks at the first one that is full,
 * where it stands in nobody else's way. Only then it queues for one of the places among all, first come, first served.
 */
export class Admission {
  #limits: Limits;
  readonly #pace: Pace | undefined;
  readonly #ready = new Fifo<Ticket>();
  readonly #parked = new Map<string, Fifo<Ticket>>();
  /** Tickets ready or running, by key; no entry when there is none. */
  readonly #taken = new Map<string, number>();
  #running = 0;

  /** With a pace, who may run starts when it allows that. */
  constructor(limits: Limits, pace?: Pace) {
    this.#limits = checkedLimits(limits);
    this.#pace = pace;
  }

  /** Runs past a limit that was lowered go on; nobody takes their places until they are below it. */
  setLimits(limits: Limits): void {
    this.#limits = checkedLimits(limits);
    for (const key of this.#parked.keys()) this.#unpark(key);
    this.#pump();
  }

  /** Calls `start` as soon as there is room: before this returns, or later. Keys are distinct. */
  request(keys: readonly string[], start: (ticket: Ticket) => void): Ticket {
    const ticket: Ticket = { keys, start, state: "parked" };
    this.#admit(ticket);
    this.#pump();
    return ticket;
  }

  /** Gives places back, of runs that are over and of tickets that wait no more. Idempotent. */
  release(tickets: readonly Ticket[]): void {
    const freed: string[] = [];
    for (const ticket of tickets) {
      if (ticket.state === "running") this.#running -= 1;
      if (ticket.state === "running" || ticket.state === "ready") freed.push(...ticket.keys);
      ticket.state = "gone";
    }
    for (const key of freed) this.#leave(key);
    for (const key of freed) this.#unpark(key);
    this.#pump();
  }

  #isFull(key: string): boolean {
    return (this.#taken.get(key) ?? 0) >= this.#limits.perDestination;
  }

  #admit(ticket: Ticket): void {
    const full = ticket.keys.find((key) => this.#isFull(key));
    if (full !== undefined) {
      this.#park(ticket, full);
      return;
    }
    for (const key of ticket.keys) this.#taken.set(key, (this.#taken.get(key) ?? 0) + 1);
    ticket.state = "ready";
    this.#ready.push(ticket);
  }

  #park(ticket: Ticket, key: string): void {
    const queue = this.#parked.get(key) ?? new Fifo<Ticket>();
    this.#parked.set(key, queue);
    queue.push(ticket);
  }

  #leave(key: string): void {
    const left = (this.#taken.get(key) ?? 0) - 1;
    if (left > 0) this.#taken.set(key, left);
    else this.#taken.delete(key);
  }

  /** Whoever parked at a key with room goes on. Who then finds another key full parks there, and the next is asked. */
  #unpark(key: string): void {
    const queue = this.#parked.get(key);
    if (queue === undefined) return;
    while (!this.#isFull(key) && queue.size > 0) {
      const ticket = queue.shift();
      if (ticket?.state === "parked") this.#admit(ticket);
    }
    if (queue.size === 0) this.#parked.delete(key);
  }

  readonly #pumpLater = (): void => this.#pump();

  #pump(): void {
    while (this.#running < this.#limits.concurrency && this.#ready.size > 0) {
      if (this.#pace?.admits(this.#pumpLater) === false) return;
      const ticket = this.#ready.shift();
      if (ticket?.state !== "ready") continue;
      ticket.state = "running";
      this.#running += 1;
      this.#pace?.started(this.#ready.size);
      ticket.start(ticket);
    }
  }
}
