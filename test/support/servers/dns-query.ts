import { createSocket } from "node:dgram";
import { type DecodedPacket, decode, encode, RECURSION_DESIRED } from "dns-packet";
import { LOOPBACK } from "./ports.ts";

/** `rcode` is there at run time; the types leave it out. */
export type DnsAnswer = DecodedPacket & { readonly rcode?: string };

const ANSWER_TIMEOUT_MS = 2_000;

/**
 * One plain DNS question over UDP, with none of the project's own resolver in it: to see whether a server is up and
 * to check what it says. `undefined` when no answer comes.
 */
export async function askDns(
  port: number,
  name: string,
  type: "A" | "SOA" | "TXT",
): Promise<DnsAnswer | undefined> {
  const socket = createSocket("udp4");
  try {
    return await new Promise((resolve) => {
      const timer = setTimeout(() => resolve(undefined), ANSWER_TIMEOUT_MS);
      const finish = (packet: DnsAnswer | undefined): void => {
        clearTimeout(timer);
        resolve(packet);
      };
      socket.once("message", (bytes) => finish(decode(bytes)));
      socket.once("error", () => finish(undefined)); // such as ICMP port unreachable
      socket.connect(port, LOOPBACK, () =>
        socket.send(encode({ type: "query", id: 1, flags: RECURSION_DESIRED, questions: [{ name, type }] })),
      );
    });
  } finally {
    socket.close();
  }
}
