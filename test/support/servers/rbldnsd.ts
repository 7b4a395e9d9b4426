import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { askDns } from "./dns-query.ts";
import { LOOPBACK } from "./ports.ts";
import { type RunningServer, startServer } from "./server.ts";

export interface RbldnsdZone {
  /** Set type of rbldnsd(8): IPv4 addresses and ranges, IPv6, names, or plain records. */
  readonly type: "ip4set" | "ip6trie" | "dnset" | "generic";
  /** Lines of the data file. `:127.0.0.2:text $` sets the default answer; `$` stands for the query. */
  readonly data: string;
}

/** rbldnsd: the name server that blocklists run. Other zones are answered REFUSED. */
export function startRbldnsd(zones: Readonly<Record<string, RbldnsdZone>>): Promise<RunningServer<"dns">> {
  const names = Object.keys(zones);
  return startServer<"dns">({
    name: "rbldnsd",
    ports: [],
    udpOnly: ["dns"],
    prepare: (dir, ports) => {
      for (const [name, { data }] of Object.entries(zones)) {
        const soa = `$SOA 300 ns.${name} hostmaster.${name} 0 600 300 86400 300\n$NS 300 ns.${name}\n`;
        writeFileSync(join(dir, `${name}.zone`), `${soa}${data}\n`);
      }
      const sets = Object.entries(zones).map(([name, { type }]) => `${name}:${type}:${name}.zone`);
      return { command: "rbldnsd", args: ["-n", "-b", `${LOOPBACK}/${ports.dns}`, "-w", dir, ...sets] };
    },
    ready: async (ports) => {
      const replies = await Promise.all(names.map((name) => askDns(ports.dns, name, "SOA")));
      return replies.every((reply) => reply?.rcode === "NOERROR");
    },
  });
}
