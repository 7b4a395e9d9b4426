import type { MxEvidence } from "../../model/evidence.ts";
import type { Observation } from "../../model/observation.ts";
import type { Job } from "../../model/probe.ts";
import type { RecordRun } from "./probe-series.ts";
import type { SubjectRegistry } from "./subject-registry.ts";

/** A domain with more MX hosts than this is exposed with the first of them only. */
const MAX_HOSTS = 32;

interface ReachLabels {
  readonly domain: string;
  readonly mx: string;
  readonly family: string;
}

/** The MX set of a domain and which of its hosts answer. */
export function mxSeries(registry: SubjectRegistry, job: Job): RecordRun {
  const domain = job.subject.name;
  const records = registry.gauge("mx_records").labels({ domain });
  const reachable = registry.gauge("mx_reachable");
  const changes = registry.counter("mx_changes_total").labels({ domain });
  let known: readonly ReachLabels[] = [];
  records.set(Number.NaN);
  changes.inc(0);

  return (observation: Observation<MxEvidence>) => {
    const { hosts, previous, implicit } = observation.evidence;
    if (previous !== undefined) changes.inc();
    records.set(implicit === true ? 0 : (hosts?.length ?? 0));
    const reached = reachOf(domain, hosts ?? []);
    // A host that could not be asked this time is unreached: a series that vanishes resolves its alert.
    const unasked = known.filter(
      (labels) => !reached.some((reach) => sameSeries(reach.labels, labels)) && isStillMx(labels.mx, hosts),
    );
    const series = [...reached, ...unasked.map((labels) => ({ labels, value: 0 }))];
    reachable.reset();
    for (const { labels, value } of series) reachable.set({ ...labels }, value);
    known = series.map(({ labels }) => labels);
  };
}

function sameSeries(a: ReachLabels, b: ReachLabels): boolean {
  return a.mx === b.mx && a.family === b.family;
}

/** Without an answer the set of the last answer holds; with one, a host whose address went is no longer asked. */
function isStillMx(mx: string, hosts: MxEvidence["hosts"] | undefined): boolean {
  if (hosts === undefined) return true;
  const host = hosts.find(({ exchange }) => exchange.toLowerCase() === mx);
  return host !== undefined && host.reach.length === 0 && host.problem === undefined;
}

/** A host is reached by a family when any of its addresses of that family is; one without address by `none`. */
function reachOf(domain: string, hosts: MxEvidence["hosts"]): { labels: ReachLabels; value: number }[] {
  return hosts.slice(0, MAX_HOSTS).flatMap((host) => {
    const mx = host.exchange.toLowerCase();
    if (host.reach.length === 0 && host.problem !== undefined) {
      return [{ labels: { domain, mx, family: "none" }, value: 0 }];
    }
    return ([4, 6] as const).flatMap((family) => {
      const tried = host.reach.filter((reach) => reach.family === family);
      const value = tried.some((reach) => reach.reachable) ? 1 : 0;
      return tried.length === 0 ? [] : [{ labels: { domain, mx, family: `ipv${family}` }, value }];
    });
  });
}
