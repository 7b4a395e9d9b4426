import type { BlocklistEvidence, Listing, ListingUnknown } from "../../src/model/evidence.ts";
import type { Finding } from "../../src/model/observation.ts";
import { queryName } from "../../src/standards/dnsbl/query.ts";
import { testPointsOf } from "../../src/standards/dnsbl/zone.ts";
import type { BlocklistOptions } from "./options.ts";

interface Wording {
  readonly what: string;
  /** `{test_point}` stands for the name under which the list must answer. */
  readonly remedy: string;
}

const OWN_RESOLVER =
  "Look up through a recursive resolver of your own (`resolver: { servers: [...] }`, or `--resolver`), not a public or provider's one.";
const DROP_LIST = "Take the list out of the configuration: receivers have stopped using it, or should.";
const CHECK_RESOLVER = "Look whether the resolver works: ask it for {test_point}, which must be listed.";

/** Why a list says nothing, after its name: "spamcop: …". */
const WORDINGS: Readonly<Record<ListingUnknown, Wording>> = {
  refused_public_resolver: {
    what: "refuses the resolver: it answers no public or unregistered resolvers",
    remedy: `${OWN_RESOLVER} Or get a key, such as Spamhaus DQS.`,
  },
  refused_quota: {
    what: "refuses: too many queries from this resolver",
    remedy: "Ask less often, or get a subscription and set its `key`.",
  },
  refused_typo: {
    what: "says that its zone is misspelt or cannot be asked about this",
    remedy: "Compare the zone with the terms of the list; use the preset where there is one.",
  },
  refused: { what: "refuses to answer", remedy: `${OWN_RESOLVER} Read the terms of the list.` },
  lists_the_world: {
    what: "lists everything, also the test point that must never be listed",
    remedy: DROP_LIST,
  },
  dead: {
    what: "does not list its own test point: it is dead or empty",
    remedy:
      "Take the list out of the configuration, unless another resolver finds {test_point}: then change the resolver.",
  },
  answer_outside_127: {
    what: "answered with an address outside 127/8: a hijacked NXDOMAIN, or a domain that changed hands",
    remedy: `${OWN_RESOLVER} If that changes nothing, take the list out.`,
  },
  unlisted_code: {
    what: "answered with a code that it does not document",
    remedy: "Read what the list publishes about its codes; the answer is in the evidence.",
  },
  servfail: { what: "could not be asked: SERVFAIL", remedy: CHECK_RESOLVER },
  dns_refused: { what: "could not be asked: the resolver refuses (REFUSED)", remedy: CHECK_RESOLVER },
  timeout: { what: "did not answer in time", remedy: CHECK_RESOLVER },
  malformed: { what: "could not be asked: the answer was no valid DNS message", remedy: CHECK_RESOLVER },
  not_applicable: {
    what: "has no entries for this kind of address",
    remedy: "Configure a list of addresses for an address, a list of domains for a domain.",
  },
  min_interval: { what: "was not asked: it wants to be asked less often", remedy: "Nothing to do." },
};

function names(listings: readonly Listing[]): string {
  return listings.map(({ list }) => list).join(", ");
}

/** Meaning and code, then the list's own words: ": SBL: spam source (127.0.0.2): “…”". */
function reasonOf({ meanings, answers, text }: Listing): string {
  const meaning = `${meanings.length > 0 ? `: ${meanings.join("; ")}` : ""} (${answers.join(", ")})`;
  return text === undefined ? meaning : `${meaning}: “${text}”`;
}

function judgeListed(listing: Listing, address: string, delistUrl: string | undefined): Finding {
  const { list, white, informational } = listing;
  const what = `${address} is listed by ${list}${reasonOf(listing)}`;
  if (white) return { id: "allowlisted", verdict: "pass", message: what };
  const remedy = `Find and stop what got it listed first, then ask for removal${delistUrl ? `: ${delistUrl}` : " at the list"}.`;
  if (!informational) return { id: "blocklisted", verdict: "fail", message: what, remedy };
  return {
    id: "blocklisted_informational",
    verdict: "warn",
    message: `${what}. This list takes in whole allocations; few receivers refuse mail for it`,
    remedy: "Ask the network's provider; there is nothing to remove for one address.",
  };
}

