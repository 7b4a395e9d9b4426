import { writeFileSync } from "node:fs";
import { type Observation, worstVerdict } from "../model/observation.ts";
import type { Job } from "../model/probe.ts";
import type { TranscriptLine } from "../model/smtp.ts";
import { renderJson } from "../reports/json.ts";
import { renderJunit } from "../reports/junit.ts";
import { printable } from "../reports/style.ts";
import { renderObservation } from "../reports/terminal.ts";
import { CliError, exitCodeOf } from "./exit.ts";
import { type CliIo, outPaint, progress } from "./io.ts";
import type { Toolkit } from "./services.ts";

export interface ReportOptions {
  readonly json?: boolean;
  readonly junit?: string;
  readonly debug?: boolean;
}

/**
 * Runs jobs one after the other (one probe at a time disturbs no other's timing), reports each as it ends, and
 * returns the exit code of the worst verdict. Stopped by a signal, it reports what there is.
 */
export async function observeAndReport(
  jobs: readonly Job[],
  toolkit: Toolkit,
  io: CliIo,
  options: ReportOptions,
): Promise<number> {
  const stopping = new AbortController();
  let stopCode: number | undefined;
  const release = io.onStop((code) => {
    stopCode = code;
    stopping.abort();
  });
  try {
    const observations = await observeEach(jobs, toolkit, io, { ...options, signal: stopping.signal });
    if (options.json) io.out(renderJson(observations));
    if (options.junit !== undefined) writeJunit(options.junit, observations);
    const ended =
      stopCode === undefined ? undefined : `stopped after ${observations.length} of ${jobs.length} probes`;
    if (ended !== undefined) io.err(`mailgauge: ${ended}\n`);
    return stopCode ?? exitCodeOf(worstVerdict(observations.map((observation) => observation.verdict)));
  } finally {
    release();
  }
}

async function observeEach(
  jobs: readonly Job[],
  toolkit: Toolkit,
  io: CliIo,
  { json, debug, signal }: ReportOptions & { readonly signal: AbortSignal },
): Promise<Observation[]> {
  const observations: Observation[] = [];
  const line = progress(io);
  for (const job of jobs) {
    if (signal.aborted) break;
    line.say(`${job.subject.name}: ${job.probe} …`);
    const transcript: TranscriptLine[] = [];
    const onTranscript = (entry: TranscriptLine): void => void transcript.push(entry);
    const observation = await toolkit.observe(job, { signal, ...(debug ? { onTranscript } : {}) });
    line.clear();
    observations.push(observation);
    if (debug) io.err(renderTranscript(transcript));
    if (!json) io.out(render(observation, toolkit, io));
  }
  return observations;
}

function render(observation: Observation, toolkit: Toolkit, io: CliIo): string {
  const options = { paint: outPaint(io), width: io.columns, causeSentence: toolkit.causeSentence };
  return `${renderObservation(observation, options)}\n`;
}

/** `  12.3 S: 220 mx ESMTP`, milliseconds since the observation began. */
export function renderTranscript(lines: readonly TranscriptLine[]): string {
  return lines
    .map(({ atMs, side, text }) => `${atMs.toFixed(1).padStart(8)} ${side}: ${printable(text)}\n`)
    .join("");
}

function writeJunit(path: string, observations: readonly Observation[]): void {
  try {
    writeFileSync(path, renderJunit(observations));
  } catch (error) {
    throw new CliError(
      `cannot write ${path}: ${(error as Error).message}`,
      undefined,
      "Give --junit a path in a folder that exists.",
    );
  }
}
