import { isIPv4, isIPv6 } from "node:net";

import { FaultError } from "../model/observation.ts";

/** How many sessions may be open at once. */
export interface GateLimits {
  /** To one IP address. */
  readonly perAddress: number;
  /** To one operator: hosts whose names end in the same two labels. */
  readonly perOperator: number;
}

export const DEFAULT_GATE_LIMITS: GateLimits = { perAddress: 4, perOperator: 10 };

/** Gives the place back; later calls change nothing. */
export type Leave = () => void;

interface Place {
  taken: number;
  readonly queue: (() => void)[];
}

/**
 * Keeps the number of sessions to one destination low: providers answer a monitor that opens many with 421 or a block,
 * and the target would be blamed for it. First come, first served. Loopback is let through: it has no operator.
 */
export class DestinationGate {
  readonly #limits: GateLimits;
  readonly #places = new Map<string, Place>();

  constructor(limits: GateLimits = DEFAULT_GATE_LIMITS) {
    this.#limits = limits;
  }

  /** Whether `enter` would not wait. */
  isOpen(host: string, address: string): boolean {
    return keysOf(host, address).every((key) => {
      const place = this.#places.get(key);
      return place === undefined || place.taken < this.#limit(key);
    });
  }

  /** Takes a place; waits for one when all are taken. Rejects with the fault `aborted` when the signal ends the wait. */
  async enter(host: string, address: string, signal: AbortSignal): Promise<Leave> {
    const left: Leave[] = [];
    const leave = (): void => {
      for (const one of left.splice(0)) one();
    };
    try {
      // Address first: who waits for a busy address does not hold a place of the operator.
      for (const key of keysOf(host, address)) left.push(await this.#take(key, host, signal));
      return leave;
    } catch (error) {
      leave();
      throw error;
    }
  }

  async #take(key: string, host: string, signal: AbortSignal): Promise<Leave> {
    const place = this.#places.get(key) ?? { taken: 0, queue: [] };
    this.#places.set(key, place);
    if (place.taken < this.#limit(key)) place.taken += 1;
    else await waitIn(place.queue, host, signal);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      // The place goes to the next in line as it is: `taken` does not change, and nobody can overtake.
      const next = place.queue.shift();
      if (next !== undefined) return next();
      place.taken -= 1;
      if (place.taken === 0) this.#places.delete(key);
    };
  }

  #limit(key: string): number {
    return key.startsWith("address ") ? this.#limits.perAddress : this.#limits.perOperator;
  }
}

async function waitIn(queue: (() => void)[], host: string, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const enter = (): void => {
      signal.removeEventListener("abort", giveUp);
      resolve();
    };
    const giveUp = (): void => {
      const at = queue.indexOf(enter);
      if (at !== -1) queue.splice(at, 1);
      const message = `waited for a free slot to ${host}`;
      reject(new FaultError({ code: "aborted", phase: "connect", message, detail: "own_limit" }));
    };
    if (signal.aborted) return giveUp();
    signal.addEventListener("abort", giveUp, { once: true });
    queue.push(enter);
  });
}

function keysOf(host: string, address: string): readonly string[] {
  if (isLoopback(address)) return [];
  const operator = operatorOf(host);
  return operator === undefined ? [`address ${address}`] : [`address ${address}`, `operator ${operator}`];
}

function isLoopback(address: string): boolean {
  return address === "::1" || (isIPv4(address) && address.startsWith("127."));
}

/** The last two labels: coarse under `co.uk`, where it only makes us more careful. An address has no name to go by. */
function operatorOf(host: string): string | undefined {
  const name = host.replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "");
  if (isIPv4(name) || isIPv6(name)) return undefined;
  return name.toLowerCase().split(".").slice(-2).join(".");
}
