import { createSocket, type RemoteInfo, type Socket as UdpSocket } from "node:dgram";
import { once } from "node:events";
import type { Socket } from "node:net";
import { type DecodedPacket, decode } from "dns-packet";
import type { DnsQuestion, DnsType } from "../model/dns.ts";
import { encodeResponse, malformedResponse, type Response } from "./dns-wire.ts";
import type { Zone, ZoneEntry } from "./dns-zone.ts";
import { ZoneData } from "./dns-zone.ts";
import type { DnsMode } from "./fault.ts";
import { Listener } from "./listener.ts";

/** What a name suffers. */
export interface DnsTrouble {
  readonly mode: DnsMode;
  readonly delayMs?: number;
}

/** Answers in the zone's place: a response, a trouble, or nothing when the name is not its own. */
export type DnsHandler = (question: DnsQuestion) => Response | DnsTrouble | undefined;

export interface DnsServerSettings {
  readonly zone: Zone;
  /** Asked in order, before the zone. */
  readonly handlers?: readonly DnsHandler[];
  /** What a question suffers at the moment. */
  readonly trouble?: (question: DnsQuestion) => DnsTrouble | undefined;
}

type Transport = "udp" | "tcp";
type Send = (response: Buffer) => void;

const RECEIVE_BUFFER = 4 * 1024 * 1024;
const TCP_IDLE_MS = 10_000;
const COUNTED_NAMES = 10_000;
const DNS_TYPES: ReadonlySet<string> = new Set<DnsType>([
  "A",
  "AAAA",
  "CNAME",
  "MX",
  "NS",
  "PTR",
  "SOA",
  "TXT",
  "TLSA",
  "CAA",
  "DS",
  "DNSKEY",
]);

const FAILED: Response = {
  rcode: "SERVFAIL",
  records: [],
  extendedError: { code: 22, text: "no reachable authority" },
};
const PROHIBITED: Response = {
  rcode: "REFUSED",
  records: [],
  extendedError: { code: 18, text: "prohibited" },
};

/** The bytes that each trouble makes of the true response; none when it is silence. */
const SUFFERINGS: Readonly<
  Record<DnsMode, (query: DecodedPacket, truth: Response, transport: Transport) => Buffer | undefined>
> = {
  timeout: () => undefined,
  nxdomain: (query, _, transport) => encodeResponse(query, { rcode: "NXDOMAIN", records: [] }, transport),
  nodata: (query, _, transport) => encodeResponse(query, { rcode: "NOERROR", records: [] }, transport),
  servfail: (query, _, transport) => encodeResponse(query, FAILED, transport),
  refused: (query, _, transport) => encodeResponse(query, PROHIBITED, transport),
  malformed: (query) => malformedResponse(query),
  truncated: (query, truth, transport) => encodeResponse(query, { ...truth, truncated: true }, transport),
  wrong_id: (query, truth, transport) =>
    encodeResponse({ ...query, id: (query.id ?? 0) ^ 0x5555 }, truth, transport),
  slow: encodeResponse,
};

/** A DNS server with one zone, over UDP and TCP on one loopback port. */
export class DnsServer {
  readonly #zone: ZoneData;
  readonly #settings: DnsServerSettings;
  readonly #troubles = new Map<string, DnsTrouble>();
  readonly #counts = new Map<string, number>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #tcp = new Listener(["127.0.0.1"], (socket) => this.#serveTcp(socket));
  #udp: UdpSocket | undefined;
  #queries = 0;

  constructor(settings: DnsServerSettings) {
    this.#settings = settings;
    this.#zone = new ZoneData(settings.zone);
  }

  /** `address:port`, as a resolver's configuration takes it. */
  get server(): string {
    return `127.0.0.1:${this.#tcp.port}`;
  }

  /** Queries received since the start, each repetition counted. */
  get queries(): number {
    return this.#queries;
  }

  /** Queries for that name and type. */
  count(name: string, type: DnsType): number {
    return this.#counts.get(`${name.toLowerCase()} ${type}`) ?? 0;
  }

  /** Makes one name, or all names when `name` is absent, misbehave; `undefined` heals it. */
  setFault(trouble: DnsTrouble | undefined, name = "*"): void {
    if (trouble === undefined) this.#troubles.delete(name.toLowerCase());
    else this.#troubles.set(name.toLowerCase(), trouble);
  }

  clearFaults(): void {
    this.#troubles.clear();
  }

