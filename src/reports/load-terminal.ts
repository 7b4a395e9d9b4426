import type { LoadOutcome, LoadRun } from "../model/load-run.ts";
import { loadFacts, type LoadFacts, PHASE_TITLE, phasesOf } from "./load-facts.ts";
import {
  formatCount,
  formatLatency,
  formatOctets,
  formatRate,
  formatShare,
  formatSpan,
} from "./load-format.ts";
import { loadParts } from "./load-parts.ts";
import { bar, type Paint, plain, printable, VERDICT_FORMAT, VERDICT_SIGN, wrap } from "./style.ts";

export interface LoadTerminalOptions {
  readonly paint?: Paint;
  /** Columns to fill, 60 to 120. */
  readonly width?: number;
}

/** Replies and errors that are worth a line; the JSON has the rest. */
const MAX_REPLIES = 12;
const MAX_ERRORS = 6;
/** Objectives that held are named up to so many; those that failed always are. */
const MAX_HELD = 6;
const BAR_WIDTH = 16;

interface Screen {
  readonly paint: Paint;
  readonly width: number;
}

/** A load test for a person, on one screen: the answer, then what it rests on. */
export function renderLoadRun(run: LoadRun, options: LoadTerminalOptions = {}): string {
  const paint = options.paint ?? plain;
  const screen = { paint, width: Math.min(120, Math.max(60, options.width ?? 80)) };
  const facts = loadFacts(run);
  const blocks = [
    heading(run, facts, screen),
    messageLines(run, facts, screen),
    phaseTable(run, screen),
    replyLines(run, screen),
    errorLines(run, screen),
    sessionLines(run, screen),
    deliveryLines(run, screen),
    stepTable(run, screen),
    partTable(run, screen),
    objectiveLines(facts, screen),
    closingLines(run, facts, screen),
  ];
  return `${blocks.filter((block) => block !== "").join("\n\n")}\n`;
}

function heading(run: LoadRun, facts: LoadFacts, { paint, width }: Screen): string {
  const { verdict, target, environment, end, endReason } = run;
  const label = paint(
    [VERDICT_FORMAT[verdict] as "red", "bold"],
    `${VERDICT_SIGN[verdict]} ${verdict.toUpperCase()}`,
  );
  const tls = target.tls === undefined ? "" : `  ${target.tls}`;
  const lines = [
    `${label}  ${paint("bold", printable(run.scenario))}  ${printable(target.name)}`,
    `  ${wrap(printable(facts.headline), width - 2, 2)}`,
    ...(target.name === facts.url && tls === ""
      ? []
      : [paint("dim", `  ${printable(`${facts.url}${tls}`)}`)]),
    paint(
      "dim",
      `  ${wrap(`${formatSpan(run.totals.seconds)} of load from ${run.startedAt.slice(0, 19).replace("T", " ")} UTC, run ${printable(run.id)}, k6 ${printable(environment.k6)}, ${environment.cores} cores`, width - 2, 2)}`,
    ),
  ];
  if (end !== "finished" && endReason !== undefined && !facts.headline.includes(endReason)) {
    lines.push(paint("yellow", `  ${wrap(printable(`${end}: ${endReason}`), width - 2, 2)}`));
  }
  for (const note of run.notes ?? []) {
    lines.push(paint("yellow", `  ! ${wrap(printable(note), width - 4, 4)}`));
  }
  return lines.join("\n");
}

const OUTCOME_FORMAT: Readonly<Record<LoadOutcome, "green" | "yellow" | "red">> = {
  accepted: "green",
  deferred: "yellow",
  rejected: "red",
  uncertain: "red",
  failed: "red",
  aborted: "yellow",
};

const OUTCOME_MEANING: Readonly<Record<LoadOutcome, string>> = {
  accepted: "",
  deferred: "4xx",
  rejected: "5xx",
  uncertain: "lost after final dot",
  failed: "lost before final dot",
  aborted: "broken off on purpose",
};

