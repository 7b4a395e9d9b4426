import { randomInt } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import type { ServerAddress } from "../../standards/dns/server-address.ts";
import { CLOSED, readExchange, unreachable, type Counters, type Exchange, type Query } from "./exchange.ts";
import type { Deadline, TimerWheel } from "./wheel.ts";

/** Queries after which a socket gives way to a new one with another source port. */
const QUERIES_MAX = 500;
/** Milliseconds that an idle socket is kept. */
const IDLE_MS = 1000;
const RECEIVE_BUFFER = 1 << 20;

/** One query on its way. */
export interface Task {
  readonly query: Query;
  readonly timeoutMs: number;
  settle(exchange: Exchange): void;
  /** Set while a channel holds it: takes it out without settling it. */
  leave?: () => void;
}

interface Pending {
  readonly task: Task;
  deadline: Deadline | undefined;
}

export interface ChannelEvents {
  /** Called once for each query that was sent, when it is in flight no more. */
  onLeave(): void;
  /** Called once, when the socket is gone. */
  onClose(): void;
}

/**
 * One UDP socket, connected to one server: the system then drops datagrams from any other address, and tells when
 * nothing listens there. It keeps the process alive only while it waits for a reply.
 */
export class UdpChannel {
  readonly #socket: Socket;
  readonly #wheel: TimerWheel;
  readonly #counters: Counters;
  readonly #events: ChannelEvents;
  readonly #pending = new Map<number, Pending>();
  #connected = false;
  #closed = false;
  #sent = 0;
  #idle: Deadline | undefined;

  constructor(server: ServerAddress, wheel: TimerWheel, counters: Counters, events: ChannelEvents) {
    this.#wheel = wheel;
    this.#counters = counters;
    this.#events = events;
    this.#socket = createSocket({
      type: server.family === 4 ? "udp4" : "udp6",
      recvBufferSize: RECEIVE_BUFFER,
    });
    this.#socket.on("error", (error) => this.#fail(unreachable(error)));
    this.#socket.on("message", (bytes) => this.#receive(bytes));
    this.#socket.once("connect", () => {
      this.#connected = true;
      for (const [id, pending] of this.#pending) this.#transmit(id, pending);
    });
    this.#socket.connect(server.port, server.address);
  }

  /** Takes new queries. */
  get usable(): boolean {
    return !this.#closed && this.#sent < QUERIES_MAX;
  }

  send(task: Task): void {
    let id = randomInt(0x1_0000);
    while (this.#pending.has(id)) id = randomInt(0x1_0000);
    const pending: Pending = { task, deadline: undefined };
    this.#pending.set(id, pending);
    this.#sent += 1;
    this.#idle?.cancel();
    this.#socket.ref();
    task.leave = () => this.#remove(id, pending);
    if (this.#connected) this.#transmit(id, pending);
  }

  #transmit(id: number, pending: Pending): void {
    const { query, timeoutMs } = pending.task;
    const bytes = Buffer.from(query.bytes);
    bytes.writeUInt16BE(id, 0);
    this.#counters.udp += 1;
    pending.deadline = this.#wheel.after(timeoutMs, () => {
      this.#counters.timeouts += 1;
      this.#settle(id, pending, { kind: "silent" });
    });
    this.#socket.send(bytes, (error) => {
      if (error) this.#fail(unreachable(error));
    });
  }

  #receive(bytes: Buffer): void {
    const id = bytes.length < 12 ? -1 : bytes.readUInt16BE(0);
    const pending = this.#pending.get(id);
    const exchange = pending && readExchange(bytes, pending.task.query);
    if (pending && exchange) this.#settle(id, pending, exchange);
    else this.#counters.ignored += 1;
  }

  #settle(id: number, pending: Pending, exchange: Exchange): void {
    this.#remove(id, pending);
    pending.task.settle(exchange);
  }

  #remove(id: number, pending: Pending): void {
    if (this.#pending.get(id) !== pending) return;
    this.#pending.delete(id);
    pending.deadline?.cancel();
    delete pending.task.leave;
    if (this.#pending.size === 0 && !this.#closed) this.#rest();
    this.#events.onLeave();
  }

  /** Nothing is in flight: let the process end, and the socket with it or a moment later. */
  #rest(): void {
    if (this.#sent >= QUERIES_MAX) {
      this.#fail(CLOSED);
      return;
    }
    this.#socket.unref();
    this.#idle?.cancel();
    this.#idle = this.#wheel.after(IDLE_MS, () => this.#fail(CLOSED));
  }

  /** The error of a socket names no query, so it ends all that are in flight: each goes on to the next server. */
  #fail(exchange: Exchange): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#idle?.cancel();
    this.#socket.close();
    this.#events.onClose();
    for (const [id, pending] of this.#pending) this.#settle(id, pending, exchange);
  }

  close(exchange: Exchange): void {
    this.#fail(exchange);
  }
}
