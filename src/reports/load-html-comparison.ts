import type { Change, Comparison } from "../model/load-run.ts";
import { changeCells, comparisonHeadline } from "./load-comparison.ts";
import { html, type Html } from "./html.ts";
import { table } from "./load-html-tables.ts";

const TONE: Readonly<Record<Change["verdict"], string>> = {
  better: "pass",
  worse: "fail",
  same: "",
  unknown: "",
};

/** What changed since an earlier run. */
export function comparisonSection(comparison: Comparison): Html {
  const { before, caveats, changes } = comparison;
  const rows = changes.map((change) => ({ cells: changeCells(change), tone: TONE[change.verdict] }));
  return html`<section id="comparison" class="card" aria-labelledby="heading-comparison">
    <h2 id="heading-comparison">Against run ${before.id}</h2>
    <p>${comparisonHeadline(comparison)}</p>
    ${caveats.length === 0 ? "" : html`<ul class="evidence">${caveats.map((caveat) => html`<li>${caveat}</li>`)}</ul>`}
    ${table({ name: "Comparison", head: ["Figure", "Before", "After", "Change", "p", "Verdict"], rows, words: [0, 5] })}
  </section>`;
}
