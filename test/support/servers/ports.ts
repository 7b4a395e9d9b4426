import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect, createServer } from "node:net";

export const LOOPBACK = "127.0.0.1";

const READY_POLL_MS = 20;

/** A TCP port that is free on loopback, and free for UDP too; held until `release`. */
async function holdPort(): Promise<{ port: number; release: () => Promise<void> }> {
  for (;;) {
    const tcp = createServer();
    tcp.listen(0, LOOPBACK);
    await once(tcp, "listening");
    const address = tcp.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const udp = createSocket("udp4");
    const udpIsFree = await new Promise<boolean>((resolve) => {
      udp.once("error", () => resolve(false));
      udp.bind(port, LOOPBACK, () => resolve(true));
    });
    const release = async (): Promise<void> => {
      await new Promise<void>((resolve) => tcp.close(() => resolve()));
      if (udpIsFree) await new Promise<void>((resolve) => udp.close(() => resolve()));
    };
    if (udpIsFree) return { port, release };
    await release();
  }
}

/**
 * Free ports on loopback, one a name. All are held until the last is found, so that they differ. Another process
 * can still take one before the server binds it: the caller tries again then.
 */
export async function freePorts<Name extends string>(names: readonly Name[]): Promise<Record<Name, number>> {
  const held: { port: number; release: () => Promise<void> }[] = [];
  const ports: Partial<Record<Name, number>> = {};
  for (const name of names) {
    const hold = await holdPort();
    held.push(hold);
    ports[name] = hold.port;
  }
  for (const { release } of held) await release();
  return ports as Record<Name, number>;
}

/** Whether something listens: one TCP connection, closed at once. */
export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: LOOPBACK, port });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

/** Asks again until the answer is not `undefined`. Rejects when `signal` aborts. */
export async function poll<T>(ask: () => Promise<T | undefined>, signal: AbortSignal): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    signal.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, READY_POLL_MS));
  }
}
