import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { askDns } from "./dns-query.ts";
import { LOOPBACK } from "./ports.ts";
import { type RunningServer, runUnprivileged, startServer } from "./server.ts";

export interface KnotZone {
  /** Lines of a zone file below the SOA and NS records, which are made; names relative to the zone. */
  readonly records: string;
  readonly signed: boolean;
}

export interface Knot extends RunningServer<"dns"> {
  /** DS record of a signed zone, as one line of a zone file. */
  ds(zone: string): string;
}

/** Knot: an authoritative name server that signs zones (ECDSA P-256) by itself. */
export async function startKnot(zones: Readonly<Record<string, KnotZone>>): Promise<Knot> {
  const names = Object.keys(zones);
  const server = await startServer({
    name: "knot",
    ports: ["dns"],
    prepare: (dir, ports) => {
      mkdirSync(join(dir, "data"));
      for (const [name, zone] of Object.entries(zones)) {
        writeFileSync(join(dir, `${name}.zone`), zoneFile(name, zone.records));
      }
      writeFileSync(join(dir, "knot.conf"), configuration(dir, ports.dns, zones));
      return { command: "knotd", args: ["-c", join(dir, "knot.conf")] };
    },
    // It listens before it has loaded and signed the zones.
    ready: async (ports) => {
      const replies = await Promise.all(names.map((name) => askDns(ports.dns, name, "SOA")));
      return replies.every((reply) => reply?.rcode === "NOERROR");
    },
  });
  return {
    ...server,
    ds: (zone) => {
      const output = runUnprivileged("keymgr", ["-c", join(server.dir, "knot.conf"), zone, "ds"]);
      const sha256 = output.split("\n").find((line) => / DS \d+ 13 2 /.test(line));
      if (sha256 === undefined) throw new Error(`keymgr told no SHA-256 DS record for ${zone}:\n${output}`);
      return sha256;
    },
  };
}

function zoneFile(name: string, records: string): string {
  return `$ORIGIN ${name}.
$TTL 300
@ SOA ns.${name}. hostmaster.${name}. 1 3600 600 86400 60
@ NS ns
ns A ${LOOPBACK}
${records}
`;
}

function configuration(dir: string, port: number, zones: Readonly<Record<string, KnotZone>>): string {
  const entries = Object.entries(zones).map(
    ([name, { signed }]) => `  - domain: ${name}
    file: ${dir}/${name}.zone
    zonefile-sync: -1
    dnssec-signing: ${signed ? "on" : "off"}
    dnssec-policy: test
`,
  );
  return `server:
  listen: ${LOOPBACK}@${port}
  rundir: ${dir}/data
  udp-workers: 1
  tcp-workers: 1
log:
  - target: stderr
    any: info
database:
  storage: ${dir}/data
policy:
  - id: test
    algorithm: ecdsap256sha256
template:
  - id: default
    storage: ${dir}/data
    journal-content: none
    zonefile-load: whole
    semantic-checks: off
zone:
${entries.join("")}`;
}
