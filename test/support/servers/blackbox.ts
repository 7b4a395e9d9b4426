import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { parseExposition, type Sample } from "./exposition.ts";
import { LOOPBACK } from "./ports.ts";
import { type RunningServer, startServer } from "./server.ts";

export interface Blackbox extends RunningServer<"http"> {
  /** Probes a port on loopback. `verify: false` reads the certificate whatever it is. */
  probe(mode: "starttls" | "implicit", port: number, verify: boolean): Promise<readonly Sample[]>;
}

/** The peer: blackbox_exporter with an SMTP dialogue in its `tcp` prober. */
export async function startBlackbox(options: { caFile: string; serverName: string }): Promise<Blackbox> {
  const server = await startServer({
    name: "blackbox",
    ports: ["http"],
    prepare: (dir, ports) => {
      const modules = {
        starttls_verify: tcpModule(STARTTLS, false, options, true),
        starttls_any: tcpModule(STARTTLS, false, options, false),
        implicit_verify: tcpModule(IMPLICIT, true, options, true),
        implicit_any: tcpModule(IMPLICIT, true, options, false),
      };
      const file = join(dir, "blackbox.yml");
      writeFileSync(file, stringify({ modules }));
      return {
        command: "prometheus-blackbox-exporter",
        args: [`--config.file=${file}`, `--web.listen-address=${LOOPBACK}:${ports.http}`],
      };
    },
  });
  return {
    ...server,
    probe: async (mode, port, verify) => {
      const url = new URL(`http://${LOOPBACK}:${server.ports.http}/probe`);
      url.searchParams.set("module", `${mode}_${verify ? "verify" : "any"}`);
      url.searchParams.set("target", `${LOOPBACK}:${port}`);
      const response = await fetch(url);
      if (!response.ok)
        throw new Error(`blackbox_exporter answered ${response.status} ${await response.text()}`);
      return parseExposition(await response.text());
    },
  };
}

type Step = Readonly<Record<string, string | boolean>>;

const IMPLICIT: readonly Step[] = [
  { expect: "^220" },
  { send: "EHLO blackbox.test\r" },
  { expect: "^250[ -]" },
  { send: "QUIT\r" },
];

const STARTTLS: readonly Step[] = [
  { expect: "^220" },
  { send: "EHLO blackbox.test\r" },
  { expect: "^250[ -]STARTTLS" },
  { send: "STARTTLS\r" },
  { expect: "^220" },
  { starttls: true },
  { send: "EHLO blackbox.test\r" },
  { expect: "^250[ -]" },
  { send: "QUIT\r" },
];

function tcpModule(
  steps: readonly Step[],
  tls: boolean,
  options: { caFile: string; serverName: string },
  verify: boolean,
): unknown {
  return {
    prober: "tcp",
    timeout: "10s",
    tcp: {
      preferred_ip_protocol: "ip4",
      tls,
      tls_config: { ca_file: options.caFile, server_name: options.serverName, insecure_skip_verify: !verify },
      query_response: steps,
    },
  };
}
