import type {
  DeliveryTotals,
  LoadEnd,
  LoadInterval,
  LoadRun,
  LoadStep,
  LoadTotals,
  Objective,
} from "../model/load-run.ts";
import { bottleneckOf } from "./bottleneck.ts";
import { capacityOf, stepsOf } from "./capacity.ts";
import { type MergedRecord, mergeRecords } from "./merged-record.ts";
import { scenarioOf } from "./objectives.ts";
import { createRunnerRecord, type RunnerRecord } from "./runner-record.ts";
import { verdictOf } from "./verdict.ts";
import { judgeWhole } from "./whole-objectives.ts";

export interface RunContext {
  readonly id: string;
  readonly scenario: string;
  readonly target: LoadRun["target"];
  /** Without secrets. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly environment: { readonly mailgauge: string; readonly platform: string };
  /** Used when k6 did not get as far as telling when it began. */
  readonly startedAt: string;
  /** k6 processes that share the work; 1 by default. */
  readonly processes?: number;
  /** What is judged here, where the scenario leaves it to no threshold of k6, to spare its memory. */
  readonly objectives?: { readonly p99Ms?: number };
}

export interface RunEnding {
  readonly end: LoadEnd;
  /** In words, for every end but `finished`. */
  readonly reason?: string;
  readonly delivery?: DeliveryTotals;
}

export interface RunBuilder {
  /**
   * Takes a line of the record of process `source` (0 and up), and gives the intervals that it completes, one for each
   * scenario. Never throws: what is no line of a record becomes a note of the run.
   */
  add(line: string, source?: number): LoadInterval[];
  /** What was measured so far, as a run that ended so. */
  build(ending: RunEnding): LoadRun;
}

/** Makes the result of a load test out of what k6 wrote while it ran, also when it was killed in the middle of a line. */
export function createRunBuilder(context: RunContext): RunBuilder {
  const runners = Array.from({ length: context.processes ?? 1 }, createRunnerRecord);
  return {
    add(line, source = 0) {
      const runner = runners[source];
      if (runner === undefined)
        throw new RangeError(`${runners.length} processes write records, not ${source + 1}`);
      return runner.add(line);
    },
    build: (ending) => buildRun(context, runners, ending),
  };
}

function buildRun(context: RunContext, runners: readonly RunnerRecord[], ending: RunEnding): LoadRun {
  const merged = mergeRecords(runners);
  const { totals, intervals, parts } = merged;
  const { end, reason } = endOf(runners, ending);
  const own = [...merged.objectives.filter(isMeasured(parts)), ...ownObjectives(context, merged)];
  const whole = runners.length === 1 ? [] : own.map((one) => judgeWhole(one, merged, ending.delivery));
  const objectives = own.map((one, i) => whole[i] ?? one);
  const brokenOff =
    end !== "finished" && objectives.every(({ ok }) => ok) ? { end, reason: reason ?? end } : undefined;
  const steps = stepsOf({ parts, intervals, objectives, ...(brokenOff === undefined ? {} : { brokenOff }) });
  const capacity = capacityOf(steps, intervals, objectives);
  const start = runners.find((runner) => runner.start !== undefined)?.start;
  const cores = Math.max(1, ...runners.map((runner) => runner.start?.cores ?? 1));
  const tls = runners.find((runner) => runner.tls !== undefined)?.tls;
  const inParts = own.filter((_, i) => runners.length > 1 && whole[i] === undefined);
  const notes = notesOf(runners, merged, inParts);
  const held = (end === "finished" || end === "interrupted") && objectives.every(({ ok }) => ok);
  const open = Object.values(start?.scenarios ?? {}).some(({ executor }) =>
    executor.endsWith("arrival-rate"),
  );
  return {
    version: 1,
    id: context.id,
    scenario: context.scenario,
    startedAt: start?.time ?? context.startedAt,
    target: { ...context.target, ...(tls === undefined ? {} : { tls }) },
    parameters: context.parameters,
    environment: { ...context.environment, k6: start?.k6 ?? "", module: start?.module ?? "", cores },
    end,
    ...(reason === undefined ? {} : { endReason: reason }),
    verdict: verdictOf({ end, objectives, totals, isWhole: isReadable(runners), delivery: ending.delivery }),
    objectives,
    totals,
    parts: parts.size > 1 ? Object.fromEntries(parts) : {},
    intervals,
    ...(steps.length === 0 ? {} : { steps }),
    ...(capacity === undefined ? {} : { capacity }),
    ...(ending.delivery === undefined ? {} : { delivery: ending.delivery }),
    bottleneck: bottleneckOf({
      ...worstPart(steps, totals, intervals),
      cores,
      open,
      held,
      ...(ending.delivery === undefined ? {} : { delivery: ending.delivery }),
    }),
    ...(notes.length === 0 ? {} : { notes }),
  };
}

