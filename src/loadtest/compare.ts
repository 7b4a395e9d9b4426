import { isDeepStrictEqual } from "node:util";
import {
  type Change,
  type Comparison,
  LOAD_PHASES,
  type LoadInterval,
  type LoadRun,
} from "../model/load-run.ts";
import { messagesOf, timelineOf } from "../model/load-timeline.ts";
import { rankTest } from "./rank-test.ts";

/** Connections, caches and compilers are cold at first: seconds that are left out. */
const WARM_UP_SECONDS = 2;
/** Fewer independent intervals than this say nothing. */
const LEAST_INTERVALS = 8;
const ALPHA = 0.01;
/** What is smaller is no news, however certain. */
const LEAST_CHANGE = 0.05;
/** Share of resampled runs in which a knee must stay to be taken at its word. */
const SURE_KNEE = 0.95;

/** Parameters that say where and how a run is noted, not what it does. */
const IMMATERIAL = new Set(["SEED", "SMTP_RUN_ID"]);

/**
 * What changed from one run to a later one: throughput, errors and the duration of a message by their intervals, each
 * phase by its totals.
 *
 * A figure is `better` or `worse` when its medians are at least 5 % apart and a Mann-Whitney test on the intervals of
 * both runs, widened for their autocorrelation (`rankTest`), gives p < 0.01. It is `unknown` when one run is
 * worth fewer than 8 independent intervals, as short runs and those that ramp are. Phases have no intervals: within
 * 5 % they are the `same`, beyond it `unknown`. `change` is 1 where there was nothing before.
 */
export function compareRuns(before: LoadRun, after: LoadRun): Comparison {
  const [was, is] = [warm(before), warm(after)];
  const quantiles = (["p50", "p95", "p99"] as const).flatMap((name) =>
    tested(`message ${name}`, "ms", was, is, (each) => each[name]),
  );
  return {
    before: { id: before.id, startedAt: before.startedAt },
    after: { id: after.id, startedAt: after.startedAt },
    caveats: caveats(before, after),
    changes: [
      ...kneeChange(before, after),
      ...tested("throughput", "messages/s", was, is, ({ messages, seconds }) => messages.accepted / seconds),
      ...quantiles,
      ...errorChange(before, after, was, is),
      ...phaseChanges(before, after),
    ],
  };
}

function warm({ intervals }: LoadRun): LoadInterval[] {
  return timelineOf(intervals).filter(
    // The last one may have come right behind the one before it.
    ({ at, seconds }) => seconds > 0 && at - seconds >= WARM_UP_SECONDS,
  );
}

type Figure = (interval: LoadInterval) => number | undefined;

/** Nothing where a run has no such figure at all. */
function tested(
  what: string,
  unit: Change["unit"],
  before: readonly LoadInterval[],
  after: readonly LoadInterval[],
  of: Figure,
): Change[] {
  const [was, is] = [before, after].map((list) => list.flatMap((each) => of(each) ?? []));
  if (was === undefined || is === undefined || was.length === 0 || is.length === 0) return [];
  return [judged({ what, unit, before: median(was), after: median(is) }, was, is)];
}

/** The share of messages that were not accepted, of the whole run: in most intervals it is zero. */
function errorChange(
  before: LoadRun,
  after: LoadRun,
  was: readonly LoadInterval[],
  is: readonly LoadInterval[],
): Change[] {
  const shares = (list: readonly LoadInterval[]): number[] =>
    list.flatMap(({ messages }) => (messagesOf(messages) === 0 ? [] : [badShare(messages)]));
  if (messagesOf(before.totals.messages) === 0 || messagesOf(after.totals.messages) === 0) return [];
  const figures = { before: badShare(before.totals.messages), after: badShare(after.totals.messages) };
  return [judged({ what: "not accepted", unit: "share", ...figures }, shares(was), shares(is))];
}

function badShare(messages: LoadInterval["messages"]): number {
  return 1 - messages.accepted / messagesOf(messages);
}

type Figures = Pick<Change, "what" | "unit" | "before" | "after">;

