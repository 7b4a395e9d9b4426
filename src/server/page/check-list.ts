import { checkCard } from "./check.ts";
import { html, type Html } from "../../reports/html.ts";
import type { StatusView } from "./view.ts";

/** The checks, the worst first, under a filter that works without JavaScript. */
export function checkList(view: StatusView): Html {
  const { checks, matching, total, filter, now } = view;
  if (total === 0) return empty();
  return html`<section aria-labelledby="checks-heading">
    <div class="bar">
      <h2 id="checks-heading">Checks</h2>
      <form class="filter" method="get" action="/" role="search">
        ${filter.show === undefined ? "" : html`<input type="hidden" name="show" value="${filter.show}">`}
        <label class="unseen" for="q">Filter by name, probe or label</label>
        <input id="q" name="q" type="search" value="${filter.text}" placeholder="Filter by name, probe, label" autocomplete="off" spellcheck="false">
        <button>Filter</button>
        ${filter.show === undefined && filter.text === "" ? "" : html`<a class="button" href="/">Show all</a>`}
      </form>
    </div>
    ${checks.length === 0 ? html`<p class="empty">No check fits the filter.</p>` : html`<ul class="checks">${checks.map((check) => checkCard(check, now))}</ul>`}
    ${matching > checks.length ? html`<p class="empty">The ${checks.length} worst of ${matching} are shown; the filter reaches the others.</p>` : ""}
  </section>`;
}

function empty(): Html {
  return html`<section class="empty">
    <h2>No targets</h2>
    <p>Name a relay, a domain or an address in the configuration file, then reload it: <code>kill -HUP</code> or <code>curl -X POST …/-/reload</code>.</p>
  </section>`;
}
