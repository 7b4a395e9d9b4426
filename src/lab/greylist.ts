const TRIPLETS = 10_000;

/** Remembers when a triplet of client, sender and recipient was first seen (RFC 6647 section 2.2). */
export class Greylist {
  readonly #firstSeen = new Map<string, number>();

  /** Whether the triplet is still to wait. */
  holds(client: string, from: string, to: string, delayMs: number, now: number): boolean {
    const key = JSON.stringify([client, from.toLowerCase(), to.toLowerCase()]);
    const first = this.#firstSeen.get(key);
    if (first !== undefined) return now - first < delayMs;
    const oldest = this.#firstSeen.keys().next();
    if (this.#firstSeen.size >= TRIPLETS && oldest.done !== true) this.#firstSeen.delete(oldest.value);
    this.#firstSeen.set(key, now);
    return true;
  }

  clear(): void {
    this.#firstSeen.clear();
  }
}
