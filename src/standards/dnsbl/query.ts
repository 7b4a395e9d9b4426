import { isIPv4, isIPv6 } from "node:net";
import { canonicalName, nameProblem } from "../dns/name.ts";
import { reverseLabels } from "../dns/reverse.ts";
import type { DnsblZone, ListedKind } from "./zone.ts";

/** What kind of thing a text names; `undefined` when it is neither an address nor a name. */
export function listedKindOf(text: string): ListedKind | undefined {
  if (isIPv4(text)) return "ipv4";
  if (isIPv6(text)) return text.includes("%") ? undefined : "ipv6";
  return text !== "" && nameProblem(text) === undefined ? "domain" : undefined;
}

/** Whether a list has entries of this kind: asking it otherwise would always find nothing. */
export function appliesTo(zone: DnsblZone, text: string): boolean {
  const kind = listedKindOf(text);
  return kind !== undefined && zone.kinds.includes(kind);
}

/** The zone to ask. With a key its name is a secret: never show it. */
export function queryZone(zone: DnsblZone, key?: string): string {
  return key === undefined ? zone.zone : `${key}.${zone.keyedZone ?? zone.zone}`;
}

/** Name under which a list answers for an address or a domain (RFC 5782 sections 2.1, 2.4 and 3). */
export function queryName(subject: string, zoneName: string): string {
  return `${reverseLabels(subject) ?? canonicalName(subject)}.${zoneName}`;
}
