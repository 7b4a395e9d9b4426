import type { BlocklistEvidence } from "../../src/model/evidence.ts";
import type { Probe } from "../../src/model/probe.ts";
import type { Address } from "../../src/model/subject.ts";
import { appliesTo } from "../../src/standards/dnsbl/query.ts";
import { judgeBlocklist } from "./judge.ts";
import { parseBlocklistOptions, type BlocklistOptions } from "./options.ts";
import { runBlocklist } from "./run.ts";
import { ZoneHealths } from "./zone-health.ts";

/** Make one for the whole process: it remembers for all addresses which lists work. */
export function createBlocklistProbe(): Probe<Address, BlocklistOptions, BlocklistEvidence> {
  const healths = new ZoneHealths();
  return {
    kind: "blocklist",
    subject: "address",
    title: "Whether an address or a domain is on DNS blocklists, and whether those lists can be believed",
    phases: () => ["dns"],
    causes: ["blocklisted", "dns_broken", "unknown"],
    parseOptions: parseBlocklistOptions,
    run: (subject, options, io, notes) => runBlocklist(subject, options, io, notes, healths),
    judge: judgeBlocklist,
  };
}

/** Names of the lists that a run with these options asks about this address: the metric label `list`. */
export function blocklistNames(options: BlocklistOptions, address: string): string[] {
  return options.lists.filter(({ zone }) => appliesTo(zone, address)).map(({ zone }) => zone.id);
}
