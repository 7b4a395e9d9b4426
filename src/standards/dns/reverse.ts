import { isIPv4, isIPv6 } from "node:net";

/** The eight 16-bit groups of an IPv6 address without zone; an embedded IPv4 tail counts as two. */
function groupsOf(address: string): readonly number[] {
  const hex = address.replace(/[0-9]+\.[0-9.]+$/, (tail) => {
    const [a = 0, b = 0, c = 0, d = 0] = tail.split(".").map(Number);
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  });
  const [head = "", tail] = hex.split("::");
  const read = (text: string): number[] =>
    text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16));
  const left = read(head);
  if (tail === undefined) return left;
  const right = read(tail);
  return [...left, ...Array.from({ length: 8 - left.length - right.length }, () => 0), ...right];
}

/**
 * An address in the order of DNS labels, without suffix: `2.0.0.127` for IPv4, 32 nibbles for IPv6 (RFC 3596
 * section 2.5; RFC 5782 section 2.4 for blocklists). `undefined` when it is no address, or has a zone (`%eth0`).
 */
export function reverseLabels(address: string): string | undefined {
  if (isIPv4(address)) return address.split(".").toReversed().join(".");
  if (!isIPv6(address) || address.includes("%")) return undefined;
  const nibbles = groupsOf(address).flatMap((group) => group.toString(16).padStart(4, "0").split(""));
  return nibbles.toReversed().join(".");
}

/** Name under which an address has its PTR record: below `in-addr.arpa` or `ip6.arpa`. */
export function reverseName(address: string): string | undefined {
  const labels = reverseLabels(address);
  return labels && `${labels}.${isIPv4(address) ? "in-addr" : "ip6"}.arpa`;
}
