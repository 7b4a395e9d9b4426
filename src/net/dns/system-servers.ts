import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { defaultSearch, parseResolvConf, type ResolvConf } from "../../standards/dns/resolv-conf.ts";
import { parseServerAddress, type ServerAddress } from "../../standards/dns/server-address.ts";

const RESOLV_CONF = "/etc/resolv.conf";
const LOOPBACK: ServerAddress = { address: "127.0.0.1", port: 53, family: 4 };

/** The system's name servers; the one on this machine when the file names none, as libc does. */
export function systemServers(
  path: string = RESOLV_CONF,
  host: string = hostname(),
): ResolvConf & Required<Pick<ResolvConf, "search">> {
  let text = "";
  try {
    text = readFileSync(path, "utf8");
  } catch {
    // No such file: libc then asks 127.0.0.1 too.
  }
  const conf = parseResolvConf(text);
  const servers = conf.servers.length > 0 ? conf.servers : [LOOPBACK];
  return { ...conf, servers, search: conf.search ?? defaultSearch(host) };
}

/** Reads a list of servers; the first that is no address is returned as text. */
export function readServers(texts: readonly string[]): readonly ServerAddress[] | { readonly bad: string } {
  const servers: ServerAddress[] = [];
  for (const text of texts) {
    const server = parseServerAddress(text);
    if (!server) return { bad: text };
    servers.push(server);
  }
  return servers;
}
