import type { Verdict } from "../../model/observation.ts";
import { formatMs } from "../../reports/style.ts";
import { clock, count } from "./format.ts";
import { html, type Html } from "../../reports/html.ts";
import type { RunView } from "./view.ts";

/** Runs that the strip has room for; the newest stands at the right edge. */
const SLOTS = 60;
const STEP = 5;
const HEIGHT = 24;

/** Height in the strip: the worse the taller, so that colour is not all that tells them apart. */
const TALL: Readonly<Record<Verdict, number>> = { pass: 12, warn: 17, unknown: 20, fail: 24 };

/** The last runs, one block each. */
export function runStrip(runs: readonly RunView[]): Html {
  const shown = runs.slice(-SLOTS);
  return html`<svg class="strip" viewBox="0 0 ${SLOTS * STEP} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${summary(shown)}">
    <rect class="track" y="${HEIGHT - 2}" width="${SLOTS * STEP}" height="2"></rect>${shown.map((run, index) => block(run, SLOTS - shown.length + index))}
  </svg>`;
}

function block({ verdict, startedAt, durationMs, cause }: RunView, slot: number): Html {
  const height = TALL[verdict];
  const text = `${clock(startedAt)} UTC: ${verdict}${cause === undefined ? "" : ` (${cause})`}, ${formatMs(durationMs)}`;
  return html`<rect class="run ${verdict}" x="${slot * STEP}" y="${HEIGHT - height}" width="${STEP - 1}" height="${height}"><title>${text}</title></rect>`;
}

function summary(runs: readonly RunView[]): string {
  if (runs.length === 0) return "No run yet";
  const counts = (["pass", "warn", "fail", "unknown"] as const).flatMap((verdict) => {
    const amount = runs.filter((run) => run.verdict === verdict).length;
    return amount === 0 ? [] : [`${amount} ${verdict}`];
  });
  return `Last ${count(runs.length, "run")}: ${counts.join(", ")}; the latest: ${runs.at(-1)?.verdict ?? "none"}`;
}
