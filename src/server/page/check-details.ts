import type { Finding } from "../../model/observation.ts";
import { html, type Html, withCode } from "../../reports/html.ts";
import { phaseList } from "./phase-bar.ts";
import { stateShape } from "./state-mark.ts";
import type { CheckView } from "./view.ts";

const SEVERITY = { fail: 0, unknown: 1, warn: 2, pass: 3 } as const;

/** What stands behind the verdict; closed until somebody wants to know. */
export function checkDetails(check: CheckView): Html {
  const { anchor, name, probe, labels, observationId, state, phases, durationMs } = check;
  if (observationId === undefined) return html``;
  return html`<details id="${anchor}">
    <summary>Details<span class="unseen"> of ${name} ${probe}</span></summary>
    <div class="detail">
      ${diagnosis(check)}
      ${check.findings.length === 0 ? "" : html`<section><h4>Findings</h4><ul class="findings">${sorted(check.findings).map(finding)}</ul></section>`}
      ${check.facts.length === 0 ? "" : html`<section><h4>Evidence</h4><dl class="facts">${check.facts.map(({ label, value }) => html`<div><dt>${label}</dt><dd>${value}</dd></div>`)}</dl></section>`}
      ${state === "pass" && durationMs !== undefined ? html`<section><h4>Phases</h4>${phaseList(phases, durationMs)}</section>` : ""}
      <p class="links">${labels.map(([key, value]) => html`<span class="tag">${key}: ${value}</span>`)}<a href="/api/v1/observations/${encodeURIComponent(observationId)}">Whole observation as JSON</a></p>
    </div>
  </details>`;
}

function diagnosis({ cause, fault }: CheckView): Html {
  if (cause === undefined && fault === undefined) return html``;
  return html`<section><h4>Diagnosis</h4><dl class="facts">
    ${fault === undefined ? "" : html`<div><dt>Seen</dt><dd><code>${fault.code}</code> at <code>${fault.phase}</code>: ${fault.message}</dd></div>`}
    ${
      cause === undefined
        ? ""
        : html`<div><dt>Cause</dt><dd><code>${cause.code}</code> (${cause.certainty})</dd></div>
    ${cause.evidence.length === 0 ? "" : html`<div><dt>Because</dt><dd>${cause.evidence.join("; ")}</dd></div>`}`
    }
  </dl></section>`;
}

function finding({ verdict, id, message, rfc, remedy }: Finding): Html {
  return html`<li>${stateShape(verdict)}<div><span class="unseen">${verdict}: </span>${withCode(message)} <code>${id}</code>${rfc === undefined ? "" : html` <span class="rfc">${rfc}</span>`}${remedy === undefined ? "" : html`<p class="quiet">${withCode(remedy)}</p>`}</div></li>`;
}

function sorted(findings: readonly Finding[]): Finding[] {
  return [...findings].sort((a, b) => SEVERITY[a.verdict] - SEVERITY[b.verdict]);
}
