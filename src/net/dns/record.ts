import type { Answer } from "dns-packet";
import type { DnsData, DnsRecord, DnsType } from "../../model/dns.ts";
import { canonicalName } from "../../standards/dns/name.ts";

/** Longest TTL that is believed, seconds (RFC 2181 section 8: a TTL with the top bit set counts as 0). */
const TTL_TOP = 2 ** 31;

/** Character-strings arrive as buffers: octets of no stated encoding. */
function joinText(data: unknown): string {
  const chunks: unknown[] = Array.isArray(data) ? data : [data];
  return chunks.map((chunk) => (Buffer.isBuffer(chunk) ? chunk.toString("latin1") : String(chunk))).join("");
}

/** Readers of the types in `DnsType`; dns-packet's form on the left, the model's on the right. */
type Readers = {
  readonly [T in DnsType]: (data: Extract<Answer, { type: T; data: unknown }>["data"]) => DnsData[T];
};

const READERS: Readers = {
  A: (data) => data,
  AAAA: (data) => data,
  CNAME: canonicalName,
  NS: canonicalName,
  PTR: canonicalName,
  MX: ({ preference = 0, exchange }) => ({ preference, exchange: canonicalName(exchange) }),
  SOA: ({ mname, rname, serial = 0, minimum = 0 }) => ({
    mname: canonicalName(mname),
    rname: canonicalName(rname),
    serial,
    minimum,
  }),
  TXT: joinText,
  TLSA: ({ usage, selector, matchingType, certificate }) => ({
    usage,
    selector,
    matchingType,
    certificate: certificate.toString("hex"),
  }),
  CAA: ({ flags = 0, tag, value }) => ({ flags, tag, value }),
  DS: ({ keyTag, algorithm, digestType, digest }) =>
    `${keyTag} ${algorithm} ${digestType} ${digest.toString("hex")}`,
  // The protocol field is always 3 (RFC 4034 section 2.1.2).
  DNSKEY: ({ flags, algorithm, key }) => `${flags} 3 ${algorithm} ${key.toString("base64")}`,
};

function isWanted(type: string): type is DnsType {
  return Object.hasOwn(READERS, type);
}

/** A record in the model's form; `undefined` for types that are not in `DnsType` and for classes but IN. */
export function readRecord(record: Answer): DnsRecord | undefined {
  if (record.type === "OPT" || !isWanted(record.type) || (record.class ?? "IN") !== "IN") return undefined;
  // The type picks the reader, which TypeScript cannot follow through a table.
  const read = READERS[record.type] as (data: unknown) => DnsData[DnsType];
  const { ttl = 0 } = record;
  return {
    name: canonicalName(record.name),
    type: record.type,
    ttl: ttl >= TTL_TOP ? 0 : ttl,
    data: read(record.data),
  };
}
