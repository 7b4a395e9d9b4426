import type { FaultField, PanelFault } from "../types.ts";
import { html, type Html } from "../../reports/html.ts";

/** The demo's switches: break something, and watch what the probes make of it. */
export function faultPanel(faults: readonly PanelFault[], complaint: string | undefined): Html {
  const active = faults.filter((fault) => fault.active);
  const groups = [...Map.groupBy(faults, ({ group }) => group)];
  return html`<section class="panel" aria-labelledby="panel-heading">
    <div class="bar">
      <h2 id="panel-heading">Break something</h2>
      <p class="quiet">${active.length === 0 ? "The lab is healthy. Switch a fault on and watch what the probes say." : `${active.length} on.`}</p>
      ${active.map(activeChip)}
      ${active.length === 0 ? "" : html`<form method="post" action="/lab/reset" data-live><button id="lab-reset" class="strong">Repair all</button></form>`}
    </div>
    ${complaint === undefined ? "" : html`<p class="complaint" role="alert">${complaint}</p>`}
    <div class="groups">${groups.map(([group, members]) => faultGroup(group, members))}</div>
  </section>`;
}

function activeChip({ id, title }: PanelFault): Html {
  return html`<form method="post" action="/lab/faults/${id}" data-live><input type="hidden" name="on" value="false"><button class="chip" id="repair-${id}">${title}<span aria-hidden="true"> ×</span><span class="unseen">: repair</span></button></form>`;
}

function faultGroup(group: string, faults: readonly PanelFault[]): Html {
  const active = faults.filter((fault) => fault.active).length;
  return html`<details class="group" id="group-${group}" name="faults">
    <summary>${groupTitle(group)} <span class="quiet count ${active === 0 ? "" : "on"}">${active === 0 ? "" : `${active} of `}${faults.length}${active === 0 ? "" : " on"}</span></summary>
    <ul class="faults">${faults.map(faultSwitch)}</ul>
  </details>`;
}

/** Protocols are written in capitals. */
function groupTitle(group: string): string {
  return ["auth", "dns", "smtp", "tls"].includes(group)
    ? group.toUpperCase()
    : group.charAt(0).toUpperCase() + group.slice(1);
}

function faultSwitch({ id, title, description, active, target, fields = [] }: PanelFault): Html {
  return html`<li><form class="fault ${active ? "on" : ""}" method="post" action="/lab/faults/${id}" data-live>
    <input type="hidden" name="on" value="${String(!active)}">
    <button class="switch" id="fault-${id}" aria-pressed="${String(active)}" aria-describedby="fault-${id}-what"><span class="knob" aria-hidden="true"></span>${title}</button>
    <p class="quiet" id="fault-${id}-what">${description}${target === undefined ? "" : ` On ${target}.`}</p>
    ${active || fields.length === 0 ? "" : html`<div class="fields">${fields.map((field) => fieldInput(id, field))}</div>`}
  </form></li>`;
}

function fieldInput(faultId: string, { name, label, value, choices }: FaultField): Html {
  const id = `fault-${faultId}-${name}`;
  const input =
    choices === undefined
      ? html`<input id="${id}" name="${name}" value="${value ?? ""}" maxlength="500" autocomplete="off">`
      : html`<select id="${id}" name="${name}">${choices.map((choice) => html`<option ${choice === value ? html`selected` : ""}>${choice}</option>`)}</select>`;
  return html`<label for="${id}">${label}</label>${input}`;
}
