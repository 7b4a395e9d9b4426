/** Colours, type and the parts that every page has. Text reaches a contrast of 4.5 on its ground, shapes 3. */
export const BASE_STYLE = `
:root {
  color-scheme: light dark;
  --ground: #f5f6f8; --surface: #ffffff; --raised: #fbfbfc; --line: #e2e5ea; --line-strong: #c9ced6;
  --text: #191d24; --quiet: #58616f; --accent: #3f4fd0; --track: #e7eaee; --on-state: #ffffff;
  --pass: #1b7f4d; --warn: #9a5f00; --fail: #c5282f; --unknown: #7640b5; --waiting: #5d6675;
  --pass-soft: #e6f4ec; --warn-soft: #fcf1de; --fail-soft: #fdeced; --unknown-soft: #f3ecfb; --waiting-soft: #eef0f3;
  --shadow: 0 1px 2px rgb(20 25 35 / 5%), 0 1px 6px rgb(20 25 35 / 4%);
  --phase-dns: #8c96a6; --phase-connect: #4f86ec; --phase-banner: #2f9fc6; --phase-ehlo: #25a99d;
  --phase-starttls: #9a86ee; --phase-tls: #6a52d6; --phase-auth: #c25aae; --phase-mail: #e2ab4f;
  --phase-rcpt: #d5842a; --phase-data: #86b84a; --phase-body: #4b973e; --phase-quit: #b4bac5;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0e1014; --surface: #16191f; --raised: #1b1f26; --line: #262b34; --line-strong: #3a414d;
    --text: #e6e9ef; --quiet: #99a3b3; --accent: #98a5ff; --track: #262b34; --on-state: #16191f;
    --pass: #46bd83; --warn: #eeb157; --fail: #ff7a73; --unknown: #c39bff; --waiting: #9aa4b3;
    --pass-soft: #14271e; --warn-soft: #2b2315; --fail-soft: #301a1c; --unknown-soft: #251d33; --waiting-soft: #1f242c;
    --shadow: none;
  }
}
* { box-sizing: border-box; }
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
