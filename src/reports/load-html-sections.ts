import type { Comparison, LoadRun } from "../model/load-run.ts";
import { html, type Html, withCode } from "./html.ts";
import { type Chart, thinningNote } from "./load-charts.ts";
import { comparisonSection } from "./load-html-comparison.ts";
import type { LoadFacts } from "./load-facts.ts";
import { formatCount, formatLatency, formatRate, formatShare, formatSpan } from "./load-format.ts";
import {
  errorTable,
  factList,
  objectiveTable,
  outcomeTable,
  partTable,
  phaseTable,
  replyTable,
  sessionFacts,
  stepTable,
} from "./load-html-tables.ts";
import { loadParts } from "./load-parts.ts";
import { phaseBars } from "./load-phase-bars.ts";
import { VERDICT_SIGN } from "./style.ts";

export interface ReportParts {
  readonly run: LoadRun;
  readonly facts: LoadFacts;
  readonly charts: readonly Chart[];
  readonly capacity: Chart | undefined;
  readonly secondsPerPoint: number;
  readonly comparison: Comparison | undefined;
}

/** The body of the report: the answer, the few figures behind it, then everything else. */
export function loadSections(parts: ReportParts): Html {
  const { run, facts, capacity, comparison } = parts;
  const { totals } = run;
  const partRows = loadParts(run);
  const isTimed = Object.keys(totals.phases).length > 0;
  return html`${header(run, facts)}
  <main>
    ${facts.droppedWarning === undefined ? "" : html`<p class="banner"><b>Dropped work.</b> ${facts.droppedWarning}</p>`}
    ${(run.notes ?? []).map((note) => html`<p class="banner note">${note}</p>`)}
    ${tiles(run, facts)}
    ${reading(run, facts)}
    ${run.steps === undefined ? "" : section("capacity", "Capacity", html`${capacityNote(run)}${capacity === undefined ? "" : figure(capacity)}${stepTable(run)}`)}
    ${partRows.rows.length === 0 ? "" : section("parts", "Parts of the run", partTable(partRows))}
    ${comparison === undefined ? "" : comparisonSection(comparison)}
    ${timeSection(parts)}
    ${isTimed ? section("phases", "Where the time goes", html`${phaseLegend()}<div class="phase-scroll" role="region" aria-label="Distribution of the phases" tabindex="0">${phaseBars(run)}</div>${phaseTable(run)}`) : ""}
    <div class="packed">
      ${section("messages", "Messages", outcomeTable(run))}
      ${totals.replies.length === 0 ? "" : section("replies", "Replies", replyTable(run))}
      ${totals.errors.length === 0 ? "" : section("errors", "Errors in place of a reply", errorTable(run))}
      ${facts.objectives.length === 0 ? "" : section("objectives", run.steps === undefined ? "Objectives" : "Objectives of all steps", objectiveTable(facts))}
      ${section("sessions", "Sessions", factList(sessionFacts(run)))}
      ${run.delivery === undefined ? "" : section("delivery", "Delivery", factList(deliveryFacts(run.delivery)))}
    </div>
    ${section("run", "This run", factList(runFacts(run, facts)))}
  </main>
  <footer><p>Mailgauge ${run.environment.mailgauge}. Times are from histograms whose buckets are 1.6 % wide; counts are exact. Charts by uPlot (MIT).</p></footer>`;
}

function header(run: LoadRun, { headline, url }: LoadFacts): Html {
  const { verdict, scenario, target, startedAt, totals } = run;
  const when = `${startedAt.slice(0, 19).replace("T", " ")} UTC`;
  return html`<header class="top"><div class="${`answer ${verdict}`}">
    <p class="kicker">Load test <b>${scenario}</b> of <b>${target.name}</b></p>
    <h1><span class="${`badge ${verdict}`}"><span aria-hidden="true">${VERDICT_SIGN[verdict]}</span> ${verdict}</span> ${headline}</h1>
    <p class="quiet">${[...new Set([target.name, url])].slice(-1)}${target.tls === undefined ? "" : ` · ${target.tls}`} · ${formatSpan(totals.seconds)} of load from <time datetime="${startedAt}">${when}</time></p>
    ${run.endReason === undefined || headline.includes(run.endReason) ? "" : html`<p class="quiet">${`${run.end}: ${run.endReason}`}</p>`}
  </div></header>`;
}

function tiles(run: LoadRun, facts: LoadFacts): Html {
  const { messages, accepted } = facts;
  const whole = run.totals.phases.message_duration;
  const bad = messages - accepted;
  const share = messages === 0 ? 0 : bad / messages;
  return html`<ul class="tiles">
    ${firstTile(run, facts)}
    ${whole === undefined ? "" : tile("Message p50", formatLatency(whole.p50), `p95 ${formatLatency(whole.p95)}`)}
    ${whole === undefined ? "" : tile("Message p99", formatLatency(whole.p99), `max ${formatLatency(whole.max)}`)}
    ${messages === 0 ? "" : tile("Not accepted", formatShare(share), `${formatCount(bad)} of ${formatCount(messages)}`, bad > 0)}
    ${tile("Dropped", formatCount(run.totals.dropped), "iterations never begun", run.totals.dropped > 0)}
    ${tile(
      "Objectives",
      `${run.objectives.filter(({ ok }) => ok).length} of ${run.objectives.length}`,
      "held",
      run.objectives.some(({ ok }) => !ok),
    )}
  </ul>`;
}

