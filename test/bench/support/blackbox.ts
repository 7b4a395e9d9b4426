import { writeFileSync } from "node:fs";
import { Agent, get } from "node:http";
import { join } from "node:path";
import { stringify } from "yaml";
import { parseExposition, sampleValue } from "../../support/servers/exposition.ts";
import { LOOPBACK } from "../../support/servers/ports.ts";
import { startServer } from "../../support/servers/server.ts";
import { SERVER_NAME } from "./certificate.ts";
import { pidOf } from "./usage.ts";

export interface BlackboxProbe {
  readonly success: boolean;
  /** As it measured itself: `probe_duration_seconds`. */
  readonly durationMs: number;
}

export interface BenchBlackbox {
  readonly pid: number;
  /** One whole dialogue, to the final dot. `client` is what it says in EHLO: a number from 0 to 1999. */
  probe(port: number, client?: number): Promise<BlackboxProbe>;
  stop(): Promise<void>;
}

const MESSAGE = `From: <probe@bench.test>\r\nTo: <seed@bench.test>\r\nSubject: bench\r\n\r\n${"word ".repeat(200)}\r\n.\r`;

/** The peer, told to submit a message: an SMTP dialogue by hand, since its `tcp` prober knows no SMTP. */
function steps(client: string): readonly Readonly<Record<string, string | boolean>>[] {
  return [
    { expect: "^220 " },
    { send: `EHLO ${client}\r` },
    { expect: "^250 " },
    { send: "STARTTLS\r" },
    { expect: "^220 " },
    { starttls: true },
    { send: `EHLO ${client}\r` },
    { expect: "^250 " },
    { send: "MAIL FROM:<probe@bench.test>\r" },
    { expect: "^250 " },
    { send: "RCPT TO:<seed@bench.test>\r" },
    { expect: "^250 " },
    { send: "DATA\r" },
    { expect: "^354 " },
    { send: MESSAGE },
    { expect: "^250 " },
    { send: "QUIT\r" },
    { expect: "^221 " },
  ];
}

/** blackbox_exporter with a module for each of `clients` names, so that the server can tell its probes apart. */
export async function startBenchBlackbox(
  ca: string,
  { clients = 1, timeout = "100s" }: { readonly clients?: number; readonly timeout?: string } = {},
): Promise<BenchBlackbox> {
  const server = await startServer({
    name: "bench-blackbox",
    ports: ["http"],
    prepare: (dir, ports) => {
      const caFile = join(dir, "ca.pem");
      writeFileSync(caFile, ca);
      const module = (client: number): unknown => ({
        prober: "tcp",
        timeout,
        tcp: {
          preferred_ip_protocol: "ip4",
          tls_config: { ca_file: caFile, server_name: SERVER_NAME },
          query_response: steps(`client${client}.bench.test`),
        },
      });
      const modules = Object.fromEntries(
        Array.from({ length: clients }, (_, client) => [`client${client}`, module(client)]),
      );
      const file = join(dir, "blackbox.yml");
      writeFileSync(file, stringify({ modules }));
      const args = [`--config.file=${file}`, `--web.listen-address=${LOOPBACK}:${ports.http}`];
      return { command: "prometheus-blackbox-exporter", args };
    },
  });
  const agent = new Agent({ keepAlive: true });
  const base = `http://${LOOPBACK}:${server.ports.http}/probe`;
  return {
    pid: pidOf(server.dir),
    probe: async (port, client = 0) => {
      const text = await fetchText(`${base}?module=client${client}&target=${LOOPBACK}:${port}`, agent);
      const samples = parseExposition(text);
      return {
        success: sampleValue(samples, "probe_success") === 1,
        durationMs: sampleValue(samples, "probe_duration_seconds") * 1000,
      };
    },
    stop: async () => {
      agent.destroy();
      await server.stop();
    },
  };
}

/** `fetch` costs several times as much, and would take the CPU that the peer needs. */
function fetchText(url: string, agent: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => resolve(Buffer.concat(chunks).toString("utf8")));
    }).on("error", reject);
  });
}
