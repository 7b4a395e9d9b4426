import { randomInt } from "node:crypto";
import { formatServerAddress, type ServerAddress } from "../../standards/dns/server-address.ts";
import { UdpChannel, type Task } from "./udp-channel.ts";
import { CLOSED, type Counters, type Exchange, type Query, type Transport } from "./exchange.ts";
import type { TimerWheel } from "./wheel.ts";

/** Sockets for each server. Each has its own random source port; a query takes one of them by chance. */
const CHANNELS = 4;

/** The sockets towards one server, and the queries that wait for room in them, first come first served. */
class Pool {
  readonly #server: ServerAddress;
  readonly #wheel: TimerWheel;
  readonly #room: number;
  readonly #counters: Counters;
  readonly #channels: (UdpChannel | undefined)[] = [];
  /** Every open socket, those included that take no more queries and only wait for their last replies. */
  readonly #open = new Set<UdpChannel>();
  #inFlight = 0;
  readonly queue = new Set<Task>();

  constructor(server: ServerAddress, wheel: TimerWheel, room: number, counters: Counters) {
    this.#server = server;
    this.#wheel = wheel;
    this.#room = room;
    this.#counters = counters;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  add(task: Task): void {
    this.queue.add(task);
    this.#pump();
  }

  /** Takes a task out wherever it is. */
  remove(task: Task): void {
    if (!this.queue.delete(task)) task.leave?.();
  }

  #pump(): void {
    for (const task of this.queue) {
      if (this.#inFlight >= this.#room) return;
      this.queue.delete(task);
      this.#inFlight += 1;
      this.#channel().send(task);
    }
  }

  #channel(): UdpChannel {
    const index = randomInt(CHANNELS);
    const present = this.#channels[index];
    if (present?.usable) return present;
    // One that has done its share closes by itself when its last query ends.
    const channel = new UdpChannel(this.#server, this.#wheel, this.#counters, {
      onLeave: () => {
        this.#inFlight -= 1;
        this.#pump();
      },
      onClose: () => this.#open.delete(channel),
    });
    this.#open.add(channel);
    this.#channels[index] = channel;
    return channel;
  }

  close(): void {
    const waiting = [...this.queue];
    this.queue.clear();
    for (const task of waiting) task.settle(CLOSED);
    for (const channel of this.#open) channel.close(CLOSED);
  }
}

/** DNS over UDP (RFC 1035 section 4.2.1) with random ids and source ports (RFC 5452 section 9.2). */
export class UdpTransport implements Transport {
  readonly #pools = new Map<string, Pool>();
  readonly #wheel: TimerWheel;
  readonly #room: number;
  readonly #counters: Counters;
  #closed = false;

  /** `room`: queries in flight towards one server; more would overflow its receive buffer, or ours. */
  constructor(wheel: TimerWheel, room: number, counters: Counters) {
    this.#wheel = wheel;
    this.#room = room;
    this.#counters = counters;
  }

  get inFlight(): number {
    return [...this.#pools.values()].reduce((sum, pool) => sum + pool.inFlight, 0);
  }

  get queued(): number {
    return [...this.#pools.values()].reduce((sum, pool) => sum + pool.queue.size, 0);
  }

  exchange(
    server: ServerAddress,
    query: Query,
    timeoutMs: number,
    signal: AbortSignal | undefined,
  ): Promise<Exchange> {
    if (this.#closed) return Promise.resolve(CLOSED);
    return new Promise((resolve, reject) => {
      const pool = this.#pool(server);
      const onAbort = (): void => {
        pool.remove(task);
        // The reason of an AbortSignal is what the caller gave, of any type.
        reject(signal?.reason as Error);
      };
      const task: Task = {
        query,
        timeoutMs,
        settle: (exchange) => {
          signal?.removeEventListener("abort", onAbort);
          resolve(exchange);
        },
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      pool.add(task);
    });
  }

  #pool(server: ServerAddress): Pool {
    const key = formatServerAddress(server);
    const pool = this.#pools.get(key) ?? new Pool(server, this.#wheel, this.#room, this.#counters);
    this.#pools.set(key, pool);
    return pool;
  }

  close(): void {
    this.#closed = true;
    for (const pool of this.#pools.values()) pool.close();
    this.#pools.clear();
  }
}
