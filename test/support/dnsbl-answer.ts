import type { DnsResult } from "../../src/model/dns.ts";

const base = { durationMs: 1, extendedErrors: [] };

/** What a list answered, in short: `127.0.0.2 127.0.0.4`, or the name of another status. */
export function dnsblAnswer(text: string): DnsResult<"A"> {
  if (text === "nxdomain" || text === "nodata") {
    return { ...base, status: text, aliases: [], authenticated: false };
  }
  if (text === "servfail" || text === "refused" || text === "timeout" || text === "malformed") {
    return { ...base, status: text, detail: "" };
  }
  const records = text.split(" ").map((data) => ({ name: "x", type: "A" as const, ttl: 1, data }));
  return { ...base, status: "ok", records, aliases: [], authenticated: false };
}
