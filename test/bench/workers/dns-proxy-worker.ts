import { createSocket, type RemoteInfo } from "node:dgram";
import { once } from "node:events";
import { LOOPBACK } from "../../support/servers/ports.ts";
import { serveWorker } from "../support/worker.ts";

/** Nothing is lost to a full buffer: losses would measure the retries. */
const BUFFER = 8 * 1024 * 1024;
const MAX_ID = 65_536;
const HEADER = 12;

interface Asker {
  readonly id: number;
  readonly from: RemoteInfo;
}

let delayMs = 0;
/** Name in wire format of a zone that never answers. */
let dead: Buffer | undefined;
let queries = 0;
let deadQueries = 0;

function wireName(name: string): Buffer {
  return Buffer.concat(name.split(".").map((label) => Buffer.from([label.length, ...Buffer.from(label)])));
}

const methods = {
  /** A forwarder on loopback before the name server at `upstream`; gives its port. */
  start: async ({ upstream }: { readonly upstream: number }): Promise<number> => {
    const front = createSocket({ type: "udp4", recvBufferSize: BUFFER, sendBufferSize: BUFFER });
    const back = createSocket({ type: "udp4", recvBufferSize: BUFFER, sendBufferSize: BUFFER });
    const askers = new Map<number, Asker>();
    let next = 0;
    front.on("message", (message, from) => {
      queries += 1;
      if (dead !== undefined && message.indexOf(dead, HEADER) !== -1) {
        deadQueries += 1;
        return;
      }
      next = (next + 1) % MAX_ID;
      askers.set(next, { id: message.readUInt16BE(0), from });
      message.writeUInt16BE(next, 0);
      setTimeout(() => back.send(message, upstream, LOOPBACK), delayMs);
    });
    back.on("message", (message) => {
      const id = message.readUInt16BE(0);
      const asker = askers.get(id);
      askers.delete(id);
      if (asker === undefined) return;
      message.writeUInt16BE(asker.id, 0);
      front.send(message, asker.from.port, asker.from.address);
    });
    front.bind(0, LOOPBACK);
    await once(front, "listening");
    return front.address().port;
  },
  behave: (how: { readonly delayMs: number; readonly deadZone?: string }): void => {
    delayMs = how.delayMs;
    dead = how.deadZone === undefined ? undefined : wireName(how.deadZone);
    queries = 0;
    deadQueries = 0;
  },
  count: (): { readonly queries: number; readonly dead: number } => ({ queries, dead: deadQueries }),
};
export type DnsProxyMethods = typeof methods;

serveWorker(methods);
