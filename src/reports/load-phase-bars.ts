import type { Distribution, LoadRun } from "../model/load-run.ts";
import { html, type Html } from "./html.ts";
import { PHASE_TITLE, phasesOf } from "./load-facts.ts";
import { formatLatency } from "./load-format.ts";

const WIDTH = 720;
const LABEL = 118;
const ROW = 30;
const TOP = 26;
const QUANTILES = ["p50", "p95", "p99", "p999"] as const;

/** How the time of each phase is spread: a bar from the least to the most, marks at the quantiles, on one log scale. */
export function phaseBars(run: LoadRun): Html {
  const phases = phasesOf(run);
  const rows = phases.flatMap((phase) => {
    const times = run.totals.phases[phase];
    return times === undefined ? [] : [{ title: PHASE_TITLE[phase], times }];
  });
  const scale = logScale(rows.map(({ times }) => times));
  const height = TOP + rows.length * ROW + 4;
  const summary = rows
    .map(({ title, times }) => `${title} p50 ${formatLatency(times.p50)}, p99 ${formatLatency(times.p99)}`)
    .join("; ");
  return html`<svg class="phase-bars" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${`Distribution of the time of each phase: ${summary}`}">
    ${scale.ticks.map((tick) => html`<line class="grid" x1="${scale.x(tick)}" x2="${scale.x(tick)}" y1="${TOP - 6}" y2="${height}"/><text class="tick" x="${scale.x(tick)}" y="14" text-anchor="${tick === scale.ticks.at(-1) ? "end" : "middle"}">${tickLabel(tick)}</text>`)}
    ${rows.map(({ title, times }, index) => bar(title, times, TOP + index * ROW + ROW / 2, scale.x))}
  </svg>`;
}

function bar(title: string, times: Distribution, y: number, x: (ms: number) => number): Html {
  const span = (from: number, to: number): number => Math.max(1, Math.round((x(to) - x(from)) * 10) / 10);
  return html`<g>
    <title>${`${title}: min ${formatLatency(times.min)}, ${QUANTILES.map((name) => `${name === "p999" ? "p99.9" : name} ${formatLatency(times[name])}`).join(", ")}, max ${formatLatency(times.max)}`}</title>
    <text class="name" x="${LABEL - 12}" y="${y + 4}" text-anchor="end">${title}</text>
    <rect class="whole" x="${x(times.min)}" y="${y - 2}" width="${span(times.min, times.max)}" height="4" rx="2"/>
    <rect class="most" x="${x(times.p50)}" y="${y - 5}" width="${span(times.p50, times.p99)}" height="10" rx="2"/>
    <rect class="mark p50" x="${x(times.p50) - 1.5}" y="${y - 8}" width="3" height="16" rx="1"/>
    <rect class="mark p95" x="${x(times.p95) - 1}" y="${y - 6}" width="2" height="12"/>
    <rect class="mark p99" x="${x(times.p99) - 1.5}" y="${y - 8}" width="3" height="16" rx="1"/>
    <circle class="mark max" cx="${x(times.max)}" cy="${y}" r="4"/>
  </g>`;
}

interface Scale {
  readonly x: (ms: number) => number;
  readonly ticks: readonly number[];
}

/** Whole decades around all values, at least two of them. */
function logScale(all: readonly Distribution[]): Scale {
  const least = Math.max(1e-6, Math.min(...all.map(({ min }) => min).filter((ms) => ms > 0)));
  const most = Math.max(least * 10, ...all.map(({ max }) => max));
  const from = Math.floor(Math.log10(least));
  const to = Math.max(from + 2, Math.ceil(Math.log10(most)));
  const room = WIDTH - LABEL - 24;
  const x = (ms: number): number => {
    const share = (Math.log10(Math.max(ms, 10 ** from)) - from) / (to - from);
    return Math.round((LABEL + share * room) * 10) / 10;
  };
  return { x, ticks: Array.from({ length: to - from + 1 }, (_, index) => 10 ** (from + index)) };
}

function tickLabel(ms: number): string {
  return formatLatency(ms).replace(/\.0+(?= )/, "");
}
