import { html, type Html } from "../../reports/html.ts";
import type { State } from "./view.ts";

export const STATE_WORD: Readonly<Record<State, string>> = {
  pass: "Passing",
  warn: "Warning",
  fail: "Failing",
  unknown: "Unknown",
  waiting: "Waiting",
};

/** A shape of its own for each state, so that nobody depends on the colour. */
const SHAPE: Readonly<Record<State, Html>> = {
  pass: html`<circle cx="8" cy="8" r="7"/><path class="sign" d="M4.8 8.3l2.2 2.2 4.2-4.6"/>`,
  warn: html`<path d="M8 1l7.3 13.4H.7z"/><path class="sign" d="M8 6v4.2M8 12.2v.3"/>`,
  fail: html`<path d="M4.9.8h6.2l4.1 4.1v6.2l-4.1 4.1H4.9L.8 11.1V4.9z"/><path class="sign" d="M5.4 5.4l5.2 5.2M10.6 5.4l-5.2 5.2"/>`,
  unknown: html`<path d="M8 .4L15.6 8 8 15.6.4 8z"/><path class="sign" d="M6.2 6.3c.1-2.4 3.7-2.3 3.6 0 0 1.4-1.8 1.4-1.8 2.7M8 11.2v.3"/>`,
  waiting: html`<circle class="hollow" cx="8" cy="8" r="6.2"/><path class="sign" d="M8 4.6V8l2.2 1.6"/>`,
};

/** The shape alone; the word must stand beside it. */
export function stateShape(state: State): Html {
  return html`<svg class="shape ${state}" viewBox="0 0 16 16" aria-hidden="true">${SHAPE[state]}</svg>`;
}
