import { randomInt } from "node:crypto";
import { connect, type Socket } from "node:net";
import type { ServerAddress } from "../../standards/dns/server-address.ts";
import {
  CLOSED,
  readExchange,
  unreachable,
  type Counters,
  type Exchange,
  type Query,
  type Transport,
} from "./exchange.ts";
import type { TimerWheel } from "./wheel.ts";

/** Connections at one time: TCP is for answers too large for UDP, which are few. */
const CONNECTIONS_MAX = 32;
/** Length prefix (RFC 1035 section 4.2.2) and the largest message that it can announce. */
const PREFIX = 2;
const MESSAGE_MAX = 0xffff;
const HEADER = 12;
/** Frames for somebody else, after which the server is not worth listening to. */
const IGNORED_MAX = 16;

interface Run {
  readonly server: ServerAddress;
  readonly query: Query;
  readonly timeoutMs: number;
  settle(exchange: Exchange): void;
}

/** Collects one framed message with the id asked for; frames that answer something else are passed over. */
class FrameReader {
  readonly #id: number;
  readonly #query: Query;
  /** Room for one frame of any announced length: nothing that a server sends makes it grow. */
  readonly #frame = Buffer.allocUnsafe(PREFIX + MESSAGE_MAX);
  #filled = 0;
  #ignored = 0;

  constructor(id: number, query: Query) {
    this.#id = id;
    this.#query = query;
  }

  push(chunk: Buffer, onIgnored: () => void): Exchange | undefined {
    let taken = 0;
    while (taken < chunk.length) {
      const end = this.#filled < PREFIX ? PREFIX : PREFIX + this.#frame.readUInt16BE(0);
      const copied = chunk.copy(this.#frame, this.#filled, taken, taken + end - this.#filled);
      this.#filled += copied;
      taken += copied;
      if (this.#filled < PREFIX || this.#filled < PREFIX + this.#frame.readUInt16BE(0)) continue;
      const exchange = this.#read(this.#frame.subarray(PREFIX, this.#filled));
      if (exchange) return exchange;
      this.#filled = 0;
      this.#ignored += 1;
      onIgnored();
      if (this.#ignored > IGNORED_MAX) return { kind: "garbage", problem: "frames that answer nothing" };
    }
    return undefined;
  }

  #read(message: Buffer): Exchange | undefined {
    if (message.length < HEADER) return { kind: "garbage", problem: "a frame shorter than a header" };
    return message.readUInt16BE(0) === this.#id ? readExchange(message, this.#query) : undefined;
  }
}

/** DNS over TCP (RFC 7766), a connection for each query. */
export class TcpTransport implements Transport {
  readonly #wheel: TimerWheel;
  readonly #counters: Counters;
  readonly #open = new Map<Run, Socket>();
  readonly #queue = new Set<Run>();
  #closed = false;

  constructor(wheel: TimerWheel, counters: Counters) {
    this.#wheel = wheel;
    this.#counters = counters;
  }

  exchange(
    server: ServerAddress,
    query: Query,
    timeoutMs: number,
    signal: AbortSignal | undefined,
  ): Promise<Exchange> {
    if (this.#closed) return Promise.resolve(CLOSED);
    return new Promise((resolve, reject) => {
      const finish = (): void => {
        signal?.removeEventListener("abort", onAbort);
        this.#queue.delete(run);
        this.#open.get(run)?.destroy();
        this.#open.delete(run);
        this.#pump();
      };
      const onAbort = (): void => {
        finish();
        // The reason of an AbortSignal is what the caller gave, of any type.
        reject(signal?.reason as Error);
      };
      const run: Run = {
        server,
        query,
        timeoutMs,
        settle: (exchange) => {
          finish();
          resolve(exchange);
        },
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#queue.add(run);
      this.#pump();
    });
  }

  #pump(): void {
    for (const run of this.#queue) {
      if (this.#open.size >= CONNECTIONS_MAX) return;
      this.#queue.delete(run);
      this.#open.set(run, this.#start(run));
    }
  }

  #start(run: Run): Socket {
    const id = randomInt(0x1_0000);
    const reader = new FrameReader(id, run.query);
    const socket = connect({ host: run.server.address, port: run.server.port, noDelay: true });
    const deadline = this.#wheel.after(run.timeoutMs, () => {
      this.#counters.timeouts += 1;
      run.settle({ kind: "silent" });
    });
    this.#counters.tcp += 1;
    socket.once("connect", () => {
      const frame = Buffer.alloc(PREFIX + run.query.bytes.length);
      frame.writeUInt16BE(run.query.bytes.length, 0);
      run.query.bytes.copy(frame, PREFIX);
      frame.writeUInt16BE(id, PREFIX);
      socket.write(frame);
    });
    socket.on("data", (chunk) => {
      const exchange = reader.push(chunk, () => {
        this.#counters.ignored += 1;
      });
      if (exchange) run.settle(exchange);
    });
    socket.on("error", (error) => run.settle(unreachable(error)));
    socket.once("close", () => {
      deadline.cancel();
      run.settle({ kind: "unreachable", problem: "it closed the connection" });
    });
    return socket;
  }

  close(): void {
    this.#closed = true;
    for (const run of [...this.#queue, ...this.#open.keys()]) run.settle(CLOSED);
  }
}
