import type { DnsRecord, DnsType } from "../../model/dns.ts";
import { canonicalName } from "../../standards/dns/name.ts";
import { RCODE, type Reply } from "./wire.ts";

/** Longest chain of aliases that is followed, over all replies of one look-up. */
export const ALIASES_MAX = 16;

/** What one reply says about one question. Times to live are seconds; `undefined` means: do not cache. */
export type Answer =
  | {
      readonly kind: "records";
      readonly records: readonly DnsRecord[];
      readonly aliases: readonly string[];
      readonly ttl: number;
    }
  | {
      readonly kind: "nxdomain" | "nodata";
      readonly aliases: readonly string[];
      readonly ttl: number | undefined;
    }
  /** The chain leaves the reply: the last alias is the next question. */
  | { readonly kind: "alias"; readonly aliases: readonly string[]; readonly ttl: number }
  | { readonly kind: "broken"; readonly problem: string };

interface Chain {
  readonly end: string;
  readonly aliases: readonly string[];
  readonly ttl: number;
}

/** Follows CNAME records within the reply (RFC 1034 section 3.6.2); a loop or a chain too long is a problem. */
function followAliases(answers: readonly DnsRecord[], name: string): Chain | string {
  const next = new Map<string, DnsRecord>();
  for (const record of answers) {
    if (record.type === "CNAME" && !next.has(record.name)) next.set(record.name, record);
  }
  const aliases: string[] = [];
  const seen = new Set([name]);
  let end = name;
  let ttl = Number.POSITIVE_INFINITY;
  for (let record = next.get(end); record; record = next.get(end)) {
    end = (record as DnsRecord<"CNAME">).data;
    if (seen.has(end)) return "the aliases (CNAME) of the name form a loop";
    if (aliases.length === ALIASES_MAX)
      return `the name has more than ${ALIASES_MAX} aliases (CNAME) in a row`;
    seen.add(end);
    aliases.push(end);
    ttl = Math.min(ttl, record.ttl);
  }
  return { end, aliases, ttl };
}

/**
 * Reads the answer to `name`/`type` out of a reply with rcode NOERROR or NXDOMAIN. Only records whose owner is the
 * name or an alias of it count: whatever else a server adds to the answer is nobody's business.
 */
export function readAnswer(reply: Reply, name: string, type: DnsType): Answer {
  const asked = canonicalName(name);
  const chain: Chain | string =
    type === "CNAME"
      ? { end: asked, aliases: [], ttl: Number.POSITIVE_INFINITY }
      : followAliases(reply.answers, asked);
  if (typeof chain === "string") return { kind: "broken", problem: chain };
  const { end, aliases } = chain;
  const records = reply.answers.filter((record) => record.type === type && record.name === end);
  if (records.length > 0) {
    const ttl = records.reduce((least, record) => Math.min(least, record.ttl), chain.ttl);
    return { kind: "records", records, aliases, ttl };
  }
  if (reply.rcode === RCODE.NOERROR && aliases.length > 0 && reply.negativeTtl === undefined) {
    return { kind: "alias", aliases, ttl: chain.ttl };
  }
  const ttl = reply.negativeTtl === undefined ? undefined : Math.min(reply.negativeTtl, chain.ttl);
  return { kind: reply.rcode === RCODE.NXDOMAIN ? "nxdomain" : "nodata", aliases, ttl };
}
