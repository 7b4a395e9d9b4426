import { type Answer, type DecodedPacket, encode, type Question } from "dns-packet";
import type { DnsData, DnsType } from "../model/dns.ts";
import type { ZoneRecord } from "./dns-zone.ts";

/** RFC 6895 section 2.3. */
const RCODES = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const;

export interface Response {
  readonly rcode: keyof typeof RCODES;
  readonly records: readonly ZoneRecord[];
  readonly ad?: boolean;
  readonly truncated?: boolean;
  /** Extended DNS error (RFC 8914), sent when the client speaks EDNS. */
  readonly extendedError?: { readonly code: number; readonly text: string };
}

const QR_RA = 0x8080;
const AA = 0x0400;
const TC = 0x0200;
const RD = 0x0100;
const AD = 0x0020;
const CD = 0x0010;
/** What a server without EDNS may send over UDP (RFC 1035 section 4.2.1). */
const PLAIN_UDP_LIMIT = 512;
const OWN_UDP_LIMIT = 1232;

/** The message that answers `query`; over UDP it is truncated when it does not fit. */
export function encodeResponse(query: DecodedPacket, response: Response, transport: "udp" | "tcp"): Buffer {
  const opt = query.additionals?.find((record) => record.type === "OPT");
  const wantsAd = query.flag_ad || (opt?.type === "OPT" && opt.flag_do);
  const flags =
    QR_RA |
    AA |
    ((query.flags ?? 0) & (RD | CD)) |
    (response.ad === true && wantsAd ? AD : 0) |
    RCODES[response.rcode];
  const message = (records: readonly ZoneRecord[], truncated: boolean): Buffer =>
    encode({
      type: "response",
      id: query.id ?? 0,
      flags: flags | (truncated ? TC : 0),
      questions: query.questions ?? [],
      answers: records.map(toAnswer),
      authorities: response.records.length === 0 && !truncated ? authority(query.questions?.[0]) : [],
      additionals: opt === undefined ? [] : [ownOpt(response.extendedError)],
    });
  if (response.truncated === true && transport === "udp") return message([], true);
  const whole = message(response.records, false);
  const limit =
    opt?.type === "OPT"
      ? Math.min(Math.max(opt.udpPayloadSize, PLAIN_UDP_LIMIT), OWN_UDP_LIMIT)
      : PLAIN_UDP_LIMIT;
  return transport === "udp" && whole.length > limit ? message([], true) : whole;
}

/** Twelve bytes that promise records, and none: whoever parses it must give up. */
export function malformedResponse(query: DecodedPacket): Buffer {
  const header = Buffer.alloc(12);
  header.writeUInt16BE(query.id ?? 0, 0);
  header.writeUInt16BE(QR_RA | RD, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(9, 6);
  return Buffer.concat([header, Buffer.from([0x3f, 0xff])]);
}

/** The SOA that goes with a negative answer (RFC 2308 section 3): not to be kept longer than a second. */
function authority(question: Question | undefined): Answer[] {
  const name = question?.name.toLowerCase().endsWith("lab.test") === true ? "lab.test" : ".";
  return [
    {
      type: "SOA",
      name,
      ttl: 1,
      data: { mname: "ns.lab.test", rname: "hostmaster.lab.test", serial: 1, minimum: 1 },
    },
  ];
}

function ownOpt(error: Response["extendedError"]): Answer {
  const data =
    error === undefined
      ? undefined
      : Buffer.concat([Buffer.from([0, error.code]), Buffer.from(error.text, "utf8")]);
  return {
    type: "OPT",
    name: ".",
    udpPayloadSize: OWN_UDP_LIMIT,
    extendedRcode: 0,
    ednsVersion: 0,
    flags: 0,
    flag_do: false,
    // The library's types do not know option 15.
    options: data === undefined ? [] : [{ code: 15, data } as never],
  };
}

function toAnswer({ name, type, ttl, data }: ZoneRecord): Answer {
  const encoder = DATA[type] as (data: ZoneRecord["data"]) => unknown;
  return { name, type, ttl, class: "IN", data: encoder(data) } as Answer;
}

const asIs = <T>(data: T): T => data;

/** Our form of a record's data, as the library takes it. */
const DATA: { readonly [Type in DnsType]: (data: DnsData[Type]) => unknown } = {
  A: asIs,
  AAAA: asIs,
  CNAME: asIs,
  NS: asIs,
  PTR: asIs,
  MX: asIs,
  SOA: asIs,
  CAA: asIs,
  TXT: characterStrings,
  TLSA: (tlsa) => ({ ...tlsa, certificate: Buffer.from(tlsa.certificate, "hex") }),
  DS(text) {
    const [keyTag, algorithm, digestType, digest = ""] = text.split(" ");
    const digestBytes = Buffer.from(digest, "hex");
    return {
      keyTag: Number(keyTag),
      algorithm: Number(algorithm),
      digestType: Number(digestType),
      digest: digestBytes,
    };
  },
  DNSKEY(text) {
    const [flags, , algorithm, key = ""] = text.split(" ");
    return { flags: Number(flags), algorithm: Number(algorithm), key: Buffer.from(key, "base64") };
  },
};

/** A TXT record holds strings of at most 255 bytes each (RFC 1035 section 3.3.14). */
function characterStrings(text: string): Buffer[] {
  const bytes = Buffer.from(text, "latin1");
  const strings: Buffer[] = [];
  for (let start = 0; start < bytes.length || start === 0; start += 255) {
    strings.push(bytes.subarray(start, start + 255));
  }
  return strings;
}
