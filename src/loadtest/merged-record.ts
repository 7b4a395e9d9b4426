import type { LoadInterval, LoadTotals, Objective } from "../model/load-run.ts";
import { timelineOf } from "../model/load-timeline.ts";
import type { RunnerRecord } from "./runner-record.ts";
import { addSums, emptySums, type Sums, totalsOf } from "./totals.ts";

/** What several k6 processes told, each of which did a part of the work, as if they were one. */
export interface MergedRecord {
  readonly totals: LoadTotals;
  readonly sums: Sums;
  readonly parts: ReadonlyMap<string, LoadTotals>;
  readonly intervals: readonly LoadInterval[];
  readonly objectives: readonly Objective[];
  /** Messages without a time, since a record breaks off before it gave them. */
  readonly untimed: number;
}

interface Span {
  readonly from: number;
  readonly to: number;
}

export function mergeRecords(runners: readonly RunnerRecord[]): MergedRecord {
  const offsets = offsetsOf(runners);
  const all = emptySums();
  const spans: Span[] = [];
  const scenarios = new Map<string, { sums: Sums; spans: Span[] }>();
  let untimed = 0;
  for (const [i, runner] of runners.entries()) {
    const offset = offsets[i] ?? 0;
    for (const [name, record] of runner.scenarios) {
      let scenario = scenarios.get(name);
      if (scenario === undefined) scenarios.set(name, (scenario = { sums: emptySums(), spans: [] }));
      const span = { from: record.span.from + offset, to: record.span.to + offset };
      addSums(scenario.sums, record.sums);
      addSums(all, record.sums);
      scenario.spans.push(span);
      spans.push(span);
      untimed += record.untimed;
    }
  }
  return {
    totals: totalsOf(all, covered(spans)),
    sums: all,
    parts: new Map(
      [...scenarios].map(([name, { sums, spans: own }]) => [name, totalsOf(sums, covered(own))]),
    ),
    intervals: mergeIntervals(runners, offsets),
    objectives: mergeObjectives(runners),
    untimed,
  };
}

/** Seconds by which each runner began later than the first of them. */
function offsetsOf(runners: readonly RunnerRecord[]): number[] {
  const begins = runners.map(({ start }) => (start === undefined ? NaN : Date.parse(start.time)));
  const first = Math.min(...begins.filter(Number.isFinite));
  return begins.map((begin) => (Number.isFinite(begin) ? (begin - first) / 1000 : 0));
}

/** Seconds that lie in at least one of the spans. */
function covered(spans: readonly Span[]): number {
  let seconds = 0;
  let end = -Infinity;
  for (const { from, to } of spans.toSorted((a, b) => a.from - b.from)) {
    seconds += Math.max(0, to - Math.max(from, end));
    end = Math.max(end, to);
  }
  return seconds;
}

/** Intervals that began in the same second are added up; their quantiles become means, weighted by messages. */
function mergeIntervals(
  runners: readonly RunnerRecord[],
  offsets: readonly number[],
): readonly LoadInterval[] {
  const [only] = runners;
  if (only !== undefined && runners.length === 1) return only.intervals;
  const groups = new Map<string, { row: LoadInterval; source: number }[]>();
  for (const [source, { intervals }] of runners.entries()) {
    for (const interval of intervals) {
      const row = { ...interval, at: interval.at + (offsets[source] ?? 0) };
      // Each runner's intervals begin on full seconds of its own, a little late at times.
      const begin = Math.round(interval.at - interval.seconds) + Math.round(offsets[source] ?? 0);
      const key = `${begin} ${row.scenario}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [{ row, source }]);
      else group.push({ row, source });
    }
  }
  return [...groups.values()].flatMap(joined).sort((a, b) => a.at - b.at);
}

function joined(group: readonly { readonly row: LoadInterval; readonly source: number }[]): LoadInterval[] {
  const at = Math.max(...group.map(({ row }) => row.at));
  const vus = new Map<number, number>();
  for (const { row, source } of group) vus.set(source, Math.max(vus.get(source) ?? 0, row.vus));
  return timelineOf(group.map(({ row }) => ({ ...row, at }))).map((row) => ({
    ...row,
    vus: [...vus.values()].reduce((sum, n) => sum + n, 0),
    // Each runner has its own process.
    cpu: group.reduce((sum, each) => sum + each.row.cpu, 0),
  }));
}

/** An objective holds when it does for every runner: each judged its own part of the messages. */
function mergeObjectives(runners: readonly RunnerRecord[]): Objective[] {
  const merged = new Map<string, Objective>();
  for (const { end } of runners) {
    for (const { metric, expression, ok } of end?.thresholds ?? []) {
      const key = `${metric} ${expression}`;
      merged.set(key, { metric, expression, ok: ok && (merged.get(key)?.ok ?? true) });
    }
  }
  return [...merged.values()];
}
