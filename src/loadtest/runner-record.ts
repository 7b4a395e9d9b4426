import type { LoadInterval, LoadPhase } from "../model/load-run.ts";
import { decodeHistogram } from "./histogram.ts";
import {
  type EndLine,
  type IntervalLine,
  parseRecordLine,
  type RecordedCounts,
  type RecordLine,
  type SnapshotLine,
} from "./record.ts";
import { addCounts, addPhase, addSums, emptySums, noOutcomes, replyOf, type Sums } from "./totals.ts";

/** What one k6 process told so far. */
export interface RunnerRecord {
  /** Takes a line and gives the intervals that it holds, one for each scenario. Never throws. */
  add(line: string): LoadInterval[];
  readonly start: Extract<RecordLine, { type: "start" }> | undefined;
  readonly end: EndLine | undefined;
  /** What TLS handshakes agreed on. */
  readonly tls: string | undefined;
  readonly intervals: readonly LoadInterval[];
  readonly scenarios: ReadonlyMap<string, ScenarioRecord>;
  /** Lines that could not be read. */
  readonly problems: readonly string[];
}

export interface ScenarioRecord {
  /** All counts to the last line; times to the last snapshot. */
  readonly sums: Sums;
  /** Seconds since the start between which there was work. */
  readonly span: { readonly from: number; readonly to: number };
  /** Messages of which no time is known, since the record breaks off before the next snapshot. */
  readonly untimed: number;
}

interface Scenario {
  snapshot: Sums;
  since: Sums;
  from: number | undefined;
  to: number;
  /** Begin of the first interval in which something happened. */
  begun: number | undefined;
}

/** Bounds what a broken record can make us keep. */
const PROBLEMS_KEPT = 100;

export function createRunnerRecord(): RunnerRecord {
  let start: RunnerRecord["start"];
  let end: EndLine | undefined;
  let tls: string | undefined;
  const intervals: LoadInterval[] = [];
  const scenarios = new Map<string, Scenario>();
  const problems: string[] = [];
  let lines = 0;
  const complain = (message: string): void => {
    if (problems.length < PROBLEMS_KEPT) problems.push(`line ${lines}: ${message}`);
  };

  function addSnapshot({ scenarios: recorded }: SnapshotLine): void {
    for (const [name, { phases, ...counts }] of Object.entries(recorded)) {
      const sums = emptySums();
      addCounts(sums, counts);
      for (const [phase, record] of Object.entries(phases)) {
        const histogram = decodeHistogram(record);
        if (histogram === undefined) complain(`snapshot: the histogram of ${phase} contradicts itself`);
        else addPhase(sums, phase as LoadPhase, histogram);
      }
      const scenario = scenarioOf(scenarios, name);
      scenario.snapshot = sums;
      scenario.since = emptySums();
      extend(scenario, counts);
    }
  }

  return {
    get start() {
      return start;
    },
    get end() {
      return end;
    },
    get tls() {
      return tls;
    },
    get scenarios() {
      return new Map([...scenarios].map(([name, scenario]) => [name, scenarioRecord(scenario)]));
    },
    intervals,
    problems,
    add(text) {
      lines++;
      const line = parseRecordLine(text);
      if (line.type === "start") start ??= line;
      else if (line.type === "end") end = line;
      else if (line.type === "snapshot") addSnapshot(line);
      else if (line.type === "problem") complain(line.message);
      if (line.type !== "interval") return [];
      tls ??= line.tls;
      const added = addInterval(line, scenarios);
      intervals.push(...added);
      return added;
    },
  };
}

function scenarioOf(scenarios: Map<string, Scenario>, name: string): Scenario {
  let scenario = scenarios.get(name);
  if (scenario === undefined) {
    scenario = { snapshot: emptySums(), since: emptySums(), from: undefined, to: 0, begun: undefined };
    scenarios.set(name, scenario);
  }
  return scenario;
}

function addInterval(line: IntervalLine, scenarios: Map<string, Scenario>): LoadInterval[] {
  const rows: LoadInterval[] = [];
  for (const [name, counts] of Object.entries(line.scenarios)) {
    const scenario = scenarioOf(scenarios, name);
    addCounts(scenario.since, counts);
    const row = rowOf(name, line, counts);
    rows.push(row);
    extend(scenario, counts);
    const begin = line.at - line.seconds;
    if (!isBusy(counts)) continue;
    scenario.begun ??= begin;
    // Work goes on in iterations that have not ended.
    if (begin > scenario.to || counts.to === undefined) scenario.to = line.at;
  }
  return rows;
}

function extend(scenario: Scenario, { from, to }: RecordedCounts): void {
  if (from !== undefined) scenario.from = Math.min(scenario.from ?? from, from);
  if (to !== undefined && (to > scenario.to || scenario.from === from))
    scenario.to = Math.max(scenario.to, to);
}

function isBusy(counts: RecordedCounts): boolean {
  const { iterations, dropped, messages, sessions } = counts;
  return (
    iterations + dropped + sessions.opened + sessions.failed > 0 ||
    Object.values(messages).some((n) => n > 0) ||
    Object.keys(counts.errors).length + Object.keys(counts.replies).length > 0
  );
}

function rowOf(
  scenario: string,
  line: IntervalLine,
  counts: IntervalLine["scenarios"][string],
): LoadInterval {
  const { message_duration: times } = counts;
  let refusals = 0;
  for (const [key, n] of Object.entries(counts.replies)) {
    const { code } = replyOf(key, n);
    if (code === 421 || code >= 500) refusals += n;
  }
  return {
    at: line.at,
    seconds: line.seconds,
    scenario,
    vus: counts.vus,
    dropped: counts.dropped,
    messages: { ...noOutcomes(), ...counts.messages },
    refusals,
    errors: Object.values(counts.errors).reduce((sum, n) => sum + n, 0),
    cpu: line.cpu,
    ...(times === undefined ? {} : { p50: times.p50, p95: times.p95, p99: times.p99, max: times.max }),
  };
}

function scenarioRecord({ snapshot, since, from, to, begun }: Scenario): ScenarioRecord {
  const sums = emptySums();
  addSums(sums, snapshot);
  addSums(sums, since);
  const start = Math.min(from ?? Infinity, begun ?? Infinity);
  // The interval in which work began is a second long, its first iteration is known better.
  const known = from !== undefined && begun !== undefined && from - begun < 2 ? from : start;
  return {
    sums,
    span: Number.isFinite(known) ? { from: known, to: Math.max(to, known) } : { from: 0, to: 0 },
    untimed: Object.values(since.messages).reduce((sum, n) => sum + n, 0),
  };
}
