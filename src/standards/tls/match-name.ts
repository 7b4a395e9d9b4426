import { isIP, SocketAddress } from "node:net";

/** The names of a certificate that count: subjectAltName entries only; the common name is never looked at. */
export interface PresentedNames {
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
}

/**
 * Whether a certificate is for this server (RFC 9525 section 6). An IP address matches iPAddress entries only; a
 * host name matches dNSName entries only, A-label form, without regard to case.
 */
export function matchesServerName(serverName: string, presented: PresentedNames): boolean {
  const family = isIP(serverName);
  if (family !== 0) {
    const wanted = canonicalAddress(serverName);
    return presented.ipAddresses.some((address) => canonicalAddress(address) === wanted);
  }
  const wanted = canonicalName(serverName);
  if (wanted === "") return false;
  return presented.dnsNames.some((name) => matchesDnsName(wanted, canonicalName(name)));
}

/** A wildcard stands for exactly one label, the left-most, and for the whole of it (RFC 9525 section 6.3). */
function matchesDnsName(wanted: string, presented: string): boolean {
  if (!presented.includes("*")) return presented === wanted;
  const [first, ...rest] = presented.split(".");
  // `*.com` would be a certificate for a whole top-level domain: no authority issues it, no client takes it.
  if (first !== "*" || rest.length < 2 || rest.some((label) => label === "" || label.includes("*")))
    return false;
  const labels = wanted.split(".");
  return labels[0] !== "" && labels.slice(1).join(".") === rest.join(".");
}

function canonicalName(name: string): string {
  const lower = name.toLowerCase();
  return lower.endsWith(".") ? lower.slice(0, -1) : lower;
}

/** `0:0:0:0:0:0:0:1` and `::1` are one address; what is no address matches only itself. */
function canonicalAddress(address: string): string {
  const family = isIP(address);
  if (family === 0) return `not an address: ${address}`;
  return new SocketAddress({ address, family: family === 4 ? "ipv4" : "ipv6" }).address;
}
