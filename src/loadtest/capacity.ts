import type {
  Capacity,
  LoadEnd,
  LoadInterval,
  LoadStep,
  LoadTotals,
  Objective,
  OutcomeCounts,
} from "../model/load-run.ts";
import { messagesOf } from "../model/load-timeline.ts";
import { failureOf, type ParsedObjective, parseObjective, scenarioOf } from "./objectives.ts";
import { seededRandom } from "../model/random.ts";

const STEP = /^step_(\d+(?:\.\d+)?)$/;
const RESAMPLES = 1000;
/** Seconds of a step without its two ends, from which a rate can be told. */
const FULL_ROWS = 3;
/** Share of the messages asked for that must have come to an end; a relay that owes more than the rest is overrun. */
const KEPT_UP = 0.95;

export interface StepsOf {
  readonly parts: ReadonlyMap<string, LoadTotals>;
  readonly intervals: readonly LoadInterval[];
  readonly objectives: readonly Objective[];
  /** How the run was broken off, if by something else than an objective: its last step was not held to the end. */
  readonly brokenOff?: { readonly end: LoadEnd; readonly reason: string };
}

/** One step for each scenario of k6 named `step_<rate>`, in ascending order; none in any other run. */
export function stepsOf({ parts, intervals, objectives, brokenOff }: StepsOf): LoadStep[] {
  const steps: LoadStep[] = [];
  for (const [scenario, totals] of parts) {
    const target = Number(STEP.exec(scenario)?.[1]);
    if (Number.isNaN(target)) continue;
    const own = objectives.filter(({ metric }) => scenarioOf(metric) === scenario);
    const failures = [
      ...own.filter(({ ok }) => !ok).map((objective) => failureOf(objective, totals)),
      ...unwatched(totals, own),
    ];
    const rows = intervals.filter((row) => row.scenario === scenario);
    const achieved = rateOf(rows, totals, ({ accepted }) => accepted);
    // A queue that fills in a short step breaks no objective yet.
    if (failures.length === 0) failures.push(...fellBehind(target, rows, totals));
    steps.push({ scenario, target, achieved, ok: failures.length === 0, failures, totals });
  }
  steps.sort((a, b) => a.target - b.target);
  const under = intervals.reduce<LoadInterval | undefined>((a, b) => (a && a.at > b.at ? a : b), undefined);
  if (brokenOff === undefined) return steps;
  return steps.flatMap((step) => {
    if (!step.ok || step.scenario !== under?.scenario) return step;
    // Who stops a run in which the objectives still hold has seen that the relay cannot take it; else nobody knows.
    return brokenOff.end === "stopped" ? { ...step, ok: false, failures: [brokenOff.reason] } : [];
  });
}

/** What must never pass, whether or not a threshold looks at it. */
function unwatched(totals: LoadTotals, objectives: readonly Objective[]): string[] {
  const watched = new Set(objectives.filter(({ ok }) => !ok).map((each) => parseObjective(each)?.metric));
  const failures: string[] = [];
  const say = (metric: string, expression: string): void => {
    if (!watched.has(metric)) failures.push(failureOf({ metric, expression, ok: false }, totals));
  };
  if (totals.dropped > 0) say("dropped_iterations", "count==0");
  if (totals.errors.length > 0) say("smtp_errors", "count==0");
  return failures;
}

function fellBehind(target: number, rows: readonly LoadInterval[], totals: LoadTotals): string[] {
  if (rows.length < FULL_ROWS + 2) return [];
  const done = rateOf(rows, totals, messagesOf);
  return done >= KEPT_UP * target
    ? []
    : [`only ${Math.round(done)} of ${target} messages a second came to an end: the relay fell behind`];
}

/** Of a second. Without its two ends, where there are enough: they were not full. */
function rateOf(
  rows: readonly LoadInterval[],
  totals: LoadTotals,
  count: (messages: OutcomeCounts) => number,
): number {
  const full = rows.slice(1, -1);
  if (full.length < FULL_ROWS) return totals.seconds > 0 ? count(totals.messages) / totals.seconds : 0;
  return (
    full.reduce((sum, { messages }) => sum + count(messages), 0) /
    full.reduce((sum, { seconds }) => sum + seconds, 0)
  );
}

/** The knee of the steps; undefined where there are none. */
export function capacityOf(
  steps: readonly LoadStep[],
  intervals: readonly LoadInterval[],
  objectives: readonly Objective[],
): Capacity | undefined {
  if (steps.length === 0) return undefined;
  const broken = steps.find(({ ok }) => !ok);
  const sustained = steps.findLast(
    ({ ok, target }) => ok && (broken === undefined || target < broken.target),
  );
  const [firstFailure] = broken?.failures ?? [];
  const confidence = confidenceOf({ steps, broken, sustained, intervals, objectives });
  return {
    sustained: sustained?.target ?? 0,
    ...(broken === undefined ? {} : { broken: broken.target }),
    ...(confidence === undefined ? {} : { confidence }),
    ...(firstFailure === undefined ? {} : { firstFailure }),
  };
}

