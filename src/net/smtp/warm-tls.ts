import { Buffer } from "node:buffer";
import { duplexPair } from "node:stream";
import { connect, createServer } from "node:tls";

import { secureContextOf } from "./tls.ts";

/** Both ends share a key, so that the handshake needs no certificate (RFC 4279). */
const KEY = Buffer.alloc(32, 1);

/**
 * One handshake between two ends in memory. OpenSSL and Node set themselves up at the first one in a process, and the
 * first probe's `tls` phase would be charged with it: some 10 ms. Nothing depends on it; resolves when it is over.
 */
export async function warmTls(): Promise<void> {
  secureContextOf({});
  const [left, right] = duplexPair();
  const server = createServer({ ciphers: "PSK", pskCallback: () => KEY });
  await new Promise<void>((resolve) => {
    server.once("tlsClientError", () => resolve());
    server.emit("connection", left);
    const client = connect({
      socket: right,
      ciphers: "PSK",
      pskCallback: () => ({ identity: "warm", psk: KEY }),
      checkServerIdentity: () => undefined,
    });
    client.once("secureConnect", resolve);
    client.once("error", () => resolve());
  });
  right.destroy();
  left.destroy();
}
