import type { ListingUnknown } from "../../model/evidence.ts";

/** What a list can be asked about. */
export type ListedKind = "ipv4" | "ipv6" | "domain";

/**
 * Meaning of an answer. `match` is four octets, each a number, a range `4-7` or `*`. An answer says `listed` unless
 * told otherwise: some lists answer for good senders too.
 */
export interface ZoneCode {
  readonly match: string;
  readonly meaning: string;
  readonly says?: "listed" | "not_listed";
}

/** An answer by which the list says that it does not answer. */
export interface ZoneRefusal {
  readonly match: string;
  readonly reason: ListingUnknown;
}

/** Two entries by which a list shows that it works (RFC 5782 section 5). */
export interface TestPoints {
  /** Must be listed. */
  readonly listed: string;
  /** Must not be listed; absent for lists that break this rule. */
  readonly unlisted?: string;
}

/** One DNS blocklist or allowlist, as data. */
export interface DnsblZone {
  /** Stable and without any key: the metric label `list`. */
  readonly id: string;
  readonly title: string;
  /** Zone that is asked without a key. */
  readonly zone: string;
  /** Zone that is asked with a key: `KEY.zone`. */
  readonly keyedZone?: string;
  readonly kinds: readonly ListedKind[];
  /** Documented answers. With a table, an answer outside it is `unlisted_code`; without one, all of 127/8 is a listing. */
  readonly codes?: readonly ZoneCode[];
  /** Bits of the last octet: each set bit is a listing of its own. */
  readonly bits?: readonly { readonly bit: number; readonly meaning: string }[];
  /** The bit that says "you may not ask" instead. */
  readonly refusalBit?: number;
  /** Beside the refusals that all lists share; checked first. */
  readonly refusals?: readonly ZoneRefusal[];
  /** Listed is good news. */
  readonly white?: boolean;
  /** Lists whole allocations: shown, never paged. */
  readonly informational?: boolean;
  /** `false`: the list has none, and its health cannot be known. Absent: as RFC 5782 says. */
  readonly testPoints?: TestPoints | false;
  /** Least time between two look-ups of one address, milliseconds. */
  readonly minIntervalMs: number;
  /** Who may ask how often. */
  readonly termsUrl?: string;
  readonly delistUrl?: string;
  /** Day on which this description was last compared with what the list publishes. */
  readonly checkedOn?: string;
  /** Asked when the configuration names no lists. */
  readonly byDefault?: boolean;
}

/** What lists ask of those who look up often. */
export const MIN_INTERVAL_MS = 15 * 60_000;

const RFC5782_TEST_POINTS: Readonly<Record<ListedKind, TestPoints>> = {
  ipv4: { listed: "127.0.0.2", unlisted: "127.0.0.1" },
  ipv6: { listed: "::ffff:127.0.0.2", unlisted: "::ffff:127.0.0.1" },
  domain: { listed: "test", unlisted: "invalid" },
};

/** The test points of a list; one pair for each list, the IPv4 pair where it has one. */
export function testPointsOf(zone: DnsblZone): TestPoints | undefined {
  if (zone.testPoints === false) return undefined;
  const [first = "ipv4"] = zone.kinds;
  return zone.testPoints ?? RFC5782_TEST_POINTS[zone.kinds.includes("ipv4") ? "ipv4" : first];
}