  /** Replaces the records of a name, or takes the name out of the zone. */
  setRecords(name: string, entry: ZoneEntry | undefined): void {
    this.#zone.set(name, entry);
  }

  async start(): Promise<void> {
    // UDP and TCP share the number: TCP picks it, and picks again where UDP is taken.
    for (let attempt = 1; this.#udp === undefined; attempt += 1) {
      const tcp = this.#tcp;
      await tcp.open();
      const udp = createSocket({ type: "udp4", recvBufferSize: RECEIVE_BUFFER });
      try {
        udp.bind(tcp.port, "127.0.0.1");
        await once(udp, "listening");
        this.#udp = udp;
      } catch (error) {
        udp.close();
        await tcp.close();
        tcp.forget();
        if (attempt === 10) throw error;
      }
    }
    this.#udp.on("error", () => undefined);
    this.#udp.on("message", (message, from) => this.#serveUdp(message, from));
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    const udp = this.#udp;
    this.#udp = undefined;
    if (udp !== undefined) await new Promise<void>((resolve) => udp.close(() => resolve()));
    await this.#tcp.close();
  }

  #serveUdp(message: Buffer, from: RemoteInfo): void {
    this.#answer(message, "udp", (response) => this.#udp?.send(response, from.port, from.address));
  }

  #serveTcp(socket: Socket): void {
    let pending = Buffer.alloc(0);
    socket.on("error", () => socket.destroy());
    socket.setTimeout(TCP_IDLE_MS, () => socket.destroy());
    socket.on("data", (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk]);
      // Each message comes behind its length (RFC 1035 section 4.2.2).
      while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
        const end = 2 + pending.readUInt16BE(0);
        this.#answer(pending.subarray(2, end), "tcp", (response) => {
          const length = Buffer.alloc(2);
          length.writeUInt16BE(response.length, 0);
          if (!socket.destroyed) socket.write(Buffer.concat([length, response]));
        });
        pending = pending.subarray(end);
      }
    });
    socket.resume();
  }

  #answer(message: Buffer, transport: Transport, send: Send): void {
    const query = decodeQuery(message);
    const question = query?.questions?.[0];
    if (query === undefined || question === undefined) return;
    this.#queries += 1;
    const name = question.name.replace(/\.$/, "");
    if (query.questions?.length !== 1)
      return send(encodeResponse(query, { rcode: "FORMERR", records: [] }, transport));
    if (!DNS_TYPES.has(question.type))
      return send(encodeResponse(query, { rcode: "NOERROR", records: [] }, transport));
    const type = question.type as DnsType;
    this.#counted(`${name.toLowerCase()} ${type}`);
    this.#respond(query, { name, type }, transport, send);
  }

  /** What the server would say if it did not suffer. */
  #truth(question: DnsQuestion): Response | DnsTrouble {
    for (const handler of this.#settings.handlers ?? []) {
      const found = handler(question);
      if (found !== undefined) return found;
    }
    return this.#zone.answer(question.name, question.type);
  }

  #troubleOf(question: DnsQuestion): DnsTrouble | undefined {
    return (
      this.#troubles.get(question.name.toLowerCase()) ??
      this.#troubles.get("*") ??
      this.#settings.trouble?.(question)
    );
  }

  #respond(query: DecodedPacket, question: DnsQuestion, transport: Transport, send: Send): void {
    const truth = this.#truth(question);
    const trouble = this.#troubleOf(question) ?? ("mode" in truth ? truth : undefined);
    const response: Response = "mode" in truth ? FAILED : truth;
    if (trouble === undefined) return send(encodeResponse(query, response, transport));
    const bytes = SUFFERINGS[trouble.mode](query, response, transport);
    if (bytes !== undefined) this.#later(trouble.delayMs ?? 0, () => send(bytes));
  }

  #later(delayMs: number, act: () => void): void {
    if (delayMs === 0) return act();
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, delayMs);
    this.#timers.add(timer);
  }

  #counted(key: string): void {
    const count = this.#counts.get(key);
    if (count !== undefined || this.#counts.size < COUNTED_NAMES) this.#counts.set(key, (count ?? 0) + 1);
  }
}

/** Nothing for what is no query: a server that answers noise becomes a reflector. */
function decodeQuery(message: Buffer): DecodedPacket | undefined {
  if (message.length < 12 || message.length > 4096) return undefined;
  try {
    const query = decode(message);
    return query.flag_qr ? undefined : query;
  } catch {
    return undefined;
  }
}
