import type { FaultCode, PhaseName } from "../../model/codes.ts";
import type { Finding, Observation, Verdict } from "../../model/observation.ts";
import type { Job } from "../../model/probe.ts";
import type { Subject } from "../../model/subject.ts";
import { type LoadRunSummary, LoadRunStoreError } from "../../store/load-runs.ts";
import type { PanelFault, ServerDeps } from "../types.ts";
import { type Fact, factsOf, summaryOf } from "./facts.ts";

/** `waiting`: no run has ended yet. */
export type State = Verdict | "waiting";

/** In the order in which a person wants to see them. */
export const STATES = ["fail", "unknown", "warn", "waiting", "pass"] as const satisfies readonly State[];

/** Checks that one page shows; the filter reaches the others. */
const MAX_CHECKS = 200;
/** Load tests that the page shows; the API has the rest. */
const MAX_LOAD_RUNS = 5;

export interface PhaseView {
  readonly name: PhaseName;
  readonly label: string;
  readonly durationMs: number;
  readonly outcome: "ok" | FaultCode;
  /** A refusal that a negative test asked for is not. */
  readonly isBroken: boolean;
  /** Start and length as shares of the whole, 0 to 1. */
  readonly start: number;
  readonly share: number;
}

export interface RunView {
  readonly id: string;
  readonly verdict: Verdict;
  readonly startedAt: number;
  readonly durationMs: number;
  readonly cause?: string;
}

export interface CheckView {
  /** Safe for an HTML id. */
  readonly anchor: string;
  readonly name: string;
  readonly probe: string;
  readonly where: string;
  readonly labels: readonly (readonly [string, string])[];
  readonly state: State;
  /** One sentence: what is wrong, or what was seen. */
  readonly headline: string;
  readonly remedy?: string;
  readonly cause?: NonNullable<Observation["cause"]>;
  readonly fault?: NonNullable<Observation["fault"]>;
  readonly findings: readonly Finding[];
  readonly facts: readonly Fact[];
  readonly phases: readonly PhaseView[];
  readonly durationMs?: number;
  readonly lastRun?: number;
  readonly nextRun?: number;
  readonly observationId?: string;
  /** Oldest first. */
  readonly runs: readonly RunView[];
}

export interface StatusFilter {
  readonly show?: State;
  readonly text: string;
}

export interface LoadRunsView {
  /** Newest first. */
  readonly runs: readonly LoadRunSummary[];
  /** Why they cannot be shown. */
  readonly complaint?: string;
}

export interface StatusView {
  readonly version: string;
  readonly now: number;
  readonly filter: StatusFilter;
  readonly counts: Readonly<Record<State, number>>;
  readonly total: number;
  /** What the filter lets through, the worst first, at most 200. */
  readonly checks: readonly CheckView[];
  /** What the filter lets through in all. */
  readonly matching: number;
  /** Absent outside the demo. */
  readonly faults?: readonly PanelFault[];
  readonly complaint?: string;
  /** Absent when there is none. */
  readonly loadRuns?: LoadRunsView;
}

type ViewDeps = Pick<
  ServerDeps,
  "jobs" | "recent" | "nextRun" | "causeSentence" | "version" | "panel" | "now" | "loadRuns"
>;

/** Everything that the page says, as data. Asks for nothing but what is already known. */
export function statusView(deps: ViewDeps, filter: StatusFilter, complaint?: string): StatusView {
  const now = (deps.now ?? Date.now)();
  const states = deps.jobs().map((job) => ({ job, state: stateOf(deps.recent.last(job.id)) }));
  const counts: Record<State, number> = { fail: 0, unknown: 0, warn: 0, waiting: 0, pass: 0 };
  for (const { state } of states) counts[state] += 1;
  const matching = states
    .filter(({ job, state }) => isShown(job, state, filter))
    .sort((a, b) => STATES.indexOf(a.state) - STATES.indexOf(b.state) || byName(a.job, b.job));
  return {
    version: deps.version,
    now,
    filter,
    counts,
    total: states.length,
    matching: matching.length,
    checks: matching.slice(0, MAX_CHECKS).map(({ job, state }) => checkView(job, state, deps, now)),
    ...(deps.panel === undefined ? {} : { faults: deps.panel.faults() }),
    ...(complaint === undefined ? {} : { complaint }),
    ...loadRunsView(deps),
  };
}

