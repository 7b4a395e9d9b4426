import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";

/** What only a process of its own can show: signals and pipes. */

const MAIN = join(import.meta.dirname, "../main.ts");
const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});

function start(args: readonly string[]) {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const texts = { out: "", err: "" };
  child.stdout.on("data", (chunk: Buffer) => void (texts.out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => void (texts.err += chunk.toString()));
  const ended = once(child, "close").then(([code]) => ({ code: code as number | null, ...texts }));
  return { child, ended };
}

/** A server that takes the connection and says nothing. */
async function silentServer(onConnection: () => void): Promise<number> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
    socket.on("close", () => socket.destroy());
    onConnection();
  });
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

describe("a check that is stopped", () => {
  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("by %s reports what there is, and exits with %i", async (signal, code) => {
    const connected = Promise.withResolvers<void>();
    const port = await silentServer(connected.resolve);
    const { child, ended } = start(["check", `smtp://127.0.0.1:${port}`, "--timeout", "10m", "--json"]);
    await connected.promise;
    child.kill(signal);
    const seen = await ended;
    expect(seen.err).toBe("mailgauge: stopped after 1 of 2 probes\n");
    expect(seen.code).toBe(code);
    expect(JSON.parse(seen.out)).toMatchObject({
      verdict: "unknown",
      observations: [{ probe: "smtp", fault: { code: "aborted" } }],
    });
  });
});

describe("a reader that goes away", () => {
  it.each([[["check", "--help"]], [["config", "schema"]]])("ends %j without a stack trace", async (args) => {
    const { child, ended } = start(args);
    child.stdout.destroy();
    const { code, err } = await ended;
    expect(err).toBe("");
    expect(code).toBe(141);
  });
});
