import type { CauseCode } from "../model/codes.ts";
import type { Finding, Observation, Phase } from "../model/observation.ts";
import { bar, formatMs, type Paint, plain, printable, VERDICT_FORMAT, VERDICT_SIGN, wrap } from "./style.ts";

export interface TerminalOptions {
  readonly paint?: Paint;
  /** Columns to fill, 60 to 120. */
  readonly width?: number;
  /** What a cause code says, as one sentence. */
  readonly causeSentence: (code: CauseCode) => string;
}

const BAR_WIDTH = 24;
const LABEL_WIDTH = 10;

/** One observation for a person: a line a phase with milliseconds and a bar, findings with remedy, the cause. */
export function renderObservation(observation: Observation, options: TerminalOptions): string {
  const paint = options.paint ?? plain;
  const width = Math.min(120, Math.max(60, options.width ?? 80));
  const blocks = [
    heading(observation, paint),
    phaseLines(observation, paint),
    findingLines(observation, paint, width),
    tokenLine(observation, paint),
    causeLines(observation, options, paint, width),
  ];
  return `${blocks.filter((block) => block !== "").join("\n")}\n`;
}

function heading(observation: Observation, paint: Paint): string {
  const { verdict } = observation;
  const label = paint(
    [VERDICT_FORMAT[verdict] as "red", "bold"],
    `${VERDICT_SIGN[verdict]} ${verdict.toUpperCase()}`,
  );
  const what = `${paint("bold", printable(observation.target))} ${paint("dim", observation.probe)}`;
  return `${label}  ${what}  ${paint("dim", formatMs(observation.durationMs))}`;
}

function phaseLines(observation: Observation, paint: Paint): string {
  const longest = Math.max(...observation.phases.map((phase) => phase.durationMs), 0.001);
  return observation.phases.map((phase) => phaseLine(phase, longest, paint)).join("\n");
}

function phaseLine(phase: Phase, longest: number, paint: Paint): string {
  const name = (phase.n === undefined ? phase.name : `${phase.name} ${phase.n}`).padEnd(LABEL_WIDTH);
  const ok = phase.outcome === "ok";
  const blocks = paint(ok ? "cyan" : "red", bar(phase.durationMs / longest, BAR_WIDTH));
  return `  ${name}${formatMs(phase.durationMs).padStart(9)}  ${ok ? blocks.trimEnd() : `${blocks} ${paint("red", phase.outcome)}`}`;
}

/** A remedy that the cause repeats stands there alone. */
function findingLines({ findings, cause }: Observation, paint: Paint, width: number): string {
  return findings
    .map(({ remedy, ...finding }) =>
      findingLine(
        remedy === undefined || remedy === cause?.remedy ? finding : { ...finding, remedy },
        paint,
        width,
      ),
    )
    .join("\n");
}

/** By which a submitted message is found again. */
function tokenLine({ evidence, phases }: Observation, paint: Paint): string {
  const token = "token" in evidence ? evidence.token : undefined;
  const submitted = phases.some(({ name }) => name === "body");
  if (typeof token !== "string" || !submitted) return "";
  return `  ${paint("bold", "Token")}   ${printable(token)} ${paint("dim", "(in Subject and Message-ID)")}`;
}

function findingLine(finding: Finding, paint: Paint, width: number): string {
  const sign = paint(VERDICT_FORMAT[finding.verdict], VERDICT_SIGN[finding.verdict]);
  const source = finding.rfc === undefined ? "" : ` (${finding.rfc})`;
  const text = wrap(printable(`${finding.message}${source}`), width - 4, 4);
  const head = `  ${sign} ${text}\n    ${paint("dim", finding.id)}`;
  if (finding.remedy === undefined) return head;
  return `${head}\n    ${paint("bold", "→")} ${wrap(printable(finding.remedy), width - 6, 6)}`;
}

/** The evidence without what the findings above have said already. */
function causeLines(
  { cause, findings }: Observation,
  options: TerminalOptions,
  paint: Paint,
  width: number,
): string {
  if (cause === undefined) return "";
  const said = new Set(findings.map((finding) => finding.message));
  const sentence = `${options.causeSentence(cause.code)} (${cause.certainty}, ${cause.code})`;
  const lines = [`  ${paint("bold", "Cause")}   ${wrap(sentence, width - 10, 10)}`];
  for (const piece of cause.evidence.filter((line) => !said.has(line)))
    lines.push(`          ${wrap(printable(piece), width - 10, 10)}`);
  lines.push(`  ${paint("bold", "Remedy")}  ${wrap(printable(cause.remedy), width - 10, 10)}`);
  return lines.join("\n");
}
