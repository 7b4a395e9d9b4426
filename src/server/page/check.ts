import { checkDetails } from "./check-details.ts";
import { ago, until, utc } from "./format.ts";
import { html, type Html, withCode } from "../../reports/html.ts";
import { phaseBar } from "./phase-bar.ts";
import { STATE_WORD, stateShape } from "./state-mark.ts";
import { runStrip } from "./strip.ts";
import type { CheckView } from "./view.ts";

/** One probe of one target: state, what it means, where the time went, how it went before. */
export function checkCard(check: CheckView, now: number): Html {
  const { anchor, name, probe, where, state, headline, remedy } = check;
  return html`<li><article class="check ${state}" aria-labelledby="${anchor}-name">
    <div class="what">
      <h3 id="${anchor}-name">${stateShape(state)}${name} <span class="probe">${probe}</span></h3>
      <p class="where" title="${where}"><b class="${state}">${STATE_WORD[state]}</b> · ${where}</p>
    </div>
    <div class="why">
      <p class="headline">${withCode(headline)}</p>
      ${remedy === undefined ? "" : html`<p class="remedy"><b>What to do</b> ${withCode(remedy)}</p>`}
    </div>
    <div class="time">${phaseBar(check)}</div>
    <div class="history">${runStrip(check.runs)}<p class="when">${when(check, now)}</p></div>
    ${checkDetails(check)}
  </article></li>`;
}

function when({ lastRun, nextRun }: CheckView, now: number): Html {
  const last =
    lastRun === undefined
      ? ""
      : html`<time datetime="${new Date(lastRun).toISOString()}" title="${utc(lastRun)}">${ago(lastRun, now)}</time>`;
  const next = nextRun === undefined ? "" : html`<span>next ${until(nextRun, now)}</span>`;
  return html`${last}${next}`;
}
