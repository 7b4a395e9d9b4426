import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { setTimeout } from "node:timers/promises";

const CONNECTIONS = 1000;
const ATTEMPTS = 10;
const RETRY_MS = 20;

/** A TCP port of the lab that can be shut and opened again, keeping its number. */
export class Listener {
  readonly #addresses: readonly string[];
  readonly #accept: (socket: Socket) => void;
  readonly #sockets = new Set<Socket>();
  #servers: Server[] = [];
  #port = 0;

  /** `addresses`: loopback addresses, all with the same port number. */
  constructor(addresses: readonly string[], accept: (socket: Socket) => void) {
    this.#addresses = addresses;
    this.#accept = accept;
  }

  get port(): number {
    return this.#port;
  }

  /** Connections that stand now. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** Opens at a free port the first time, and at the same port afterwards. */
  async open(): Promise<void> {
    if (this.#servers.length > 0) return;
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.#listen();
        return;
      } catch (error) {
        await this.#shut();
        // Another process may hold the number: on the second address, or since this port was shut.
        if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE" || attempt === ATTEMPTS) throw error;
        await setTimeout(RETRY_MS);
      }
    }
  }

  /** Closes the port and drops its connections: from now on the kernel refuses. */
  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await this.#shut();
  }

  /** The next `open` takes another number. */
  forget(): void {
    this.#port = 0;
  }

  async #listen(): Promise<void> {
    let port = this.#port;
    for (const address of this.#addresses) {
      // Nothing is read before the session decides whether the first byte belongs to TLS.
      const server = createServer({ pauseOnConnect: true }, (socket) => this.#take(socket));
      server.maxConnections = CONNECTIONS;
      this.#servers.push(server);
      server.listen(port, address);
      await once(server, "listening");
      const bound = server.address();
      if (bound !== null && typeof bound === "object") port = bound.port;
    }
    this.#port = port;
  }

  #take(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    this.#accept(socket);
  }

  async #shut(): Promise<void> {
    const servers = this.#servers;
    this.#servers = [];
    await Promise.all(servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))));
  }
}
