import type { Observation } from "../../model/observation.ts";
import type { Job } from "../../model/probe.ts";
import type { TranscriptLine } from "../../model/smtp.ts";
import { printable } from "../../reports/style.ts";
import type { ProbeModule } from "../types.ts";

/** Lines of a transcript that are kept; a server that talks without end is cut by the session long before. */
export const MAX_TRANSCRIPT_LINES = 2000;

/**
 * The answer to `debug=true`, as text for a person: what was said, what it means, the metrics that a scrape would have
 * had, and the module. Control characters are escaped: a browser shows plain text, but a terminal obeys it.
 */
export function debugText(parts: {
  readonly job: Job;
  readonly module: ProbeModule;
  readonly observation: Observation;
  readonly transcript: readonly TranscriptLine[];
  readonly metrics: string;
  readonly sentence: string | undefined;
}): string {
  const { job, module, observation, transcript, metrics, sentence } = parts;
  const { name, options, probe, timeoutMs } = module;
  return [
    `Probe ${job.probe} of ${job.subject.kind} ${job.subject.name} by module ${name}: ${observation.verdict}`,
    "",
    "Transcript of the probe:",
    ...(transcript.length === 0 ? ["(nothing was said)"] : transcript.map(transcriptLine)),
    "",
    ...meaning(observation, sentence),
    "Metrics that would have been returned:",
    metrics.trimEnd(),
    "",
    "Module configuration:",
    JSON.stringify({ probe, ...(timeoutMs === undefined ? {} : { timeoutMs }), options }, null, 2),
    "",
  ].join("\n");
}

function transcriptLine({ atMs, side, text }: TranscriptLine): string {
  return `${atMs.toFixed(1).padStart(9)} ms  ${side}: ${printable(text)}`;
}

function meaning({ findings, fault, cause }: Observation, sentence: string | undefined): string[] {
  const lines: string[] = [];
  if (fault !== undefined) lines.push(`Fault: ${fault.code} at ${fault.phase}: ${fault.message}`);
  if (cause !== undefined) {
    lines.push(`Cause: ${cause.code} (${cause.certainty})${sentence === undefined ? "" : `: ${sentence}`}`);
    for (const evidence of cause.evidence) lines.push(`  because: ${evidence}`);
    lines.push(`  remedy: ${cause.remedy}`);
  }
  if (findings.length > 0) lines.push("Findings:");
  for (const { verdict, id, message, rfc } of findings) {
    lines.push(`  ${verdict.padEnd(7)} ${id}: ${message}${rfc === undefined ? "" : ` (${rfc})`}`);
  }
  return lines.length === 0 ? [] : [...lines.map(printable), ""];
}
