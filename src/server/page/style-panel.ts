/** The demo's panel of faults, and the list of load tests. */
export const PANEL_STYLE = `
.panel { background: var(--surface); border: 1px solid var(--line); border-radius: 10px; padding: 12px 16px; box-shadow: var(--shadow); }
.panel .bar { margin-bottom: 8px; }
.panel .bar form { display: contents; }
.chip { border-color: var(--fail); color: var(--fail); background: var(--fail-soft); min-height: 28px; padding: 1px 10px; border-radius: 999px; gap: 5px; font-size: 13px; }
.chip:hover { background: var(--surface); border-color: var(--fail); }
.strong { background: var(--text); color: var(--surface); border-color: var(--text); min-height: 28px; padding: 1px 12px; }
.strong:hover { background: var(--quiet); border-color: var(--quiet); color: var(--surface); }
.complaint { color: var(--fail); font-weight: 600; margin-bottom: 8px; }
.groups { display: flex; flex-wrap: wrap; gap: 8px; }
.group[open] { flex-basis: 100%; }
.group summary {
  display: inline-flex; gap: 6px; padding: 3px 12px; border: 1px solid var(--line-strong); border-radius: 7px;
  cursor: pointer; font-weight: 550; list-style: none;
}
.group summary::-webkit-details-marker { display: none; }
.group summary:hover { background: var(--raised); border-color: var(--quiet); }
.group[open] summary { background: var(--text); border-color: var(--text); color: var(--surface); }
.group[open] summary .count, .group[open] summary .count.on { color: var(--surface); }
.group summary .quiet { font-weight: 400; }
.group summary .count.on { color: var(--fail); font-weight: 600; }
.faults { display: grid; gap: 8px; grid-template-columns: repeat(auto-fill, minmax(min(100%, 17rem), 1fr)); padding: 10px 0 4px; }
.fault { border: 1px solid var(--line); border-radius: 9px; padding: 8px 12px 10px; height: 100%; background: var(--raised); }
.fault.on { border-color: var(--fail); background: var(--fail-soft); }
.fault > .quiet { font-size: 12.5px; line-height: 1.4; padding-left: 38px; overflow-wrap: anywhere; }
.fault.on > .quiet { color: var(--text); }
.switch { border: 0; background: none; padding: 0; gap: 9px; font-weight: 600; min-height: 28px; text-align: left; }
.switch:hover { background: none; text-decoration: underline; }
.knob { width: 29px; height: 17px; border-radius: 9px; background: var(--line-strong); position: relative; flex: none; }
.knob::after { content: ""; position: absolute; inset: 2px auto 2px 2px; width: 13px; border-radius: 50%; background: var(--surface); }
.fault.on .knob { background: var(--fail); }
.fault.on .knob::after { inset: 2px 2px 2px auto; }
.fields { display: grid; grid-template-columns: auto 1fr; gap: 5px 8px; align-items: center; padding: 7px 0 0 38px; font-size: 12.5px; }
.fields input, .fields select { min-width: 0; width: 100%; min-height: 28px; padding: 1px 8px; font-size: 12.5px; }
.fields label { color: var(--quiet); }
.load-runs { display: grid; gap: 6px; }
.load-run {
  display: grid; grid-template-columns: minmax(0, 1.4fr) minmax(0, 1.6fr) auto; gap: 4px 26px; align-items: center;
  padding: 9px 16px; background: var(--surface); border: 1px solid var(--line); border-radius: 10px; box-shadow: var(--shadow);
}
.load-run a { display: flex; align-items: center; gap: 7px; font-weight: 600; }
@media (max-width: 620px) { .load-run { grid-template-columns: minmax(0, 1fr); } }
@media (max-width: 620px) { .panel { padding: 12px 14px; } }
`;