function messageLines(run: LoadRun, facts: LoadFacts, screen: Screen): string {
  const { totals } = run;
  const { paint, width } = screen;
  if (facts.messages === 0 && totals.sessions.opened + totals.sessions.failed > 0) return "";
  const asked = facts.asked === undefined ? "" : ` of ${formatRate(facts.asked)}/s asked`;
  const octets = totals.seconds > 0 ? `, ${formatOctets(totals.octets / totals.seconds)}/s` : "";
  const rate = facts.hasRate ? `  ${formatRate(facts.achieved)}/s accepted${asked}${octets}` : "";
  const lines = [title(`Messages${rate}`, screen)];
  for (const [name, count] of Object.entries(totals.messages) as [LoadOutcome, number][]) {
    if (count === 0 && name !== "accepted") continue;
    const share = facts.messages === 0 ? 0 : count / facts.messages;
    const meaning = OUTCOME_MEANING[name];
    const blocks = paint(OUTCOME_FORMAT[name], bar(share, BAR_WIDTH));
    const row = `  ${name.padEnd(10)}${formatCount(count).padStart(14)}${formatShare(share).padStart(11)}  ${blocks}`;
    lines.push(meaning === "" ? row.trimEnd() : `${row} ${paint("dim", meaning)}`.trimEnd());
  }
  if (facts.droppedWarning !== undefined) {
    lines.push(paint(["red", "bold"], `  ✗ ${wrap(`DROPPED ${facts.droppedWarning}`, width - 4, 4)}`));
  }
  return lines.join("\n");
}

function phaseTable(run: LoadRun, screen: Screen): string {
  const phases = phasesOf(run);
  if (phases.length === 0) return "";
  const columns = ["p50", "p95", "p99", "max"] as const;
  const head = title(
    `${"Phases".padEnd(16)}${columns.map((name) => name.padStart(12)).join("")}${"count".padStart(14)}`,
    screen,
  );
  const rows = phases.map((phase) => {
    const times = run.totals.phases[phase];
    if (times === undefined) return "";
    const cells = columns.map((name) => formatLatency(times[name]).padStart(12)).join("");
    const text = `  ${PHASE_TITLE[phase].padEnd(14)}${cells}${formatCount(times.count).padStart(14)}`;
    return phase === "message_duration" ? screen.paint("bold", text) : text;
  });
  return [head, ...rows].join("\n");
}

/** What the relay objected to comes first, the most frequent of it at the top. */
function replyLines({ totals }: LoadRun, screen: Screen): string {
  if (totals.replies.length === 0) return "";
  const sorted = [...totals.replies].sort(
    (a, b) => Number(b.code >= 400) - Number(a.code >= 400) || b.count - a.count,
  );
  const rows = sorted.slice(0, MAX_REPLIES).map(({ phase, code, enhanced, count }) => {
    const reply = `${code === 0 ? "other" : code} ${printable(enhanced)}`.trimEnd();
    const text = `  ${reply.padEnd(12)}${formatCount(count).padStart(14)}  at ${printable(phase)}`;
    return code >= 400 ? screen.paint(code >= 500 ? "red" : "yellow", text) : text;
  });
  return [title("Replies", screen), ...rows, ...more(sorted.length - MAX_REPLIES, screen)].join("\n");
}

function errorLines({ totals }: LoadRun, screen: Screen): string {
  if (totals.errors.length === 0) return "";
  const rows = totals.errors
    .slice(0, MAX_ERRORS)
    .map(({ phase, error, count }) =>
      screen.paint(
        "red",
        `  ${printable(error).padEnd(20)}${formatCount(count).padStart(6)}  at ${printable(phase)}`,
      ),
    );
  const left = totals.errors.length - MAX_ERRORS;
  return [title("Errors in place of a reply", screen), ...rows, ...more(left, screen)].join("\n");
}

function more(left: number, { paint }: Screen): string[] {
  return left > 0 ? [paint("dim", `  and ${left} more, see the JSON`)] : [];
}

function sessionLines({ totals }: LoadRun, { paint }: Screen): string {
  const { sessions, handshakes } = totals;
  const { full, resumed } = handshakes;
  const failed = sessions.failed === 0 ? "" : paint("red", `, ${formatCount(sessions.failed)} failed`);
  const tls =
    full + resumed === 0
      ? ""
      : `; TLS handshakes: ${formatCount(full)} full, ${formatCount(resumed)} resumed`;
  return `${paint("bold", "Sessions")}  ${formatCount(sessions.opened)} opened${failed}${tls}`;
}

