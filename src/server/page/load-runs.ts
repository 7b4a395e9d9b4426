import { formatRate, formatSpan } from "../../reports/load-format.ts";
import { html, type Html } from "../../reports/html.ts";
import { ago, utc } from "./format.ts";
import { STATE_WORD, stateShape } from "./state-mark.ts";
import type { LoadRunsView, StatusView } from "./view.ts";

/** The last load tests, newest first; each leads to its report. */
export function loadRunList({ now }: StatusView, { runs, complaint }: LoadRunsView): Html {
  return html`<section aria-labelledby="load-runs-heading">
    <div class="bar"><h2 id="load-runs-heading">Load tests</h2><a href="/api/v1/load-runs">All as JSON</a></div>
    ${complaint === undefined ? "" : html`<p class="empty">${complaint}</p>`}
    <ul class="load-runs">${runs.map((run) => item(run, now))}</ul>
  </section>`;
}

function item(run: LoadRunsView["runs"][number], now: number): Html {
  const { id, startedAt, scenario, target, verdict, seconds, rate } = run;
  const at = Date.parse(startedAt);
  return html`<li class="load-run">
    <a href="${`/load-runs/${encodeURIComponent(id)}`}">${stateShape(verdict)}<span class="unseen">${STATE_WORD[verdict]}: </span>${scenario} <span class="probe">${target}</span></a>
    <span><b>${formatRate(rate)}/s</b> accepted over ${formatSpan(seconds)}</span>
    <time class="quiet" datetime="${startedAt}" title="${utc(at)}">${ago(at, now)}</time>
  </li>`;
}
