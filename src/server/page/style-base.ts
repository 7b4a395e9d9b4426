import { PALETTE } from "../../reports/palette.ts";

/** Type and the parts that every page has. */
export const BASE_STYLE = `
${PALETTE}* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--ground); color: var(--text);
  font: 14px/1.5 Inter, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  font-variant-numeric: tabular-nums; font-feature-settings: "cv11", "ss01";
}
h1, h2, h3, h4, p, ul, ol, dl, dd { margin: 0; padding: 0; }
ul { list-style: none; }
h1 { font-size: 24px; line-height: 1.25; font-weight: 650; letter-spacing: -0.018em; }
h2 { font-size: 15px; font-weight: 620; letter-spacing: -0.006em; }
h3 { font-size: 14px; font-weight: 620; letter-spacing: -0.004em; overflow-wrap: anywhere; }
h4 { font-size: 11.5px; font-weight: 600; color: var(--quiet); letter-spacing: 0.02em; margin-bottom: 6px; }
a { color: var(--accent); text-decoration: none; }
a:hover { text-decoration: underline; }
code { font: 12px/1.4 ui-monospace, "SF Mono", "Cascadia Code", Menlo, Consolas, monospace; overflow-wrap: anywhere; }
b { font-weight: 600; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
main:focus { outline: none; }
.quiet { color: var(--quiet); }
.unseen {
  position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap;
}
.skip { position: absolute; left: -999px; top: 8px; padding: 6px 12px; background: var(--surface); z-index: 2; }
.skip:focus { left: 12px; }
.top, main { max-width: 1320px; margin: 0 auto; padding: 0 24px; }
.top { display: flex; align-items: center; gap: 10px; height: 56px; }
.top nav { margin-left: auto; display: flex; gap: 18px; }
.top nav a { color: var(--quiet); font-weight: 500; }
.top nav a:hover { color: var(--text); text-decoration: none; }
.brand { display: flex; align-items: center; gap: 9px; color: var(--text); font-weight: 650; font-size: 15px; }
.brand:hover { text-decoration: none; }
.version { color: var(--quiet); font-size: 12px; }
.freshness { color: var(--quiet); font-size: 12px; display: flex; align-items: center; gap: 6px; margin-left: 6px; }
.freshness:not(:empty)::before { content: ""; width: 7px; height: 7px; border-radius: 50%; background: var(--pass); }
.lost .freshness { color: var(--fail); font-weight: 600; }
.lost .freshness::before { border-radius: 0; background: var(--fail); }
.lost main { opacity: 0.72; }
main { padding-bottom: 56px; display: grid; gap: 20px; }
.bar { display: flex; align-items: center; gap: 10px 14px; flex-wrap: wrap; margin-bottom: 10px; min-height: 32px; }
button, .button, input, select {
  font: inherit; color: inherit; border: 1px solid var(--line-strong); border-radius: 7px; background: var(--surface);
  padding: 4px 11px; min-height: 32px;
}
button, .button { font-weight: 500; cursor: pointer; display: inline-flex; align-items: center; color: var(--text); }
button:hover, .button:hover { background: var(--raised); border-color: var(--quiet); text-decoration: none; }
input::placeholder { color: var(--quiet); opacity: 1; }
.empty {
  padding: 36px 20px; text-align: center; color: var(--quiet); border: 1px dashed var(--line-strong); border-radius: 10px;
}
.empty h2 { color: var(--text); margin-bottom: 4px; }
.shape { width: 15px; height: 15px; flex: none; fill: currentColor; }
.shape .sign { fill: none; stroke: var(--on-state); stroke-width: 1.7; stroke-linecap: round; stroke-linejoin: round; }
.shape .hollow { fill: none; stroke: currentColor; stroke-width: 1.6; }
.shape.waiting .sign { stroke: currentColor; }
.shape.pass { color: var(--pass); }
.shape.warn { color: var(--warn); }
.shape.fail { color: var(--fail); }
.shape.unknown { color: var(--unknown); }
.shape.waiting { color: var(--waiting); }
@media (max-width: 620px) {
  .top, main { padding: 0 14px; }
  .top { height: auto; min-height: 52px; flex-wrap: wrap; padding-block: 8px; }
  .top nav { width: 100%; margin: 0; gap: 16px; }
  main { padding-bottom: 40px; gap: 16px; }
  h1 { font-size: 21px; }
}
@media (prefers-reduced-motion: no-preference) {
  button, .button, .tile, .top nav a { transition: background-color 120ms, border-color 120ms, color 120ms; }
}
@media print { .top nav, .filter, .panel { display: none; } }
`;
