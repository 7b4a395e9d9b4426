import { closeSync, openSync, readSync, statSync } from "node:fs";
import type { Clock } from "../../model/probe.ts";
import { HOSTS_TEXT_MAX, parseHosts, type Hosts } from "../../standards/dns/hosts.ts";

/** Between two looks at whether the file has changed, milliseconds. */
const CHECK_MS = 5_000;

const NONE: Hosts = new Map();

/** As much of the file as is parsed, and one byte more, which tells that it goes on. Names are ASCII. */
function readText(path: string): string {
  const bytes = Buffer.allocUnsafe(HOSTS_TEXT_MAX + 1);
  const file = openSync(path, "r");
  try {
    let length = 0;
    for (;;) {
      const read = readSync(file, bytes, length, bytes.length - length, null);
      length += read;
      if (read === 0 || length === bytes.length) return bytes.toString("latin1", 0, length);
    }
  } finally {
    closeSync(file);
  }
}

/**
 * The hosts file as it stands now: read at once, and again when it has changed, which is looked at every few seconds at
 * most. A file that is not there holds no name; one that cannot be read just now keeps what it held.
 */
export function openHostsFile(path: string, clock: Clock): () => Hosts {
  let hosts = NONE;
  let version = "";
  let checkedAt = Number.NEGATIVE_INFINITY;
  const current = (): Hosts => {
    const now = clock.monotonic();
    if (now - checkedAt < CHECK_MS) return hosts;
    checkedAt = now;
    try {
      const stat = statSync(path, { throwIfNoEntry: false });
      // Whatever is no file, such as a pipe, could block the process.
      const found = stat?.isFile() === true ? `${stat.ino} ${stat.size} ${stat.mtimeMs}` : "";
      if (found === version) return hosts;
      hosts = found === "" ? NONE : parseHosts(readText(path));
      version = found;
    } catch {
      // Asked again at the next look.
    }
    return hosts;
  };
  current();
  return current;
}
