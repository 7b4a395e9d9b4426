import type { DnsResult } from "../../model/dns.ts";
import type { ListingUnknown, ListingVerdict } from "../../model/evidence.ts";
import type { DnsblZone, ZoneRefusal } from "./zone.ts";

/** What a list said about one address or domain. */
export interface Interpretation {
  readonly verdict: ListingVerdict;
  /** Set exactly when the verdict is `unknown`. */
  readonly reason?: ListingUnknown;
  /** All answers, as received. */
  readonly answers: readonly string[];
  readonly meanings: readonly string[];
}

/**
 * Answers by which any list may refuse. 127.255.255/24 began with Spamhaus and spread; 127.0.0.1 is what RFC 5782
 * section 5 keeps unlisted, so a list that answers it answers something else.
 */
const COMMON_REFUSALS: readonly ZoneRefusal[] = [
  { match: "127.255.255.252", reason: "refused_typo" },
  { match: "127.255.255.254", reason: "refused_public_resolver" },
  { match: "127.255.255.255", reason: "refused_quota" },
  { match: "127.255.255.*", reason: "refused" },
  { match: "127.0.0.1", reason: "refused" },
];

const DNS_REASONS = {
  servfail: "servfail",
  refused: "dns_refused",
  timeout: "timeout",
  malformed: "malformed",
} as const satisfies Record<string, ListingUnknown>;

function octetMatches(pattern: string, octet: number): boolean {
  if (pattern === "*") return true;
  const [low = "", high = low] = pattern.split("-");
  return Number(low) <= octet && octet <= Number(high);
}

/** Whether an answer such as `127.0.0.4` fits a pattern such as `127.0.0.4-7`. */
export function answerMatches(pattern: string, answer: string): boolean {
  const octets = answer.split(".").map(Number);
  return pattern.split(".").every((part, index) => octetMatches(part, octets[index] ?? -1));
}

function lastOctet(answer: string): number {
  return Number(answer.split(".")[3]);
}

function refusalOf(zone: DnsblZone, answer: string): ListingUnknown | undefined {
  const own = zone.refusals?.find(({ match }) => answerMatches(match, answer));
  if (own) return own.reason;
  if (zone.refusalBit && (lastOctet(answer) & zone.refusalBit) !== 0) return "refused_public_resolver";
  // A documented answer wins over the common refusals: one list answers 127.0.0.1 for good senders.
  if (zone.codes?.some(({ match }) => answerMatches(match, answer))) return undefined;
  return COMMON_REFUSALS.find(({ match }) => answerMatches(match, answer))?.reason;
}

interface Said {
  readonly says: "listed" | "not_listed" | "undocumented";
  readonly meanings: readonly string[];
}

function readAnswer(zone: DnsblZone, answer: string): Said {
  if (zone.bits) {
    const octet = lastOctet(answer);
    const set = zone.bits.filter(({ bit }) => (octet & bit) !== 0);
    return { says: set.length > 0 ? "listed" : "undocumented", meanings: set.map(({ meaning }) => meaning) };
  }
  if (!zone.codes) return { says: "listed", meanings: [] };
  const code = zone.codes.find(({ match }) => answerMatches(match, answer));
  return code
    ? { says: code.says ?? "listed", meanings: [code.meaning] }
    : { says: "undocumented", meanings: [] };
}

/**
 * Reads what a list answered. NXDOMAIN and NODATA are the only "not listed"; whatever is not a documented answer in
 * 127/8 is `unknown` with its reason: never clean, never listed.
 */
export function interpret(zone: DnsblZone, result: DnsResult<"A">): Interpretation {
  if (result.status === "nxdomain" || result.status === "nodata") {
    return { verdict: "not_listed", answers: [], meanings: [] };
  }
  if (result.status !== "ok") {
    return { verdict: "unknown", reason: DNS_REASONS[result.status], answers: [], meanings: [] };
  }
  const answers = result.records.map(({ data }) => data);
  const unknown = (reason: ListingUnknown): Interpretation => ({
    verdict: "unknown",
    reason,
    answers,
    meanings: [],
  });
  // RFC 5782 section 2.1: any other answer comes from a hijacked NXDOMAIN or a domain that changed hands.
  if (!answers.every((answer) => answer.startsWith("127."))) return unknown("answer_outside_127");
  for (const answer of answers) {
    const refusal = refusalOf(zone, answer);
    if (refusal) return unknown(refusal);
  }
  const said = answers.map((answer) => readAnswer(zone, answer));
  const meanings = [...new Set(said.flatMap((one) => one.meanings))];
  if (said.some(({ says }) => says === "listed")) return { verdict: "listed", answers, meanings };
  if (said.some(({ says }) => says === "undocumented")) return unknown("unlisted_code");
  return { verdict: "not_listed", answers, meanings };
}
