import { isIP } from "node:net";
import { canonicalName } from "./name.ts";

/** Addresses of one name, by the type of record that would hold them, in the order of the file. */
export interface HostAddresses {
  readonly A: readonly string[];
  readonly AAAA: readonly string[];
}

/** Canonical name to its addresses. */
export type Hosts = ReadonlyMap<string, HostAddresses>;

/** Characters that are read: files that block advertisements have some millions. */
export const HOSTS_TEXT_MAX = 4 * 1024 * 1024;
/** Addresses kept of one name in one family; more than a dial tries. */
const ADDRESSES_MAX = 16;

/**
 * Reads the text of hosts(5): an address, then its names. A name may stand on several lines, and has the addresses of all
 * of them. Lines that make no sense are passed over, and so is what stands behind `HOSTS_TEXT_MAX`.
 */
export function parseHosts(text: string): Hosts {
  // A line that the limit cuts would give a name that nobody wrote.
  const whole =
    text.length > HOSTS_TEXT_MAX ? text.slice(0, text.lastIndexOf("\n", HOSTS_TEXT_MAX) + 1) : text;
  const hosts = new Map<string, { A: string[]; AAAA: string[] }>();
  for (const line of whole.split("\n")) {
    const [address = "", ...names] = line.replace(/#.*$/, "").trim().split(/\s+/);
    const family = isIP(address);
    if (family === 0) continue;
    for (const name of names.map(canonicalName)) {
      const entry = hosts.get(name) ?? { A: [], AAAA: [] };
      hosts.set(name, entry);
      const addresses = family === 4 ? entry.A : entry.AAAA;
      if (addresses.length < ADDRESSES_MAX && !addresses.includes(address)) addresses.push(address);
    }
  }
  return hosts;
}
