import type { BlocklistEvidence, Listing, ListingUnknown } from "../../model/evidence.ts";
import type { Observation } from "../../model/observation.ts";
import type { Job } from "../../model/probe.ts";
import type { RecordRun } from "./probe-series.ts";
import type { SubjectRegistry } from "./subject-registry.ts";

/** Answers of a listing that are exposed; a list that returns more of them is out of order. */
const MAX_CODES = 16;
const LISTING_CODE = /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/;

/** Reasons that count as a failure. Not asked, by plan, is none: there is nothing to repair. */
const FAILURES: Readonly<Record<ListingUnknown, boolean>> = {
  refused_public_resolver: true,
  refused_quota: true,
  refused_typo: true,
  refused: true,
  lists_the_world: true,
  dead: true,
  answer_outside_127: true,
  unlisted_code: true,
  servfail: true,
  dns_refused: true,
  timeout: true,
  malformed: true,
  not_applicable: false,
  min_interval: false,
};

const FAILURE_REASONS = Object.entries(FAILURES).flatMap(([reason, fails]) => (fails ? [reason] : []));

/**
 * One address on its lists. Only a list that counts against the sender sets `blocklist_listed`: an alert on it must
 * not page for a white list or for a whole provider's network.
 */
export function blocklistSeries(registry: SubjectRegistry, job: Job, lists: readonly string[]): RecordRun {
  const address = job.subject.name;
  const listed = registry.gauge("blocklist_listed");
  const queries = registry.counter("blocklist_queries_total");
  const failures = registry.counter("blocklist_failures_total");
  const info = listingInfo(registry, address);
  for (const list of lists) {
    queries.inc({ address, list }, 0);
    failures.expose({ address, list }, FAILURE_REASONS);
  }

  return (observation: Observation<BlocklistEvidence>) => {
    const { listings, queries: asked } = observation.evidence;
    for (const [list, count] of Object.entries(asked ?? {})) queries.inc({ address, list }, count);
    if (listings === undefined) {
      listed.reset();
      info.clear();
      return;
    }
    for (const listing of listings) {
      const { list, reason, askedAt } = listing;
      // With `askedAt` it is the answer of an earlier run, which has been counted.
      if (reason !== undefined && FAILURES[reason] && askedAt === undefined)
        failures.inc({ address, list, reason });
      if (reason === "min_interval") continue;
      info.show(listing);
      const counts =
        listing.verdict !== "unknown" && listing.white !== true && listing.informational !== true;
      if (counts) listed.set({ address, list }, listing.verdict === "listed" ? 1 : 0);
      else listed.remove({ address, list });
    }
  };
}

/** Replaces the codes of one list by those of the last answer. */
function listingInfo(registry: SubjectRegistry, address: string) {
  const gauge = registry.gauge("blocklist_listing_info");
  const shown = new Map<string, readonly string[]>();
  return {
    show({ list, verdict, answers }: Listing): void {
      for (const code of shown.get(list) ?? []) gauge.remove({ address, list, code });
      const codes =
        verdict === "listed"
          ? [...new Set(answers)].filter((code) => LISTING_CODE.test(code)).slice(0, MAX_CODES)
          : [];
      shown.set(list, codes);
      for (const code of codes) gauge.set({ address, list, code }, 1);
    },
    clear(): void {
      gauge.reset();
      shown.clear();
    },
  };
}
