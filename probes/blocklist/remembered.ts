import { z } from "zod";
import type { Listing, ListingUnknown } from "../../src/model/evidence.ts";
import type { Memory } from "../../src/model/probe.ts";

/** The outer shape is checked; only we write under this key. */
const remembered = z.record(
  z.string(),
  z.object({
    at: z.number(),
    listing: z.custom<Listing>((value) => typeof value === "object" && value !== null && "list" in value),
  }),
);

interface Remembered {
  /** Milliseconds since the epoch: it may outlive the process. */
  readonly at: number;
  readonly listing: Listing;
}

/** Nothing stands against asking again in the next run: the list was not reached, or is dead and pays for nothing. */
const NOT_REACHED: ReadonlySet<ListingUnknown> = new Set<ListingUnknown>([
  "dead",
  "servfail",
  "dns_refused",
  "timeout",
  "malformed",
]);

/** What the lists said about this address in earlier runs, so that none is asked more often than it likes. */
export class RememberedListings {
  readonly #memory: Memory;
  readonly #key: string;
  readonly #listings: Map<string, Remembered>;

  /** By address: a reload may put another one under the same name. */
  constructor(memory: Memory, address: string) {
    this.#memory = memory;
    this.#key = `listings ${address}`;
    const parsed = remembered.safeParse(memory.recall(this.#key));
    this.#listings = new Map(parsed.success ? Object.entries(parsed.data) : []);
  }

  /** What the list said less than `minIntervalMs` ago. A clock that was set back does not make it last longer. */
  recent(list: string, minIntervalMs: number, now: number): Listing | undefined {
    const found = this.#listings.get(list);
    if (!found || now < found.at || now - found.at >= minIntervalMs) return undefined;
    return { ...found.listing, askedAt: found.at, durationMs: 0 };
  }

  add(listing: Listing, now: number): void {
    if (listing.reason && NOT_REACHED.has(listing.reason)) return;
    this.#listings.set(listing.list, { at: now, listing });
  }

  /** Writes down what is known of these lists; the others are no longer asked. */
  save(lists: ReadonlySet<string>): void {
    const kept = [...this.#listings].filter(([list]) => lists.has(list));
    this.#memory.remember(this.#key, Object.fromEntries(kept));
  }
}