/** Of a capacity test only the step that broke tells what the limit was. */
function worstPart(
  steps: readonly LoadStep[],
  totals: LoadTotals,
  intervals: readonly LoadInterval[],
): { totals: LoadTotals; intervals: readonly LoadInterval[] } {
  const step = steps.find(({ ok }) => !ok) ?? steps.at(-1);
  if (step === undefined) return { totals, intervals };
  return { totals: step.totals, intervals: intervals.filter(({ scenario }) => scenario === step.scenario) };
}

/** What k6 wrote itself goes before what its exit looks like. */
function endOf(
  runners: readonly RunnerRecord[],
  { end, reason }: RunEnding,
): { end: LoadEnd; reason?: string } {
  if (end !== "finished") return { end, reason: reason ?? end };
  const aborted = runners.find((runner) => runner.end?.aborted === true)?.end;
  if (aborted !== undefined) {
    const kind: LoadEnd =
      aborted.reason === "user" ? "interrupted" : isStop(aborted.reason) ? "stopped" : "broken";
    const said = aborted.error === "" ? (aborted.reason ?? kind) : aborted.error;
    return { end: kind, reason: inOurWords(said) };
  }
  if (runners.every((runner) => runner.end !== undefined)) return { end };
  if (runners.every((runner) => runner.start === undefined))
    return { end: "broken", reason: "k6 wrote no record: nothing is known of this run" };
  return {
    end: "broken",
    reason: "the record breaks off: k6 was killed, or the record could not be written",
  };
}

/** k6 speaks of the options of its script. */
function inOurWords(error: string): string {
  const metrics = /^thresholds on metrics '(.*)' were crossed/.exec(error)?.[1];
  return metrics === undefined ? error : `an objective broke that ends the run at once: ${metrics}`;
}

function isStop(reason: string | undefined): boolean {
  return reason === "threshold" || reason === "script";
}

function ownObjectives({ objectives }: RunContext, { totals, objectives: known }: MergedRecord): Objective[] {
  const limit = objectives?.p99Ms;
  const times = totals.phases.message_duration;
  if (limit === undefined || times === undefined) return [];
  if (known.some(({ metric }) => /^smtp_message_duration(\{|$)/.test(metric))) return [];
  return [{ metric: "smtp_message_duration", expression: `p(99)<${limit}`, ok: times.p99 < limit }];
}

/** k6 takes the objective of a scenario that never began for one that held; nobody knows that. */
function isMeasured(parts: ReadonlyMap<string, LoadTotals>): (objective: Objective) => boolean {
  return ({ metric, ok }) => {
    const scenario = scenarioOf(metric);
    return !ok || scenario === undefined || parts.has(scenario);
  };
}

function isReadable(runners: readonly RunnerRecord[]): boolean {
  return runners.every(({ problems }) => problems.length === 0);
}

function notesOf(
  runners: readonly RunnerRecord[],
  { untimed }: MergedRecord,
  inParts: readonly Objective[],
): string[] {
  const notes: string[] = [];
  for (const [i, { problems, end }] of runners.entries()) {
    const where = runners.length === 1 ? "the record" : `the record of process ${i + 1}`;
    const [first] = problems;
    if (first !== undefined)
      notes.push(`${problems.length} lines of ${where} could not be read; the first: ${first}`);
    if (end !== undefined && end.late > 0)
      notes.push(`${end.late} intervals of ${where} came late and are longer`);
  }
  if (untimed > 0)
    notes.push(
      `the record breaks off: counts are complete up to its last line, but the times of the last ${untimed} messages are missing`,
    );
  if (inParts.length > 0) {
    const names = [...new Set(inParts.map(({ metric }) => metric))].join(", ");
    notes.push(`${runners.length} processes shared the work; each judged its own part of: ${names}`);
  }
  return notes;
}
