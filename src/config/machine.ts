import { hostname, networkInterfaces } from "node:os";
import { isHelo } from "./host.ts";

/**
 * What this machine says in EHLO by default: its name when that is fully qualified, else its first address as a
 * literal, which is what RFC 5321 section 4.1.4 asks of a client without a name.
 */
export function machineHelo(
  name: string = hostname(),
  addresses: readonly string[] = ownAddresses(),
): string {
  const lower = name.toLowerCase();
  if (isHelo(lower) && !lower.endsWith(".local") && !lower.endsWith(".localdomain")) return lower;
  return `[${addresses[0] ?? "127.0.0.1"}]`;
}

function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((ends) =>
    (ends ?? []).filter((end) => end.family === "IPv4" && !end.internal).map((end) => end.address),
  );
}
