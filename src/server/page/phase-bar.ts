import { formatMs } from "../../reports/style.ts";
import { html, type Html } from "../../reports/html.ts";
import type { CheckView, PhaseView } from "./view.ts";

/** Width of the drawing; the bar is stretched to its box, so that it needs no style attribute. */
const WIDTH = 1000;
/** A phase of a tenth of a millisecond in a run of a second still shows. */
const MIN_WIDTH = 6;

/** Phases that are named under the bar of a run that passed; the details have all. */
const NAMED = 3;

/** Where the time went: one segment a phase, in proportion, then the phases that matter with their milliseconds. */
export function phaseBar({ phases, durationMs, state }: CheckView): Html {
  if (durationMs === undefined) return html`<p class="quiet">No run yet</p>`;
  const label = phases.map(phaseText).join(", ");
  const shown = state === "pass" ? slowest(phases) : phases;
  return html`<svg class="phase-bar" viewBox="0 0 ${WIDTH} 10" preserveAspectRatio="none" role="img" aria-label="${`Phases: ${label === "" ? "none" : label}`}">
      <rect class="track" width="${WIDTH}" height="10"></rect>${phases.map(segment)}
    </svg>
    ${phaseList(shown, durationMs)}`;
}

/** Each phase with the colour that it has in the bar, then the sum. */
export function phaseList(phases: readonly PhaseView[], durationMs: number): Html {
  return html`<ul class="phase-list">${phases.map(
    (phase) =>
      html`<li class="${phase.isBroken ? "broken" : ""}"><i class="dot phase-${phase.name}"></i>${phase.label} <b>${formatMs(phase.durationMs)}</b></li>`,
  )}<li class="sum">total <b>${formatMs(durationMs)}</b></li></ul>`;
}

/** In the order in which they happened. */
function slowest(phases: readonly PhaseView[]): PhaseView[] {
  const longest = new Set([...phases].sort((a, b) => b.durationMs - a.durationMs).slice(0, NAMED));
  return phases.filter((phase) => longest.has(phase));
}

function segment(phase: PhaseView): Html {
  const width = Math.max(MIN_WIDTH, phase.share * WIDTH);
  const x = Math.min(phase.start * WIDTH, WIDTH - width);
  const kind = phase.isBroken ? "broken" : `phase-${phase.name}`;
  return html`<rect class="${kind}" x="${x.toFixed(1)}" width="${width.toFixed(1)}" height="10"><title>${phaseText(phase)}</title></rect>`;
}

function phaseText({ label, durationMs, outcome }: PhaseView): string {
  return `${label} ${formatMs(durationMs)}${outcome === "ok" ? "" : ` (${outcome})`}`;
}