/** The figure that the run was made for. */
function firstTile({ totals, capacity }: LoadRun, facts: LoadFacts): Html {
  const { achieved, hasRate, asked, messages, accepted } = facts;
  if (capacity !== undefined && capacity.sustained > 0)
    return tile(
      "Sustains",
      `${formatRate(capacity.sustained)}/s`,
      capacity.broken === undefined ? "the highest tried" : `broke at ${formatRate(capacity.broken)}/s`,
    );
  if (messages === 0 && totals.sessions.opened > 0)
    return tile("Sessions", formatCount(totals.sessions.opened), "opened");
  if (!hasRate) return tile("Accepted", formatCount(accepted), `of ${formatCount(messages)} messages`);
  const note = asked === undefined ? `${formatCount(accepted)} messages` : `of ${formatRate(asked)}/s asked`;
  return tile("Accepted", `${formatRate(achieved)}/s`, note);
}

function tile(label: string, value: string, note: string, isBad = false): Html {
  return html`<li class="${isBad ? "tile bad" : "tile"}"><span class="label">${label}</span><b>${value}</b><span class="note">${note}</span></li>`;
}

const LIMIT: Readonly<Record<LoadRun["bottleneck"]["kind"], string>> = {
  client: "The limit: the client",
  network: "The limit: the network",
  relay: "The limit: the relay",
  sink: "The limit: the sink",
  none: "The limit: not reached",
  unknown: "The limit: not known",
};

/** What the figures mean, and what to do. */
function reading({ bottleneck }: LoadRun, { next }: LoadFacts): Html {
  return html`<div class="columns">
    <section aria-labelledby="limit" class="card"><h2 id="limit">${LIMIT[bottleneck.kind]}</h2><p>${withCode(bottleneck.sentence)}</p>
      ${bottleneck.evidence.length === 0 ? "" : html`<ul class="evidence">${bottleneck.evidence.map((piece) => html`<li>${withCode(piece)}</li>`)}</ul>`}</section>
    <section aria-labelledby="next" class="card"><h2 id="next">What to do next</h2><p>${withCode(next)}</p></section>
  </div>`;
}

function capacityNote({ capacity }: LoadRun): Html {
  if (capacity?.broken === undefined || capacity.sustained <= 0) return html``;
  const { confidence, firstFailure } = capacity;
  const first = firstFailure === undefined ? "" : ` First to break: ${firstFailure}.`;
  const sure =
    confidence === undefined
      ? "The seconds of the steps do not tell how sure this is."
      : `The knee stays in this place in ${formatShare(confidence)} of resampled runs.`;
  return html`<p>${`${sure}${first}`}</p>`;
}

function timeSection({ charts, secondsPerPoint }: ReportParts): Html {
  if (charts.length === 0) return html``;
  return section(
    "time",
    "Over time",
    html`<p class="quiet">${thinningNote(secondsPerPoint)} Drag over a chart to zoom, double-click to see all of it.</p>
    <div class="charts">${charts.map(figure)}</div>`,
  );
}

function figure({ id, title, note, summary }: Chart): Html {
  return html`<figure aria-labelledby="${`caption-${id}`}"><figcaption id="${`caption-${id}`}"><b>${title}</b><span class="quiet">${note}</span></figcaption>
    <div class="chart" id="${`chart-${id}`}"></div><noscript><p class="quiet">${summary}</p></noscript></figure>`;
}

function phaseLegend(): Html {
  return html`<p class="quiet legend"><span class="key p50"></span>p50 <span class="key p95"></span>p95 <span class="key p99"></span>p99 <span class="key max"></span>max; the thin line begins at the fastest. Logarithmic scale.</p>`;
}

function deliveryFacts(delivery: NonNullable<LoadRun["delivery"]>): (readonly [string, string])[] {
  const { expected, arrived, lost, duplicated, transit } = delivery;
  return [
    ["Arrived", `${formatCount(arrived)} of ${formatCount(expected)}`],
    ["Lost", formatCount(lost)],
    ["Duplicated", formatCount(duplicated)],
    ...(transit === undefined
      ? []
      : [
          [
            "Accepted to arrived",
            `p50 ${formatLatency(transit.p50)}, p95 ${formatLatency(transit.p95)}, p99 ${formatLatency(transit.p99)}, max ${formatLatency(transit.max)}`,
          ] as const,
        ]),
  ];
}

function runFacts(run: LoadRun, { url }: LoadFacts): (readonly [string, string])[] {
  const { mailgauge, k6, module, cores, platform } = run.environment;
  return [
    ["Run", run.id],
    ["Target", url],
    ["Ended", run.endReason === undefined ? run.end : `${run.end}: ${run.endReason}`],
    ...Object.entries(run.parameters),
    ["Versions", `Mailgauge ${mailgauge}, k6 ${k6}, module ${module}`],
    ["Machine", `${cores} cores, ${platform}`],
  ];
}

/** A part of the report under a heading. */
export function section(id: string, title: string, content: Html): Html {
  return html`<section id="${id}" class="card" aria-labelledby="${`heading-${id}`}"><h2 id="${`heading-${id}`}">${title}</h2>${content}</section>`;
}
