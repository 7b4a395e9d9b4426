import {
  AUTHENTIC_DATA,
  decode,
  encode,
  RECURSION_DESIRED,
  type Answer,
  type DecodedPacket,
  type OptAnswer,
} from "dns-packet";
import type { DnsRecord, DnsType } from "../../model/dns.ts";
import { canonicalName } from "../../standards/dns/name.ts";
import { readRecord } from "./record.ts";

/** Response codes (RFC 1035 section 4.1.1). */
export const RCODE = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const;

/** UDP payload that we accept: what crosses the Internet without fragments (DNS flag day 2020). */
const UDP_PAYLOAD = 1232;
const EDE_OPTION = 15;
const EDE_KEPT = 8;
const EDE_TEXT_MAX = 200;

export interface ExtendedError {
  readonly code: number;
  readonly text: string;
}

/** A reply as far as Mailgauge reads it. Names are canonical; records of other types are left out. */
export interface Reply {
  readonly id: number;
  readonly truncated: boolean;
  readonly rcode: number;
  readonly authenticated: boolean;
  /** Name as received, so that its letter case can be compared (0x20). */
  readonly question: { readonly name: string; readonly type: string } | undefined;
  readonly answers: readonly DnsRecord[];
  /** Seconds for which a negative answer holds (RFC 2308 section 5); absent without SOA. */
  readonly negativeTtl: number | undefined;
  /** In place of an answer it names other servers (RFC 2308 section 2.2): that is not "no such record". */
  readonly referral: boolean;
  readonly extendedErrors: readonly ExtendedError[];
}

/**
 * A query with id 0, recursion desired and the AD bit set, which asks for the AD bit in the reply (RFC 6840
 * section 5.7). `name` must have no `nameProblem`: dns-packet encodes a longer label into a broken packet.
 */
export function encodeQuery(name: string, type: DnsType, edns: boolean): Buffer {
  const opt: OptAnswer = {
    type: "OPT",
    name: ".",
    udpPayloadSize: UDP_PAYLOAD,
    extendedRcode: 0,
    ednsVersion: 0,
    flags: 0,
    flag_do: false,
    options: [],
  };
  return encode({
    type: "query",
    id: 0,
    flags: RECURSION_DESIRED | AUTHENTIC_DATA,
    questions: [{ name, type, class: "IN" }],
    additionals: edns ? [opt] : [],
  });
}

/** Gives the name random letter case, which an honest server repeats and a blind spoofer must guess. */
export function randomiseCase(name: string, randomBit: () => boolean): string {
  return name.replace(/[a-z]/gi, (letter) => (randomBit() ? letter.toUpperCase() : letter.toLowerCase()));
}

function optOf(packet: DecodedPacket): OptAnswer | undefined {
  return packet.additionals?.find((record): record is OptAnswer => record.type === "OPT");
}

/** RFC 8914 section 2. The text is for people: bounded, and without control characters. */
function readExtendedErrors(opt: OptAnswer | undefined): ExtendedError[] {
  const found: ExtendedError[] = [];
  for (const option of opt?.options ?? []) {
    const code: number = option.code;
    const { data } = option;
    if (code !== EDE_OPTION || !data || data.length < 2 || found.length === EDE_KEPT) continue;
    const text = data.toString("utf8", 2, 2 + EDE_TEXT_MAX).replace(/[\p{Cc}\ufffd]/gu, "");
    found.push({ code: data.readUInt16BE(0), text });
  }
  return found;
}

function readNegativeTtl(authorities: readonly Answer[]): number | undefined {
  const soa = authorities.find((record) => record.type === "SOA");
  return soa && Math.min(soa.ttl ?? 0, soa.data.minimum ?? 0);
}

function isReferral({ flag_aa, flags = 0, answers = [], authorities = [] }: DecodedPacket): boolean {
  if (flag_aa || (flags & 0xf) !== RCODE.NOERROR || answers.length > 0) return false;
  const types = new Set(authorities.map(({ type }) => type));
  return types.has("NS") && !types.has("SOA");
}

/** Reads a reply. Throws on any bytes that are not one; every error is of class `Error`. */
export function decodeReply(bytes: Buffer): Reply {
  const packet = decode(bytes);
  if (!packet.flag_qr) throw new Error("a query, not a reply");
  const opt = optOf(packet);
  const question = packet.questions?.length === 1 ? packet.questions[0] : undefined;
  const flags = packet.flags ?? 0;
  return {
    id: packet.id ?? 0,
    truncated: packet.flag_tc,
    rcode: (flags & 0xf) + 16 * (opt?.extendedRcode ?? 0),
    authenticated: packet.flag_ad,
    question: question && { name: question.name === "." ? "" : question.name, type: question.type },
    answers: (packet.answers ?? []).flatMap((record) => readRecord(record) ?? []),
    negativeTtl: readNegativeTtl(packet.authorities ?? []),
    referral: isReferral(packet),
    extendedErrors: readExtendedErrors(opt),
  };
}

/** Whether a reply answers this question: the same name, in the same letter case when `exactCase`, and type. */
export function answersQuestion(reply: Reply, name: string, type: DnsType, exactCase: boolean): boolean {
  const { question } = reply;
  // A server that cannot read the query may leave the question out (FORMERR and NOTIMP, seen with old servers).
  if (!question) return reply.rcode === RCODE.FORMERR || reply.rcode === RCODE.NOTIMP;
  if (question.type !== type) return false;
  return exactCase ? question.name === name : canonicalName(question.name) === canonicalName(name);
}
