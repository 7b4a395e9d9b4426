/** Names of the extended DNS error codes (RFC 8914 section 5.2, with later additions to the registry). */
const NAMES: readonly string[] = [
  "other error",
  "unsupported DNSKEY algorithm",
  "unsupported DS digest type",
  "stale answer",
  "forged answer",
  "DNSSEC indeterminate",
  "DNSSEC bogus",
  "signature expired",
  "signature not yet valid",
  "DNSKEY missing",
  "RRSIGs missing",
  "no zone key bit set",
  "NSEC missing",
  "cached error",
  "not ready",
  "blocked",
  "censored",
  "filtered",
  "prohibited",
  "stale NXDOMAIN answer",
  "not authoritative",
  "not supported",
  "no reachable authority",
  "network error",
  "invalid data",
  "signature expired before valid",
  "too early",
  "unsupported NSEC3 iterations value",
  "unable to conform to policy",
  "synthesized",
];

/** What an extended DNS error code says, in words. */
export function extendedErrorName(code: number): string {
  return NAMES[code] ?? `extended error ${code}`;
}
