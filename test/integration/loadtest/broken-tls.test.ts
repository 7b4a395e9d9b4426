import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { runK6 } from "../../support/k6.ts";
import { type Certificates, makeCertificates, SERVER_NAME } from "../../support/servers/certificates.ts";
import { LOOPBACK } from "../../support/servers/ports.ts";
import { startOpensslServer } from "../../support/servers/s-server.ts";
import type { RunningServer } from "../../support/servers/server.ts";

/** OpenSSL's s_server behind a proxy that breaks off in the middle of the handshake. */
const OPEN = "test/integration/loadtest/scripts/open.ts";

let certificates: Certificates;
let server: RunningServer<"tls">;
const proxies: { close(): void }[] = [];

beforeAll(async () => {
  certificates = makeCertificates();
  server = await startOpensslServer(certificates.get("good"));
});
afterEach(() => {
  for (const proxy of proxies.splice(0)) proxy.close();
});
afterAll(async () => {
  await server?.stop();
  certificates?.remove();
});

/** Passes on so many octets of what the server says; `end` then ends the connection to the client. */
async function proxyThat(octets: number, end: (client: Socket) => void): Promise<number> {
  const proxy = createServer((client) => {
    const upstream = connect(server.ports.tls, LOOPBACK);
    let left = octets;
    client.on("error", () => {});
    upstream.on("error", () => client.destroy());
    client.pipe(upstream);
    client.on("close", () => upstream.destroy());
    upstream.on("data", (chunk: Buffer) => {
      if (left < 0) return;
      client.write(chunk.subarray(0, left));
      left -= chunk.length;
      if (left < 0) end(client);
    });
  });
  proxies.push(proxy);
  proxy.listen(0, LOOPBACK);
  await once(proxy, "listening");
  return (proxy.address() as AddressInfo).port;
}

async function open(port: number): Promise<Readonly<Record<string, unknown>>> {
  const run = await runK6(OPEN, {
    STEP: "connect",
    SMTP_TLS: "implicit",
    SMTP_CA: certificates.ca,
    SMTP_SERVER_NAME: SERVER_NAME,
    SMTP_PORT: port,
  });
  const line = run.lines.find((text) => text.startsWith("{"));
  if (line === undefined) throw new Error(`the script told nothing:\n${run.log}`);
  expect(Object.keys(run.counts.sessions), run.log).toEqual(["failed"]);
  return JSON.parse(line) as Readonly<Record<string, unknown>>;
}

describe("a TLS server that dies in the middle of the handshake", () => {
  it.each<readonly [string, number, (client: Socket) => void]>([
    ["closed before its first octet", 0, (client) => client.end()],
    ["closed within the first record", 3, (client) => client.end()],
    ["closed behind the ServerHello", 200, (client) => client.end()],
    ["reset within the first record", 3, (client) => client.resetAndDestroy()],
    ["reset behind the ServerHello", 200, (client) => client.resetAndDestroy()],
  ])("is a failed handshake: %s", async (_title, octets, end) => {
    const opened = await open(await proxyThat(octets, end));
    expect(opened).toMatchObject({ ok: false, code: 0, phase: "tls_handshaking", tls: null });
    expect(opened["error"]).toMatch(/^(tls_handshake_failed|closed|reset)$/);
    expect(opened["message"]).not.toBe("");
  });

  it("is one also when it is killed itself", async () => {
    const victim = await startOpensslServer(certificates.get("good"));
    try {
      const proxy = createServer((client) => {
        const upstream = connect(victim.ports.tls, LOOPBACK);
        client.on("error", () => {});
        upstream.on("error", () => {});
        upstream.on("close", () => client.destroy());
        // The client has said its first word.
        client.once("data", (hello: Buffer) => {
          void victim.kill().then(() => upstream.write(hello));
        });
      });
      proxies.push(proxy);
      proxy.listen(0, LOOPBACK);
      await once(proxy, "listening");
      const opened = await open((proxy.address() as AddressInfo).port);
      expect(opened).toMatchObject({ ok: false, phase: "tls_handshaking", tls: null });
    } finally {
      await victim.stop();
    }
  });
});