/** Where the list must answer; a name with a key in it is not shown. */
function testPointOf(list: string | undefined, { lists }: BlocklistOptions): string {
  const choice = lists.find(({ zone }) => zone.id === list);
  const point = choice && testPointsOf(choice.zone)?.listed;
  if (!choice || choice.key || point === undefined) return "the list's test point";
  return `\`${queryName(point, choice.zone.zone)}\``;
}

/** One finding for each reason, with the lists that gave it. */
function judgeUnknown(listings: readonly Listing[], options: BlocklistOptions): Finding[] {
  const byReason = Map.groupBy(listings, ({ reason }) => reason ?? "refused");
  return [...byReason].map(([reason, group]) => {
    const { what, remedy } = WORDINGS[reason];
    const seen = [...new Set(group.flatMap(({ answers }) => answers))].slice(0, 8);
    return {
      id: `blocklist_${reason}`,
      verdict: "unknown",
      message: `${names(group)}: ${what}${seen.length > 0 ? ` (answer ${seen.join(", ")})` : ""}`,
      ...((reason === "dead" || reason === "lists_the_world") && { rfc: "RFC 5782 section 5" }),
      remedy: remedy.replace("{test_point}", testPointOf(group[0]?.list, options)),
    };
  });
}

/**
 * Lists that look dead together: a resolver that answers NXDOMAIN to what it filters or cannot reach makes them look
 * so. Empty for one list alone, and when any other list shows that answers come through.
 */
function silencedTogether(listings: readonly Listing[], { lists }: BlocklistOptions): readonly Listing[] {
  const dead = listings.filter(({ reason }) => reason === "dead");
  const tested = new Set(lists.flatMap(({ zone }) => (testPointsOf(zone) ? [zone.id] : [])));
  // What is repeated from an earlier run says nothing about the resolver of this one.
  const lives = ({ list, verdict, answers, askedAt }: Listing): boolean =>
    askedAt === undefined && (answers.length > 0 || (verdict === "not_listed" && tested.has(list)));
  return dead.length < 2 || listings.some(lives) ? [] : dead;
}

function judgeSilenced(silenced: readonly Listing[], options: BlocklistOptions): Finding[] {
  if (silenced.length === 0) return [];
  const point = testPointOf(silenced[0]?.list, options);
  return [
    {
      id: "blocklist_all_dead",
      verdict: "unknown",
      message: `none of ${names(silenced)} lists its own test point: they are hardly all dead, so the resolver filters or fails`,
      rfc: "RFC 5782 section 5",
      remedy: `${OWN_RESOLVER} It works when it finds ${point}.`,
    },
  ];
}

/** Pure: what the lists said, as findings. A list that said nothing is never a listing and never clean. */
export function judgeBlocklist(notes: Partial<BlocklistEvidence>, options: BlocklistOptions): Finding[] {
  const { address = "", listings } = notes;
  if (!listings) return [];
  if (listings.length === 0) {
    const { what, remedy } = WORDINGS.not_applicable;
    return [
      { id: "blocklist_not_applicable", verdict: "unknown", message: `each configured list ${what}`, remedy },
    ];
  }
  const delistUrls = new Map(options.lists.map(({ zone }) => [zone.id, zone.delistUrl]));
  const listed = listings.filter(({ verdict }) => verdict === "listed");
  const clean = listings.filter(({ verdict, white }) => verdict === "not_listed" && !white);
  const findings = listed.map((listing) => judgeListed(listing, address, delistUrls.get(listing.list)));
  const silenced = silencedTogether(listings, options);
  const unknown = listings.filter((listing) => listing.verdict === "unknown" && !silenced.includes(listing));
  findings.push(...judgeSilenced(silenced, options), ...judgeUnknown(unknown, options));
  if (clean.length > 0) {
    findings.push({
      id: "blocklist_clean",
      verdict: "pass",
      message: `${address} is not listed by ${names(clean)}`,
    });
  }
  const unsung = listings.filter(({ verdict, white }) => verdict === "not_listed" && white);
  if (unsung.length > 0) {
    findings.push({
      id: "allowlist_absent",
      verdict: "pass",
      message: `${address} is not on the allowlist ${names(unsung)}, which is no fault`,
    });
  }
  return findings;
}
