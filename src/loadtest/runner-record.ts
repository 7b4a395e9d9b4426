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
  /** Begin of the first iteration, and end of the last of those that ended. */
  from: number | undefined;
  to: number | undefined;
  /** The intervals in which something was sent first and last. */
  first: Stretch | undefined;
  last: Stretch | undefined;
}

interface Stretch {
  readonly begin: number;
  readonly at: number;
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
    scenario = {
      snapshot: emptySums(),
      since: emptySums(),
      from: undefined,
      to: undefined,
      first: undefined,
      last: undefined,
    };
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
    if (!isBusy(counts)) continue;
    scenario.last = { begin: line.at - line.seconds, at: line.at };
    scenario.first ??= scenario.last;
  }
  return rows;
}

function extend(scenario: Scenario, { from, to }: RecordedCounts): void {
  if (from !== undefined) scenario.from = Math.min(scenario.from ?? from, from);
  if (to !== undefined) scenario.to = Math.max(scenario.to ?? to, to);
}

/** Of an interval. Iterations are told of a moment later than what they sent, at times in the next interval. */
function isBusy(counts: RecordedCounts): boolean {
  const { messages, sessions } = counts;
  return (
    sessions.opened + sessions.failed > 0 ||
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
    ...(line.busy === undefined ? {} : { busy: line.busy }),
    ...(times === undefined ? {} : { p50: times.p50, p95: times.p95, p99: times.p99, max: times.max }),
  };
}

function scenarioRecord(scenario: Scenario): ScenarioRecord {
  const { snapshot, since } = scenario;
  const sums = emptySums();
  addSums(sums, snapshot);
  addSums(sums, since);
  const untimed = Object.values(since.messages).reduce((sum, n) => sum + n, 0);
  return { sums, span: spanOf(scenario), untimed };
}

/** As iterations say, which is exact; but for work before or after them, in iterations that never came to their end. */
function spanOf({ from, to, first, last }: Scenario): ScenarioRecord["span"] {
  const begin = from === undefined || (first !== undefined && first.at < from) ? first?.begin : from;
  const end = to === undefined || (last !== undefined && last.begin >= to) ? last?.at : to;
  if (begin === undefined || end === undefined) return { from: 0, to: 0 };
  return { from: begin, to: Math.max(begin, end) };
}
