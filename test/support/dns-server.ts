import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { decode, encode, type Answer, type Packet, type Question } from "dns-packet";

/** What a scripted name server saw. */
export interface SeenQuery {
  readonly name: string;
  readonly type: string;
  readonly transport: "udp" | "tcp";
  readonly port: number;
  readonly packet: Packet;
}

export interface ScriptedReply {
  readonly rcode?: number;
  readonly answers?: readonly Answer[];
  readonly authorities?: readonly Answer[];
  /** Set the AD flag. */
  readonly authenticated?: boolean;
  readonly truncated?: boolean;
  /** In place of the query's own. */
  readonly id?: number;
  readonly questions?: readonly Question[];
  /** Extended DNS error (RFC 8914). */
  readonly ede?: { readonly code: number; readonly text: string };
}

/** Replies to one query, in order; raw bytes go out as they are; nothing is silence. */
export type Script = (query: SeenQuery) => readonly (ScriptedReply | Buffer)[] | ScriptedReply | undefined;

export interface ScriptedDns {
  /** `127.0.0.1:port`, the same port for UDP and TCP. */
  readonly address: string;
  readonly seen: readonly SeenQuery[];
  [Symbol.asyncDispose](): Promise<void>;
}

const FLAGS = { response: 0x8000, truncated: 0x0200, recursion: 0x0180, authentic: 0x0020 };

/** The bytes of a reply to `query`, as the script says. */
export function replyBytes(query: SeenQuery, reply: ScriptedReply): Buffer {
  const flags =
    FLAGS.recursion |
    (reply.truncated ? FLAGS.truncated : 0) |
    (reply.authenticated ? FLAGS.authentic : 0) |
    (reply.rcode ?? 0);
  const ede = Buffer.from(`\0\0${reply.ede?.text ?? ""}`);
  ede.writeUInt16BE(reply.ede?.code ?? 0, 0);
  const opt = {
    type: "OPT",
    name: ".",
    udpPayloadSize: 1232,
    options: reply.ede ? [{ code: 15, data: ede }] : [],
  };
  return encode({
    type: "response",
    id: reply.id ?? query.packet.id ?? 0,
    flags,
    questions: [...(reply.questions ?? query.packet.questions ?? [])],
    answers: [...(reply.answers ?? [])],
    authorities: [...(reply.authorities ?? [])],
    // The types of dns-packet know no extended errors; its code encodes any option.
    additionals: [opt as unknown as Answer],
  });
}

function listOf(reply: ReturnType<Script>): readonly (ScriptedReply | Buffer)[] {
  if (reply === undefined) return [];
  return Array.isArray(reply) ? (reply as readonly (ScriptedReply | Buffer)[]) : [reply as ScriptedReply];
}

/** A name server on loopback, UDP and TCP, that does what the script says: for tests only. */
export async function startDns(script: Script): Promise<ScriptedDns> {
  const seen: SeenQuery[] = [];
  const handle = (bytes: Buffer, transport: "udp" | "tcp", port: number): Buffer[] => {
    const packet = decode(bytes);
    const [question] = packet.questions ?? [];
    if (!question) return [];
    const query: SeenQuery = { name: question.name, type: question.type, transport, port, packet };
    seen.push(query);
    return listOf(script(query)).map((reply) => (Buffer.isBuffer(reply) ? reply : replyBytes(query, reply)));
  };
  const sockets = new Set<Socket>();
  const tcp = createServer((socket) => {
    sockets.add(socket);
    let buffer = Buffer.alloc(0);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
    socket.on("data", (chunk) => {
      buffer = Buffer.concat([buffer, chunk]);
      if (buffer.length < 2 || buffer.length < 2 + buffer.readUInt16BE(0)) return;
      for (const reply of handle(buffer.subarray(2), "tcp", socket.remotePort ?? 0)) {
        const length = Buffer.alloc(2);
        length.writeUInt16BE(reply.length, 0);
        socket.write(Buffer.concat([length, reply]));
      }
    });
  });
  tcp.listen(0, "127.0.0.1");
  await once(tcp, "listening");
  const { port } = tcp.address() as AddressInfo;
  const udp = createSocket("udp4");
  udp.on("message", (bytes, from) => {
    for (const reply of handle(bytes, "udp", from.port)) udp.send(reply, from.port, from.address);
  });
  udp.bind(port, "127.0.0.1");
  await once(udp, "listening");
  return {
    address: `127.0.0.1:${port}`,
    seen,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      udp.close();
      tcp.close();
      await once(tcp, "close");
    },
  };
}
