import { z } from "zod";
import type { Listing, ListingUnknown } from "../../src/model/evidence.ts";
import type { Memory } from "../../src/model/probe.ts";

const MEMORY_KEY = "listings";

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
  readonly #listings: Map<string, Remembered>;

  constructor(memory: Memory) {
    this.#memory = memory;
    const parsed = remembered.safeParse(memory.recall(MEMORY_KEY));
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
    this.#memory.remember(MEMORY_KEY, Object.fromEntries(kept));
  }
}
