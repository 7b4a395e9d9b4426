import type { DnsData, DnsType } from "../model/dns.ts";

/** Records of one name; all absent: the name exists without records. */
export type ZoneEntry = { readonly [Type in DnsType]?: readonly DnsData[Type][] } & {
  /** The answer carries the AD flag, as from a validating resolver. */
  readonly ad?: boolean;
  /** Seconds; 1 when absent, so that a fault switched on is soon seen through caches. */
  readonly ttl?: number;
};

/** Names in lower case, without the final dot. */
export type Zone = Readonly<Record<string, ZoneEntry>>;

export interface ZoneRecord {
  readonly name: string;
  readonly type: DnsType;
  readonly ttl: number;
  readonly data: DnsData[DnsType];
}

export interface ZoneAnswer {
  readonly rcode: "NOERROR" | "NXDOMAIN";
  /** Aliases on the way first; empty with NOERROR is NODATA. */
  readonly records: readonly ZoneRecord[];
  readonly ad: boolean;
}

const ALIASES = 16;

/** Answers as a recursive server with that zone behind it would: aliases followed, empty non-terminals exist. */
export class ZoneData {
  readonly #entries = new Map<string, ZoneEntry>();
  readonly #ancestors = new Map<string, number>();

  constructor(zone: Zone) {
    for (const [name, entry] of Object.entries(zone)) this.set(name, entry);
  }

  /** Puts a name in, in place of what was there, or takes it out. */
  set(name: string, entry: ZoneEntry | undefined): void {
    const key = name.toLowerCase();
    if (this.#entries.has(key)) this.#countAncestors(key, -1);
    this.#entries.delete(key);
    if (entry === undefined) return;
    this.#entries.set(key, entry);
    this.#countAncestors(key, 1);
  }

  get(name: string): ZoneEntry | undefined {
    return this.#entries.get(name.toLowerCase());
  }

  answer(name: string, type: DnsType): ZoneAnswer {
    const records: ZoneRecord[] = [];
    let current = name.toLowerCase();
    let ad = true;
    for (let hop = 0; hop < ALIASES; hop += 1) {
      const entry = this.#entries.get(current);
      ad &&= entry?.ad === true;
      if (entry === undefined) {
        return { rcode: this.#ancestors.has(current) ? "NOERROR" : "NXDOMAIN", records, ad };
      }
      const found = entry[type] ?? [];
      const ttl = entry.ttl ?? 1;
      for (const data of found) records.push({ name: hop === 0 ? name : current, type, ttl, data });
      const alias = entry.CNAME?.[0];
      if (found.length > 0 || alias === undefined) break;
      records.push({ name: hop === 0 ? name : current, type: "CNAME", ttl, data: alias });
      current = alias.toLowerCase();
    }
    return { rcode: "NOERROR", records, ad };
  }

  #countAncestors(name: string, change: 1 | -1): void {
    const labels = name.split(".");
    for (let first = 1; first < labels.length; first += 1) {
      const ancestor = labels.slice(first).join(".");
      const count = (this.#ancestors.get(ancestor) ?? 0) + change;
      if (count > 0) this.#ancestors.set(ancestor, count);
      else this.#ancestors.delete(ancestor);
    }
  }
}
