import { count, utc } from "./format.ts";
import { html, type Html } from "../../reports/html.ts";
import { STATE_WORD, stateShape } from "./state-mark.ts";
import { type State, STATES, type StatusFilter, type StatusView } from "./view.ts";

/** The answer to "is anything wrong?", then how many checks are in each state; each count is a filter. */
export function overview(view: StatusView): Html {
  const { counts, total, now, filter } = view;
  return html`<section class="overview" aria-labelledby="answer">
    <div class="answer ${worstState(view)}">
      <h1 id="answer">${answer(view)}</h1>
      <p class="quiet">${count(total, "check")} · as of <time datetime="${new Date(now).toISOString()}">${utc(now)}</time></p>
    </div>
    <nav class="tiles" aria-label="Filter by state">
      ${STATES.map((state) => tile(state, counts[state], filter))}
    </nav>
  </section>`;
}

function tile(state: State, amount: number, { show, text }: StatusFilter): Html {
  const isOn = show === state;
  const query = new URLSearchParams({
    ...(isOn ? {} : { show: state }),
    ...(text === "" ? {} : { q: text }),
  }).toString();
  return html`<a class="tile ${state} ${amount === 0 ? "none" : ""}" id="tile-${state}" href="/${query === "" ? "" : `?${query}`}" ${isOn ? html`aria-current="true"` : ""}>
    ${stateShape(state)}<span class="amount">${amount}</span><span class="word">${STATE_WORD[state]}</span></a>`;
}

function answer({ counts, total }: StatusView): string {
  if (total === 0) return "Nothing is watched yet";
  const unknown = counts.unknown === 0 ? "" : `, ${counts.unknown} unknown`;
  if (counts.fail > 0) return `${counts.fail} of ${count(total, "check")} failing${unknown}`;
  if (counts.unknown > 0) return `${counts.unknown} of ${count(total, "check")} could not find out`;
  if (counts.warn > 0) return `All mail gets through, ${count(counts.warn, "warning")}`;
  if (counts.waiting === total) return "Waiting for the first runs";
  return counts.waiting > 0 ? "All is well so far" : "All is well";
}

function worstState({ counts, total }: StatusView): State {
  return total === 0 ? "waiting" : (STATES.find((state) => counts[state] > 0) ?? "waiting");
}
