import { CAUSE_CODES, type CauseCode, type PhaseName } from "../../model/codes.ts";
import type { Observation } from "../../model/observation.ts";
import type { Job } from "../../model/probe.ts";
import type { SubjectRegistry } from "./subject-registry.ts";

/** What a probe declares, so that its series stand before its first run. */
export interface Declared {
  readonly phases: readonly PhaseName[];
  readonly causes: readonly CauseCode[];
}

/** More findings than this in one run are not exposed: a probe has about twenty. */
const MAX_FINDINGS = 64;
const FINDING_ID = /^[a-z][a-z0-9_]{0,63}$/;
const KNOWN_CAUSES: ReadonlySet<string> = new Set(CAUSE_CODES);

/** Records every run, whatever the probe: counts, success, times, durations, findings. */
export type RecordRun = (observation: Observation) => void;

/**
 * Series that every probe has. `probe_success` starts as NaN and not as 0: before the first run nothing is known,
 * and a 0 would page after each restart. The two timestamps start as 0, so that a run that never comes is stale.
 */
export function probeSeries(registry: SubjectRegistry, job: Job, declared: Declared): RecordRun {
  const labels = { target: job.subject.name, probe: job.probe };
  const runs = registry.counter("probe_runs_total").labels(labels);
  const success = registry.gauge("probe_success").labels(labels);
  const lastRun = registry.gauge("probe_last_run_timestamp_seconds").labels(labels);
  const lastSuccess = registry.gauge("probe_last_success_timestamp_seconds").labels(labels);
  const duration = registry.histogram("probe_duration_seconds").labels(labels);
  const failed = failureCounter(registry, job, declared.causes);
  const timed = phaseHistogram(registry, job, declared.phases);
  const found = findingGauges(registry, job);

  runs.inc(0);
  success.set(Number.NaN);
  lastRun.set(0);
  lastSuccess.set(0);

  return (observation) => {
    const passed = observation.verdict === "pass" || observation.verdict === "warn";
    const startedSeconds = observation.startedAt / 1000;
    runs.inc();
    success.set(passed ? 1 : 0);
    lastRun.set(startedSeconds);
    if (passed) lastSuccess.set(startedSeconds);
    else failed(observation.cause?.code);
    duration.observe(observation.durationMs / 1000);
    for (const phase of observation.phases) timed(phase.name, phase.durationMs / 1000);
    found(observation);
  };
}

/** Apart from the rest, since a reload may change it without touching what the job has counted. */
export function setInterval(registry: SubjectRegistry, job: Job, seconds: number | undefined): void {
  const gauge = registry.gauge("probe_interval_seconds");
  const labels = { target: job.subject.name, probe: job.probe };
  if (seconds === undefined || !Number.isFinite(seconds)) gauge.remove(labels);
  else gauge.set(labels, seconds);
}

function failureCounter(registry: SubjectRegistry, job: Job, causes: readonly CauseCode[]) {
  const counter = registry.counter("probe_failures_total");
  const labels = { target: job.subject.name, probe: job.probe };
  counter.expose(labels, causes.includes("unknown") ? causes : [...causes, "unknown"]);
  return (code: CauseCode | undefined): void => {
    const cause = code !== undefined && KNOWN_CAUSES.has(code) ? code : "unknown";
    counter.inc({ ...labels, cause });
  };
}

function phaseHistogram(registry: SubjectRegistry, job: Job, phases: readonly PhaseName[]) {
  const histogram = registry.histogram("probe_phase_duration_seconds");
  const labels = (phase: PhaseName) => ({ target: job.subject.name, probe: job.probe, phase });
  const children = new Map(phases.map((phase) => [phase, histogram.labels(labels(phase))]));
  return (phase: PhaseName, seconds: number): void => {
    const known = children.get(phase) ?? histogram.labels(labels(phase));
    children.set(phase, known);
    known.observe(seconds);
  };
}

function findingGauges(registry: SubjectRegistry, job: Job) {
  const gauge = registry.gauge("findings");
  let shown: { target: string; probe: string; id: string; verdict: string }[] = [];
  return (observation: Observation): void => {
    for (const labels of shown) gauge.remove(labels);
    shown = observation.findings
      .filter((finding) => FINDING_ID.test(finding.id))
      .slice(0, MAX_FINDINGS)
      .map(({ id, verdict }) => ({ target: job.subject.name, probe: job.probe, id, verdict }));
    for (const labels of shown) gauge.set(labels, 1);
  };
}
