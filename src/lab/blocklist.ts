import type { DnsQuestion } from "../model/dns.ts";
import type { DnsHandler, DnsTrouble } from "./dns-server.ts";
import type { Response } from "./dns-wire.ts";
import type { ZoneRecord } from "./dns-zone.ts";
import type { BlocklistMode } from "./fault.ts";

/** A blocklist of the lab: a zone that answers with listings (RFC 5782). */
export interface BlocklistSettings {
  readonly zone: string;
  readonly kind: "address" | "domain";
  /** Addresses, or domains, that are listed always. */
  readonly listed: readonly string[];
  /** Listed while the mode is `listed`. */
  readonly watched: readonly string[];
  /** What the list suffers at the moment. */
  readonly mode: () => BlocklistMode | undefined;
}

const LISTED = "127.0.0.2";
const REASON = "listed for the lab, see the page";

/** Test points of RFC 5782 section 5: the first must be listed, the second must not. */
const TEST_POINTS = {
  address: { listed: ["127.0.0.2", "::ffff:127.0.0.2"], clean: ["127.0.0.1", "::ffff:127.0.0.1"] },
  domain: { listed: ["test"], clean: ["invalid"] },
} as const;

const REFUSAL_CODES = {
  refused_typo: "127.255.255.252",
  refused_public_resolver: "127.255.255.254",
  refused_quota: "127.255.255.255",
  outside_127: "198.51.100.7",
  lists_the_world: LISTED,
} as const;

export function blocklistHandler(settings: BlocklistSettings): DnsHandler {
  const suffix = `.${settings.zone}`;
  const key = settings.kind === "address" ? reversedName : (domain: string) => domain.toLowerCase();
  const always = new Set(settings.listed.map(key));
  const watched = new Set(settings.watched.map(key));
  const testPoints = new Set(TEST_POINTS[settings.kind].listed.map(key));
  return (question) => {
    const name = question.name.toLowerCase();
    if (!name.endsWith(suffix)) return undefined;
    const entry = name.slice(0, -suffix.length);
    const mode = settings.mode();
    if (mode !== undefined && Object.hasOwn(REFUSAL_CODES, mode)) {
      return respond(question, REFUSAL_CODES[mode as keyof typeof REFUSAL_CODES]);
    }
    const trouble = troubleOf(mode);
    if (trouble !== undefined) return trouble;
    if (mode === "dead") return NOT_LISTED;
    const listed = testPoints.has(entry) || always.has(entry) || (mode === "listed" && watched.has(entry));
    return listed ? respond(question, LISTED) : NOT_LISTED;
  };
}

const NOT_LISTED: Response = { rcode: "NXDOMAIN", records: [] };

function troubleOf(mode: BlocklistMode | undefined): DnsTrouble | undefined {
  return mode === "servfail" || mode === "refused" || mode === "timeout" ? { mode } : undefined;
}

function respond(question: DnsQuestion, code: string): Response {
  const base = { name: question.name, ttl: 1 };
  const records: ZoneRecord[] = [];
  if (question.type === "A") records.push({ ...base, type: "A", data: code });
  if (question.type === "TXT") records.push({ ...base, type: "TXT", data: REASON });
  return { rcode: "NOERROR", records };
}

/** The labels that ask for an address: octets of IPv4, nibbles of IPv6, last first (RFC 5782 sections 2.1, 2.4). */
export function reversedName(address: string): string {
  if (!address.includes(":")) return address.split(".").toReversed().join(".");
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  const pair = (high = "0", low = "0"): string => (Number(high) * 256 + Number(low)).toString(16);
  const plain =
    dotted === null
      ? address
      : `${dotted[1] ?? ""}${pair(dotted[2], dotted[3])}:${pair(dotted[4], dotted[5])}`;
  const [head = "", tail = ""] = plain.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === "" ? [] : tail.split(":");
  const middle = Array<string>(8 - left.length - right.length).fill("0");
  const groups = plain.includes("::") ? [...left, ...middle, ...right] : left;
  const nibbles = groups.map((group) => group.toLowerCase().padStart(4, "0")).join("");
  return nibbles.split("").toReversed().join(".");
}
