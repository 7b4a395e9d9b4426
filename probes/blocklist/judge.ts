import type { BlocklistEvidence, Listing, ListingUnknown } from "../../src/model/evidence.ts";
import type { Finding } from "../../src/model/observation.ts";
import type { BlocklistOptions } from "./options.ts";

interface Wording {
  readonly what: string;
  readonly remedy: string;
}

const OWN_RESOLVER =
  "Look up through a recursive resolver of your own (`resolver: { servers: [...] }`), not a public or provider's one.";
const DROP_LIST = "Take the list out of the configuration: receivers have stopped using it, or should.";
const CHECK_RESOLVER = "Check the resolver: `dig` the test point of the list through it.";

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
    what: "lists everything, its own negative test point too (RFC 5782 section 5)",
    remedy: DROP_LIST,
  },
  dead: {
    what: "does not list its own test point (RFC 5782 section 5): it is dead or empty",
    remedy: DROP_LIST,
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

/** Meaning and code: "SBL: spam source (127.0.0.2)". */
function reasonOf({ meanings, answers, text }: Listing): string {
  const meaning = meanings.length > 0 ? `${meanings.join("; ")} (${answers.join(", ")})` : answers.join(", ");
  return text === undefined ? meaning : `${meaning}: “${text}”`;
}

function judgeListed(listing: Listing, address: string, delistUrl: string | undefined): Finding {
  const { list, white, informational } = listing;
  const what = `${address} is listed by ${list}: ${reasonOf(listing)}`;
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

/** One finding for each reason, with the lists that gave it. */
function judgeUnknown(listings: readonly Listing[]): Finding[] {
  const byReason = Map.groupBy(listings, ({ reason }) => reason ?? "refused");
  return [...byReason].map(([reason, group]) => {
    const { what, remedy } = WORDINGS[reason];
    const seen = [...new Set(group.flatMap(({ answers }) => answers))].slice(0, 8);
    return {
      id: `blocklist_${reason}`,
      verdict: "unknown",
      message: `${names(group)}: ${what}${seen.length > 0 ? ` (answer ${seen.join(", ")})` : ""}`,
      ...((reason === "dead" || reason === "lists_the_world") && { rfc: "RFC 5782 section 5" }),
      remedy,
    };
  });
}

/** Pure: what the lists said, as findings. A list that said nothing is never a listing and never clean. */
export function judgeBlocklist(notes: Partial<BlocklistEvidence>, options: BlocklistOptions): Finding[] {
  const { address = "", listings } = notes;
  if (!listings) return [];
  if (listings.length === 0) {
    const { what, remedy } = WORDINGS.not_applicable;
    return [
      { id: "blocklist_not_applicable", verdict: "unknown", message: `Each configured list ${what}`, remedy },
    ];
  }
  const delistUrls = new Map(options.lists.map(({ zone }) => [zone.id, zone.delistUrl]));
  const listed = listings.filter(({ verdict }) => verdict === "listed");
  const clean = listings.filter(({ verdict, white }) => verdict === "not_listed" && !white);
  const findings = listed.map((listing) => judgeListed(listing, address, delistUrls.get(listing.list)));
  findings.push(...judgeUnknown(listings.filter(({ verdict }) => verdict === "unknown")));
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