interface Knee {
  readonly steps: readonly LoadStep[];
  /** The steps on both sides of the knee. */
  readonly broken: LoadStep | undefined;
  readonly sustained: LoadStep | undefined;
  readonly intervals: readonly LoadInterval[];
  readonly objectives: readonly Objective[];
}

/**
 * Bootstrap: the seconds of each step are drawn anew, with replacement, and judged again; how often does the same step
 * break first? A knee that hangs on one bad second out of twenty is found again in two runs of three only. The same
 * record gives the same figure. Undefined when the steps on both sides of the knee have too few seconds, or broke by
 * something else than these show: drawn anew they could only agree with themselves.
 */
function confidenceOf({ steps, broken, sustained, intervals, objectives }: Knee): number | undefined {
  const considered = steps.filter(({ target }) => broken === undefined || target <= broken.target);
  const judges: { readonly judge: ReturnType<typeof judgeOf>; readonly ok: boolean }[] = [];
  for (const step of considered) {
    const rows = intervals.filter(({ scenario }) => scenario === step.scenario);
    const judge = judgeOf(
      rows,
      objectives.filter(({ metric }) => scenarioOf(metric) === step.scenario),
    );
    const tells = judge() === step.ok;
    if ((step === broken || step === sustained) && (!tells || rows.length < FULL_ROWS)) return undefined;
    // What the seconds of another step cannot tell is taken as it was.
    if (tells) judges.push({ judge, ok: step.ok });
  }
  const random = seededRandom(1);
  let same = 0;
  for (let i = 0; i < RESAMPLES; i++) if (judges.every(({ ok, judge }) => judge(random) === ok)) same++;
  return same / RESAMPLES;
}

/** One second of a step, as far as objectives look at it. */
interface Second {
  readonly messages: number;
  readonly failed: number;
  readonly deferred: number;
  readonly events: number;
  readonly row: LoadInterval;
}

/** Whether a step holds its objectives; with `random`, one that is made of its seconds, drawn anew. */
function judgeOf(
  rows: readonly LoadInterval[],
  objectives: readonly Objective[],
): (random?: () => number) => boolean {
  const seconds = rows.map((row): Second => {
    const messages = Object.values(row.messages).reduce((sum, n) => sum + n, 0);
    const { accepted, deferred, aborted } = row.messages;
    return {
      messages,
      failed: messages - accepted - aborted,
      deferred,
      events: row.dropped + row.errors,
      row,
    };
  });
  const checks = objectives.flatMap((objective) => {
    const parsed = parseObjective(objective);
    return parsed === undefined ? [] : (checkOf(parsed) ?? []);
  });
  return (random) => {
    const drawn =
      random === undefined
        ? seconds
        : seconds.map((one) => seconds[Math.floor(random() * seconds.length)] ?? one);
    return drawn.every(({ events }) => events === 0) && checks.every((check) => check(drawn));
  };
}

type Check = (drawn: readonly Second[]) => boolean;

/** Those objectives that the seconds can tell; the others count as they are. */
function checkOf({ metric, aggregate, share, operator, limit }: ParsedObjective): Check | undefined {
  if (!operator.startsWith("<")) return undefined;
  const sum = (drawn: readonly Second[], of: (second: Second) => number): number =>
    drawn.reduce((total, second) => total + of(second), 0);
  if (metric === "smtp_message_failed" && aggregate === "rate")
    return (drawn) => sum(drawn, ({ failed }) => failed) <= limit * sum(drawn, ({ messages }) => messages);
  if (metric === "smtp_message_deferred" && aggregate === "rate")
    return (drawn) =>
      sum(drawn, ({ deferred }) => deferred) <= limit * sum(drawn, ({ messages }) => messages);
  if (metric !== "smtp_message_duration") return undefined;
  if (aggregate === "max") return (drawn) => drawn.every(({ row }) => (row.max ?? 0) <= limit);
  if (share === undefined) return undefined;
  const within = new Map<Second, number>();
  return (drawn) => {
    const below = sum(drawn, (second) => {
      let known = within.get(second);
      if (known === undefined) within.set(second, (known = second.messages * shareBelow(second.row, limit)));
      return known;
    });
    return below >= share * sum(drawn, ({ messages }) => messages);
  };
}

/** Share of a second's messages that took at most `ms`, from its quantiles: straight lines between them. */
function shareBelow({ p50, p95, p99, max }: LoadInterval, ms: number): number {
  if (p50 === undefined || p95 === undefined || p99 === undefined || max === undefined) return 1;
  const points = [
    [0, 0],
    [p50, 0.5],
    [p95, 0.95],
    [p99, 0.99],
    [max, 1],
  ] as const;
  let [time, share] = points[0] as readonly [number, number];
  for (const [nextTime, nextShare] of points) {
    if (ms < nextTime) return share + ((ms - time) / (nextTime - time)) * (nextShare - share);
    [time, share] = [nextTime, nextShare];
  }
  return 1;
}
