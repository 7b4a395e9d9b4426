import type { Answer } from "dns-packet";

import type { Script, ScriptedReply } from "./dns-server.ts";

/** Replies by `name TYPE` (name in lower case); everything else gets `otherwise`. */
export type ZoneReplies = Readonly<Record<string, ScriptedReply>>;

const SOA: Answer = {
  name: "example",
  type: "SOA",
  ttl: 900,
  data: { mname: "ns.example", rname: "hostmaster.example", minimum: 60 },
};

/** There are other records under the name (RFC 2308 section 2.2). */
export const NODATA: ScriptedReply = { authorities: [SOA] };
/** There is no such name (RFC 2308 section 2.1). */
export const NXDOMAIN: ScriptedReply = { rcode: 3, authorities: [SOA] };

export function zoneScript(replies: ZoneReplies, otherwise: ScriptedReply = NODATA): Script {
  return ({ name, type }) => replies[`${name.toLowerCase()} ${type}`] ?? otherwise;
}

export const mx = (name: string, preference: number, exchange: string): Answer => ({
  name,
  type: "MX",
  ttl: 300,
  data: { preference, exchange },
});