/** A database that cannot be read must not take the page down, nor be silent. */
function loadRunsView({ loadRuns }: ViewDeps): Pick<StatusView, "loadRuns"> {
  try {
    const runs = loadRuns?.last(MAX_LOAD_RUNS) ?? [];
    return runs.length === 0 ? {} : { loadRuns: { runs } };
  } catch (error) {
    if (!(error instanceof LoadRunStoreError)) throw error;
    return { loadRuns: { runs: [], complaint: `${error.message} ${error.remedy}` } };
  }
}

function stateOf(last: Observation | undefined): State {
  return last?.verdict ?? "waiting";
}

function byName(a: Job, b: Job): number {
  return a.subject.name.localeCompare(b.subject.name, "en") || a.probe.localeCompare(b.probe, "en");
}

function isShown({ subject, probe }: Job, state: State, { show, text }: StatusFilter): boolean {
  if (show !== undefined && show !== state) return false;
  const labels = Object.values(subject.labels);
  return [subject.name, probe, ...labels].some((each) => each.toLowerCase().includes(text.toLowerCase()));
}

function checkView(job: Job, state: State, deps: ViewDeps, now: number): CheckView {
  const { subject, probe, id } = job;
  const nextRun = deps.nextRun?.(id);
  const last = deps.recent.last(id);
  const common = {
    anchor: `check-${id.replaceAll(/[^a-zA-Z0-9]/g, (char) => `_${char.codePointAt(0)?.toString(16) ?? ""}`)}`,
    name: subject.name,
    probe,
    where: whereIs(subject),
    labels: Object.entries(subject.labels),
    state,
    ...(nextRun === undefined ? {} : { nextRun }),
  };
  if (last === undefined) {
    return {
      ...common,
      headline: "Waiting for the first run",
      findings: [],
      facts: [],
      phases: [],
      runs: [],
    };
  }
  return {
    ...common,
    ...message(last, deps, now),
    ...(last.cause === undefined ? {} : { cause: last.cause }),
    ...(last.fault === undefined ? {} : { fault: last.fault }),
    findings: last.findings,
    facts: factsOf(last, now),
    phases: phaseViews(last),
    durationMs: last.durationMs,
    lastRun: last.startedAt,
    observationId: last.id,
    runs: deps.recent.runs(id).map(runView),
  };
}

/** The sentence that a person reads first, and what to do. */
function message(last: Observation, deps: ViewDeps, now: number): Pick<CheckView, "headline" | "remedy"> {
  const { cause, fault, findings, verdict } = last;
  if (cause !== undefined && cause.code !== "unknown") {
    return { headline: deps.causeSentence(cause.code), remedy: cause.remedy };
  }
  const worst = findings.find((finding) => finding.verdict === verdict && verdict !== "pass");
  const headline = fault?.message ?? worst?.message ?? (verdict === "pass" ? goodNews(last, now) : undefined);
  const remedy = worst?.remedy ?? cause?.remedy;
  return {
    headline: capitalised(headline ?? "the run ended without a result"),
    ...(remedy === undefined ? {} : { remedy }),
  };
}

/** A run that passed though the server refused something is a negative test: then the refusal is the news. */
function goodNews(last: Observation, now: number): string {
  const wasRefused = last.phases.some(({ outcome }) => outcome !== "ok");
  const refusal = wasRefused ? last.findings.find(({ verdict }) => verdict === "pass") : undefined;
  return refusal?.message ?? summaryOf(last, now);
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function phaseViews({ phases, durationMs, verdict }: Observation): PhaseView[] {
  const end = Math.max(durationMs, ...phases.map((phase) => phase.startMs + phase.durationMs));
  const whole = end > 0 ? end : 1;
  return phases.map((phase) => ({
    name: phase.name,
    label: phase.n === undefined ? phase.name : `${phase.name} ${phase.n}`,
    durationMs: phase.durationMs,
    outcome: phase.outcome,
    isBroken: phase.outcome !== "ok" && verdict !== "pass",
    start: phase.startMs / whole,
    share: phase.durationMs / whole,
  }));
}

function runView({ id, verdict, startedAt, durationMs, cause }: Observation): RunView {
  return { id, verdict, startedAt, durationMs, ...(cause === undefined ? {} : { cause: cause.code }) };
}

function whereIs(subject: Subject): string {
  switch (subject.kind) {
    case "relay":
      return `${subject.scheme}://${subject.host.includes(":") ? `[${subject.host}]` : subject.host}:${subject.port}`;
    case "domain":
      return subject.domain === subject.name ? "domain" : subject.domain;
    case "address":
      return subject.address === subject.name ? "address" : subject.address;
    case "route":
      return `${subject.relay} to ${subject.mailbox}`;
    default:
      return "";
  }
}
