import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { askDns } from "./dns-query.ts";
import { LOOPBACK } from "./ports.ts";
import { type RunningServer, startServer } from "./server.ts";

export interface UnboundZone {
  /** Port of the authoritative server on loopback. */
  readonly port: number;
  /** DS record to validate with. The zone counts as unsigned without one. */
  readonly ds?: string;
}

/** A DS record that fits no key: the zone that it is trusted for becomes bogus. */
export function wrongDs(ds: string): string {
  return ds.replace(/[0-9a-f]{8}\s*$/i, (digits) => (digits.startsWith("0") ? "11111111" : "00000000"));
}

/** Unbound: a validating resolver that knows the given zones and refuses every other name. */
export function startUnbound(zones: Readonly<Record<string, UnboundZone>>): Promise<RunningServer<"dns">> {
  return startServer({
    name: "unbound",
    ports: ["dns"],
    prepare: (dir, ports) => {
      mkdirSync(join(dir, "data"));
      for (const [name, { ds }] of Object.entries(zones)) {
        if (ds !== undefined) writeFileSync(join(dir, `${name}.ds`), `${ds}\n`);
      }
      writeFileSync(join(dir, "unbound.conf"), configuration(dir, ports.dns, zones));
      return { command: "unbound", args: ["-d", "-c", join(dir, "unbound.conf")] };
    },
    ready: async (ports) => (await askDns(ports.dns, "nowhere.example", "A")) !== undefined,
  });
}

function configuration(dir: string, port: number, zones: Readonly<Record<string, UnboundZone>>): string {
  const entries = Object.entries(zones);
  const anchors = entries.filter(([, { ds }]) => ds !== undefined);
  const unsigned = entries.filter(([, { ds }]) => ds === undefined);
  // `do-not-query-localhost: no` is the line without which nothing works.
  return `server:
  interface: ${LOOPBACK}@${port}
  port: ${port}
  num-threads: 1
  chroot: ""
  username: ""
  directory: "${dir}/data"
  pidfile: "${dir}/data/unbound.pid"
  use-syslog: no
  do-not-query-localhost: no
  module-config: "validator iterator"
  ede: yes
  outgoing-interface: ${LOOPBACK}
  qname-minimisation: no
  local-zone: "." refuse
  local-zone: "test." nodefault
${entries.map(([name]) => `  local-zone: "${name}." transparent\n`).join("")}\
${anchors.map(([name]) => `  trust-anchor-file: "${dir}/${name}.ds"\n`).join("")}\
${unsigned.map(([name]) => `  domain-insecure: "${name}"\n`).join("")}\
remote-control:
  control-enable: no
${entries.map(([name, zone]) => `stub-zone:\n  name: "${name}"\n  stub-addr: ${LOOPBACK}@${zone.port}\n`).join("")}`;
}
