import type { DnsResult } from "../../model/dns.ts";
import type { ListingUnknown } from "../../model/evidence.ts";
import { interpret } from "./interpret.ts";
import type { DnsblZone } from "./zone.ts";

/** Whether a list can be believed; if not, why everything that it says is `unknown`. */
export type ZoneHealth =
  | { readonly healthy: true }
  | { readonly healthy: false; readonly reason: ListingUnknown; readonly answers: readonly string[] };

const HEALTHY: ZoneHealth = { healthy: true };

/** A test point may carry a code of its own: any answer that is no refusal counts as listed. */
function presence(zone: DnsblZone, result: DnsResult<"A">): "listed" | "not_listed" | ZoneHealth {
  const { verdict, reason = "refused", answers } = interpret(zone, result);
  if (verdict !== "unknown") return answers.length > 0 ? "listed" : "not_listed";
  return reason === "unlisted_code" ? "listed" : { healthy: false, reason, answers };
}

/**
 * Judges a list by its two test points (RFC 5782 section 5): both listed, it lists the world; the first not listed,
 * it is dead or empty; a refusal or no answer at all, that. `unlisted` is absent for lists without that point.
 */
export function judgeHealth(zone: DnsblZone, listed: DnsResult<"A">, unlisted?: DnsResult<"A">): ZoneHealth {
  const first = presence(zone, listed);
  const second = unlisted ? presence(zone, unlisted) : "not_listed";
  if (typeof first === "object") return first;
  if (typeof second === "object") return second;
  const answers = [listed, unlisted].flatMap((result) =>
    result?.status === "ok" ? result.records.map(({ data }) => data) : [],
  );
  if (first === "not_listed") return { healthy: false, reason: "dead", answers };
  return second === "listed" ? { healthy: false, reason: "lists_the_world", answers } : HEALTHY;
}
