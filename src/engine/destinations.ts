import { isIP } from "node:net";

import type { Job } from "../model/probe.ts";

/** Second-level labels under which registries of countries sell names, as in `example.co.uk`. */
const REGISTRY_LABELS = new Set(
  "ac co com edu go gob gov gouv govt gv id ind ltd me mil ne net nom nhs or org plc police sch web".split(
    " ",
  ),
);

/**
 * The domain of whoever runs a host: its last two labels, or three under `co.uk` and the like. An approximation of
 * the registered domain, without the public suffix list: it may join two operators, which only slows us down.
 */
function operatorOf(host: string): string | undefined {
  const labels = host.split(".");
  if (labels.length < 2) return undefined;
  const [second = "", top = ""] = labels.slice(-2);
  const count = top.length === 2 && REGISTRY_LABELS.has(second) ? 3 : 2;
  return labels.slice(-count).join(".");
}

/**
 * Whom a job will talk to, as keys of the limit on concurrency: the host, and the operator behind it. Domains and
 * addresses have none: which servers they lead to is known only to the run itself, and the net layer limits those.
 */
export function destinationsOf(job: Job): string[] {
  if (job.subject.kind !== "relay") return [];
  const host = job.subject.host
    .toLowerCase()
    .replace(/^\[(.*)\]$/, "$1")
    .replace(/\.$/, "");
  const keys = [`host:${host}`];
  const operator = isIP(host) === 0 ? operatorOf(host) : undefined;
  return operator === undefined ? keys : [...keys, `operator:${operator}`];
}
