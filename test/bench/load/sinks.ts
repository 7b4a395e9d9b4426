import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { startSmtpSink } from "../../support/servers/smtp-sink.ts";
import type { Cast } from "../support/stage.ts";
import { pidOf } from "../support/usage.ts";
import { built } from "./programs.ts";

/** Where the messages of a benchmark go. */
export interface Sink {
  readonly pid: number;
  readonly port: number;
  /** PEM of its certificate authority; "" without TLS. */
  readonly ca: string;
  /** Implicit TLS; 0 without. */
  readonly tlsPort: number;
  /** Base address of its HTTP API; "" without. */
  readonly http: string;
}

interface Ready {
  readonly listen: readonly { readonly address: string; readonly kind: string }[];
  readonly http: string;
  readonly ca: string;
}

/** Our sink in a process of its own; `flags` such as `["--profile", "slow.yml"]`. */
export async function startOwnSink(cast: Cast, flags: readonly string[] = []): Promise<Sink> {
  const listen = ["--listen", "127.0.0.1:0", "--listen", "tls://127.0.0.1:0", "--http", "127.0.0.1:0"];
  const child = spawn(built("mailgauge-sink"), [...listen, "--quiet", ...flags], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  cast.onStop(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    await ended;
  });
  const lines = createInterface({ input: child.stdout });
  const [line] = await Promise.race([
    once(lines, "line"),
    once(child, "exit").then(() => Promise.reject(new Error("mailgauge-sink did not start"))),
  ]);
  const ready = JSON.parse(String(line)) as Ready;
  const port = (kind: string): number =>
    Number(
      ready.listen
        .find((entry) => entry.kind === kind)
        ?.address.split(":")
        .at(-1),
    );
  return {
    pid: child.pid ?? 0,
    port: port("smtp"),
    tlsPort: port("tls"),
    ca: ready.ca,
    http: ready.http.startsWith("http") ? ready.http : `http://${ready.http}`,
  };
}

/** Postfix's smtp-sink: the peer of our sink. */
export async function startPeerSink(cast: Cast): Promise<Sink> {
  const server = await startSmtpSink();
  cast.onStop(() => server.stop());
  const port = server.ports.smtp;
  return { pid: pidOf(`127.0.0.1:${port}`), port, ca: "", tlsPort: 0, http: "" };
}
