import type { Logger } from "pino";
import type { Observation, Verdict } from "../../model/observation.ts";
import type { Job, Sink } from "../../model/probe.ts";

/**
 * One line an observation: at `info` (and `warn` for the worse) when the verdict or the cause changed since the run
 * before, otherwise at `debug`. So the log tells what happened, and is quiet while nothing does.
 */
export function createLogSink(logger: Logger): Sink {
  const before = new Map<string, string>();
  return {
    add(job, observation) {
      const state = `${observation.verdict} ${observation.cause?.code ?? ""}`;
      const previous = before.get(job.id);
      before.set(job.id, state);
      const changed = previous !== state;
      const level = changed ? changeLevel(observation.verdict) : "debug";
      if (!logger.isLevelEnabled(level)) return;
      logger[level](record(job, observation), changed ? "verdict changed" : "observed");
    },
    stop() {
      return new Promise((resolve) => logger.flush(() => resolve()));
    },
  };
}

function changeLevel(verdict: Verdict): "info" | "warn" {
  return verdict === "pass" ? "info" : "warn";
}

/** The evidence stays out: it is long, and the API has it under `id`. */
function record(job: Job, observation: Observation): object {
  const { id, verdict, cause, fault, durationMs, findings } = observation;
  return {
    target: observation.target,
    probe: observation.probe,
    kind: job.subject.kind,
    verdict,
    ...(cause === undefined ? {} : { cause: cause.code, certainty: cause.certainty, remedy: cause.remedy }),
    ...(fault === undefined ? {} : { fault: fault.code, phase: fault.phase, detail: fault.message }),
    findings: findings.filter((finding) => finding.verdict !== "pass").map((finding) => finding.id),
    durationMs: Math.round(durationMs * 100) / 100,
    id,
  };
}