function judged(figures: Figures, was: readonly number[], is: readonly number[]): Change {
  const change = relative(figures.before, figures.after);
  const { p, effective } = rankTest(was, is);
  if (effective < LEAST_INTERVALS) return { ...figures, change, verdict: "unknown" };
  const isNews = p < ALPHA && Math.abs(change) >= LEAST_CHANGE;
  return { ...figures, change, p, verdict: isNews ? direction(figures.unit, change) : "same" };
}

/** More messages are better; more time and more errors are worse. */
function direction(unit: Change["unit"], change: number): "better" | "worse" {
  return change > 0 === (unit === "messages/s") ? "better" : "worse";
}

function phaseChanges(before: LoadRun, after: LoadRun): Change[] {
  // The message as a whole was compared by its intervals.
  return LOAD_PHASES.filter((phase) => phase !== "message_duration").flatMap((phase) => {
    const [was, is] = [before.totals.phases[phase], after.totals.phases[phase]];
    if (was === undefined || is === undefined) return [];
    return (["p50", "p99"] as const).map((name): Change => {
      const change = relative(was[name], is[name]);
      const verdict = Math.abs(change) < LEAST_CHANGE ? "same" : "unknown";
      return { what: `${phase} ${name}`, unit: "ms", before: was[name], after: is[name], change, verdict };
    });
  });
}

/** A knee has been resampled by itself: it counts where it stays in its place in both runs. */
function kneeChange(before: LoadRun, after: LoadRun): Change[] {
  const [was, is] = [before.capacity, after.capacity];
  if (was === undefined || is === undefined) return [];
  const change = relative(was.sustained, is.sustained);
  const isSure = Math.min(was.confidence ?? 0, is.confidence ?? 0) >= SURE_KNEE;
  const isSmall = Math.abs(change) < LEAST_CHANGE;
  const verdict = !isSure ? "unknown" : isSmall ? "same" : direction("messages/s", change);
  return [
    {
      what: "sustained rate",
      unit: "messages/s",
      before: was.sustained,
      after: is.sustained,
      change,
      verdict,
    },
  ];
}

function relative(before: number, after: number): number {
  if (before === after) return 0;
  return before === 0 ? 1 : (after - before) / before;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2;
}

/** Why a difference may not be the relay's doing. */
function caveats(before: LoadRun, after: LoadRun): string[] {
  const differs = (what: string, was: string | number, is: string | number): string[] =>
    was === is ? [] : [`${what} differ: ${was} before, ${is} after.`];
  const target = ({ target: { scheme, host, port } }: LoadRun): string => `${scheme}://${host}:${port}`;
  const [was, is] = [before.environment, after.environment];
  return [
    ...differs("The scenarios", before.scenario, after.scenario),
    ...differs("The targets", target(before), target(after)),
    ...differs("The TLS sessions", before.target.tls ?? "no TLS", after.target.tls ?? "no TLS"),
    ...parameterCaveats(before.parameters, after.parameters),
    ...differs("The cores of the machines", was.cores, is.cores),
    ...differs("The platforms", was.platform, is.platform),
    ...differs("The versions of the module", was.module, is.module),
    ...differs("The versions of k6", was.k6, is.k6),
    ...durationCaveat(before, after),
    ...[before, after].flatMap(({ id, end }) => (end === "finished" ? [] : [`Run ${id} was ${end}.`])),
    ...[before, after].flatMap(({ id, bottleneck }) =>
      bottleneck.kind === "client" ? [`In run ${id} the client was the limit, not the relay.`] : [],
    ),
  ];
}

function parameterCaveats(before: LoadRun["parameters"], after: LoadRun["parameters"]): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names
    .filter((name) => !IMMATERIAL.has(name) && !isDeepStrictEqual(before[name], after[name]))
    .map(
      (name) =>
        `${name} differs: ${before[name] ?? "not given"} before, ${after[name] ?? "not given"} after.`,
    );
}

function durationCaveat(before: LoadRun, after: LoadRun): string[] {
  const [was, is] = [before.totals.seconds, after.totals.seconds];
  if (Math.min(was, is) >= 0.8 * Math.max(was, is)) return [];
  return [`One ran much longer: ${Math.round(was)} s before, ${Math.round(is)} s after.`];
}
