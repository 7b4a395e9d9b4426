/** The style of the HTML report of a load test, on the palette of the status page. */
export const LOAD_STYLE = `
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--ground); color: var(--text);
  font: 14px/1.5 Inter, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  font-variant-numeric: tabular-nums;
}
h1, h2, p, ul, dl, dd, figure { margin: 0; padding: 0; }
ul { list-style: none; }
h1 { font-size: 25px; line-height: 1.3; font-weight: 650; letter-spacing: -0.018em; text-wrap: balance; }
h2 { font-size: 16px; font-weight: 640; letter-spacing: -0.008em; margin-bottom: 8px; }
b { font-weight: 600; }
code { font: 12px/1.4 ui-monospace, "SF Mono", "Cascadia Code", Menlo, Consolas, monospace; overflow-wrap: anywhere; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
.quiet { color: var(--quiet); }
.top, main, footer { max-width: 1200px; margin: 0 auto; padding: 0 24px; }
.top { padding-top: 30px; padding-bottom: 20px; }
.kicker { color: var(--quiet); margin-bottom: 6px; }
.kicker b { color: var(--text); }
.answer { display: grid; gap: 4px; }
.badge {
  display: inline-flex; gap: 5px; align-items: center; vertical-align: 3px; margin-right: 6px; padding: 1px 10px; border-radius: 999px;
  font-size: 14px; line-height: 1.6; font-weight: 650; letter-spacing: 0; text-transform: capitalize;
  color: var(--on-state); background: var(--state);
}
.badge.pass { --state: var(--pass); }
.badge.warn { --state: var(--warn); }
.badge.fail { --state: var(--fail); }
.badge.unknown { --state: var(--unknown); }
main { display: grid; gap: 16px; grid-template-columns: minmax(0, 1fr); padding-bottom: 28px; }
footer { color: var(--quiet); font-size: 12px; padding-bottom: 40px; }
.banner { background: var(--fail-soft); color: var(--text); border: 1px solid var(--fail); border-radius: 10px; padding: 12px 16px; }
.banner.note { background: var(--warn-soft); border-color: var(--warn); font-size: inherit; }
.banner b { color: var(--fail); }
.tiles { display: grid; gap: 12px; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); }
.tile, .card {
  background: var(--surface); border: 1px solid var(--line); border-radius: 10px; box-shadow: var(--shadow); padding: 12px 16px;
}
.tile { display: grid; }
.tile b { font-size: 21px; line-height: 1.35; letter-spacing: -0.02em; font-weight: 650; white-space: nowrap; }
.tile.bad b { color: var(--fail); }
.tile .label, .tile .note { color: var(--quiet); font-size: 12.5px; }
.card { padding: 16px 20px 18px; min-width: 0; }
.columns { display: grid; gap: 16px; grid-template-columns: repeat(auto-fit, minmax(min(100%, 430px), 1fr)); align-items: start; }
.columns > .card { height: 100%; }
.packed { columns: 2 430px; column-gap: 16px; margin-bottom: -16px; }
.packed > .card { break-inside: avoid; margin-bottom: 16px; }
.evidence { margin-top: 8px; color: var(--quiet); display: grid; gap: 2px; }
.evidence li { padding-left: 14px; position: relative; overflow-wrap: anywhere; }
.evidence li::before { content: ""; position: absolute; left: 2px; top: 9px; width: 4px; height: 4px; border-radius: 50%; background: var(--line-strong); }
.charts { display: grid; gap: 26px 28px; grid-template-columns: repeat(auto-fit, minmax(min(100%, 480px), 1fr)); margin-top: 14px; }
.charts > figure { min-width: 0; }
@media (min-width: 1060px) { .charts > figure:last-child:nth-child(odd) { grid-column: 1 / -1; } }
figcaption { display: grid; margin-bottom: 6px; }
figcaption .quiet { font-size: 12.5px; line-height: 1.4; }
.chart { width: 100%; min-height: 230px; overflow: hidden; }
.charts figcaption { min-height: 56px; align-content: start; }
#capacity figure { margin: 12px 0; }
.uplot { font: inherit; width: 100%; }
.u-legend { font-size: 12px; text-align: left; color: var(--quiet); margin: 2px 0 0; }
.u-legend tr { border: 0; }
.u-legend th { font-weight: 500; padding-block: 0; }
.u-legend td { color: var(--text); }
.u-legend.u-inline .u-series td { min-width: 4.6em; }
.u-legend .u-marker { width: 10px; height: 3px; border-width: 0 0 3px 0 !important; border-radius: 0; }
.u-select { background: color-mix(in srgb, var(--accent) 14%, transparent); }
.u-hz .u-cursor-x, .u-vt .u-cursor-y { border-right-color: var(--quiet); }
.u-hz .u-cursor-y, .u-vt .u-cursor-x { border-bottom-color: var(--line-strong); }
.scroll { overflow-x: auto; margin-top: 8px; }
table { border-collapse: collapse; width: 100%; }
th, td { padding: 5px 14px 5px 0; text-align: left; vertical-align: top; }
th:last-child, td:last-child { padding-right: 2px; }
td.word:last-child { min-width: 11em; }
tbody tr { border-top: 1px solid var(--line); }
thead th { color: var(--quiet); font-size: 12px; font-weight: 550; white-space: nowrap; padding-bottom: 4px; }
tbody th { font-weight: 500; white-space: nowrap; }
.figure { text-align: right; white-space: nowrap; }
tr.strong th, tr.strong td { font-weight: 650; }
tr.pass th, tr.pass .figure:nth-child(2) { color: var(--pass); }
tr.warn th { color: var(--warn); }
tr.fail th { color: var(--fail); }
.facts { display: grid; gap: 5px; }
.facts div { display: grid; grid-template-columns: 10rem minmax(0, 1fr); gap: 12px; }
.facts dt { color: var(--quiet); overflow-wrap: anywhere; }
.facts dd { overflow-wrap: anywhere; }
#run .facts { grid-template-columns: repeat(auto-fit, minmax(min(100%, 430px), 1fr)); column-gap: 32px; }
.phase-scroll { overflow-x: auto; margin: 8px 0 6px; }
.phase-bars { display: block; width: 100%; min-width: 560px; height: auto; max-width: 860px; }
.phase-bars text { font-size: 11.5px; fill: var(--text); }
.phase-bars .tick { fill: var(--quiet); font-size: 10.5px; }
.phase-bars .grid { stroke: var(--line); }
.phase-bars .whole { fill: var(--line-strong); }
.phase-bars .most { fill: color-mix(in srgb, var(--accent) 30%, var(--surface)); }
.mark.p50, .key.p50 { fill: var(--pass); background: var(--pass); }
.mark.p95, .key.p95 { fill: var(--accent); background: var(--accent); }
.mark.p99, .key.p99 { fill: var(--warn); background: var(--warn); }
.mark.max, .key.max { fill: var(--fail); background: var(--fail); }
.legend { font-size: 12.5px; }
.key { display: inline-block; width: 3px; height: 12px; border-radius: 1px; margin: 0 4px 0 8px; vertical-align: -2px; }
.key:first-child { margin-left: 0; }
.key.max { width: 8px; height: 8px; border-radius: 50%; vertical-align: 0; }
@media (max-width: 620px) {
  .top, main, footer { padding-inline: 14px; }
  h1 { font-size: 21px; }
  .card { padding: 14px 14px 16px; }
  .tiles { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .facts div { grid-template-columns: 1fr; gap: 0; }
  .chart { min-height: 190px; }
  .charts figcaption { min-height: 0; }
}
@media print { .card, .tile { break-inside: avoid; box-shadow: none; } }
`;
