import type { Change, Comparison } from "../model/load-run.ts";
import { formatLatency, formatRate, formatShare } from "./load-format.ts";
import { type Paint, plain, printable, wrap } from "./style.ts";

const SIGN: Readonly<Record<Change["verdict"], string>> = {
  better: "▲",
  worse: "▼",
  same: "=",
  unknown: "?",
};
const FORMAT = { better: "green", worse: "red", same: "dim", unknown: "yellow" } as const;
/** Unknowns say little: those beyond are left out, and counted. */
const MAX_UNKNOWN = 6;

/** Two runs side by side, for a person: what changed first. */
export function renderComparison(
  comparison: Comparison,
  options: { readonly paint?: Paint; readonly width?: number } = {},
): string {
  const paint = options.paint ?? plain;
  const width = Math.min(120, Math.max(60, options.width ?? 80));
  const { before, after, caveats, changes } = comparison;
  const head = `${paint("bold", "Comparison")}  run ${printable(after.id)} against ${printable(before.id)} of ${before.startedAt.slice(0, 19).replace("T", " ")} UTC`;
  const warnings = caveats.map((text) => paint("yellow", `  ! ${wrap(printable(text), width - 4, 4)}`));
  const unknown = changes.filter(({ verdict }) => verdict === "unknown");
  const hidden = new Set(unknown.slice(MAX_UNKNOWN));
  const rows = changes
    .filter((change) => !hidden.has(change))
    .map((change) => {
      const [what, was, is, changed, p] = changeCells(change);
      const text = `  ${SIGN[change.verdict]} ${what.padEnd(24)}${was.padStart(11)}${is.padStart(11)}${changed.padStart(10)}${p.padStart(9)}  ${change.verdict}`;
      return paint(FORMAT[change.verdict], text);
    });
  const left =
    hidden.size === 0 ? [] : [paint("dim", `  and ${hidden.size} more of which nothing can be said`)];
  const title = paint(
    "bold",
    `    ${"".padEnd(24)}${"before".padStart(11)}${"after".padStart(11)}${"change".padStart(10)}${"p".padStart(9)}`,
  );
  const says = `  ${wrap(comparisonHeadline(comparison), width - 2, 2)}`;
  return `${[head, says, ...warnings, title, ...rows, ...left].join("\n")}\n`;
}

/** What got worse and what better, in one sentence. */
export function comparisonHeadline({ changes }: Comparison): string {
  const named = (verdict: Change["verdict"]): string =>
    changes
      .filter((change) => change.verdict === verdict)
      .map(({ what }) => what)
      .join(", ");
  const worse = named("worse");
  const better = named("better");
  if (worse === "" && better === "") {
    const isKnown = changes.some(({ verdict }) => verdict === "same");
    return isKnown
      ? "No change that is both certain and larger than 5 %."
      : "The runs are too short, or too uneven, to tell a change from chance.";
  }
  const parts = [worse === "" ? "" : `Worse: ${worse}.`, better === "" ? "" : `Better: ${better}.`];
  return parts.filter((part) => part !== "").join(" ");
}

type Cells = readonly [string, string, string, string, string, string];

/** Figure, before, after, change, p and verdict, as text. */
export function changeCells({ what, unit, before, after, change, p, verdict }: Change): Cells {
  return [
    what,
    sayIn(unit, before),
    sayIn(unit, after),
    sayChange(change),
    p === undefined ? "–" : sayP(p),
    verdict,
  ];
}

function sayIn(unit: Change["unit"], value: number): string {
  if (unit === "ms") return formatLatency(value);
  return unit === "share" ? formatShare(value) : `${formatRate(value)}/s`;
}

function sayChange(change: number): string {
  const percent = change * 100;
  if (Math.abs(percent) < 0.05) return "0 %";
  return `${percent > 0 ? "+" : "−"}${Math.abs(percent).toFixed(Math.abs(percent) < 10 ? 1 : 0)} %`;
}

function sayP(p: number): string {
  return p < 0.001 ? "< 0.001" : p.toFixed(3);
}