function deliveryLines({ delivery }: LoadRun, { paint }: Screen): string {
  if (delivery === undefined) return "";
  const { expected, arrived, lost, duplicated, transit } = delivery;
  const bad = (count: number, word: string): string =>
    count === 0 ? `none ${word}` : paint(["red", "bold"], `${formatCount(count)} ${word}`);
  const first = `${paint("bold", "Delivery")}  ${formatCount(arrived)} of ${formatCount(expected)} arrived, ${bad(lost, "lost")}, ${bad(duplicated, "duplicated")}`;
  if (transit === undefined) return first;
  const { p50, p95, p99, max } = transit;
  return `${first}\n          accepted to arrived: p50 ${formatLatency(p50)}, p95 ${formatLatency(p95)}, p99 ${formatLatency(p99)}, max ${formatLatency(max)}`;
}

function stepTable({ steps, capacity }: LoadRun, screen: Screen): string {
  if (steps === undefined || steps.length === 0) return "";
  const { paint, width } = screen;
  const head = title(
    `Steps${"asked/s".padStart(13)}${"accepted/s".padStart(14)}${"p99".padStart(12)}${"dropped".padStart(12)}`,
    screen,
  );
  const rows = steps.flatMap(({ target, achieved, ok, failures, totals }) => {
    const p99 = totals.phases.message_duration?.p99;
    const cells = [
      formatRate(target).padStart(16),
      formatRate(achieved).padStart(14),
      (p99 === undefined ? "-" : formatLatency(p99)).padStart(12),
      formatCount(totals.dropped).padStart(12),
    ].join("");
    const sign = ok ? paint("green", "✓") : paint("red", "✗");
    const knee =
      capacity?.broken !== undefined && target === capacity.sustained ? paint("bold", "  ◀ knee") : "";
    const why = failures.map((failure) => paint("red", `      ${wrap(printable(failure), width - 6, 6)}`));
    return [`${sign} ${cells}${knee}`, ...why];
  });
  const sure =
    capacity?.broken === undefined || capacity.sustained <= 0
      ? []
      : [paint("dim", `  ${howSure(capacity.confidence)}`)];
  return [head, ...rows.map((row) => `  ${row}`), ...sure].join("\n");
}

/** What each part of the run came to: the answer of a scenario that compares sizes, numbers or phases of a day. */
function partTable(run: LoadRun, screen: Screen): string {
  const { head, rows } = loadParts(run);
  if (rows.length === 0) return "";
  const line = ([name = "", ...cells]: readonly string[]): string =>
    `${name.padEnd(18)}${cells.map((cell) => cell.padStart(11)).join("")}`;
  const body = rows.map(([name = "", ...cells]) => printable(line([`  ${name}`, ...cells])));
  return [title(line(head), screen), ...body].join("\n");
}

function howSure(confidence: number | undefined): string {
  return confidence === undefined
    ? "The seconds of the steps do not tell how sure this is."
    : `The knee stays there in ${formatShare(confidence)} of resampled runs.`;
}

function objectiveLines({ objectives }: LoadFacts, screen: Screen): string {
  if (objectives.length === 0) return "";
  const failed = objectives.filter(({ ok }) => !ok);
  const held = objectives.filter(({ ok }) => ok);
  const line = ({ metric, expression, ok }: LoadRun["objectives"][number]): string => {
    const sign = ok ? screen.paint("green", "✓") : screen.paint("red", "✗");
    return `  ${sign} ${printable(metric)} ${screen.paint(ok ? "dim" : "red", printable(expression))}`;
  };
  const rows = [...failed, ...held.slice(0, MAX_HELD)].map(line);
  const left = held.length - MAX_HELD;
  if (left > 0) rows.push(screen.paint("dim", `  ✓ and ${left} more that held`));
  return [title("Objectives", screen), ...rows].join("\n");
}

function closingLines({ bottleneck }: LoadRun, { next }: LoadFacts, { paint, width }: Screen): string {
  const label = (text: string): string => paint("bold", text.padEnd(12));
  const lines = [`${label("Bottleneck")}${wrap(printable(bottleneck.sentence), width - 12, 12)}`];
  for (const piece of bottleneck.evidence) {
    lines.push(paint("dim", `            ${wrap(printable(piece), width - 12, 12)}`));
  }
  lines.push(`${label("Next")}${wrap(printable(next), width - 12, 12)}`);
  return lines.join("\n");
}

function title(text: string, { paint }: Screen): string {
  return paint("bold", text);
}
