import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { raw } from "hono/html";
import type { Comparison, LoadRun } from "../model/load-run.ts";
import { html, type Html } from "./html.ts";
import { CHART_SCRIPT } from "./load-chart-script.ts";
import { capacityChart, type Chart, timeCharts } from "./load-charts.ts";
import { loadFacts } from "./load-facts.ts";
import { loadSections } from "./load-html-sections.ts";
import { LOAD_STYLE } from "./load-html-style.ts";
import { PALETTE } from "./palette.ts";

interface Assets {
  readonly style: string;
  readonly script: string;
}

const require = createRequire(import.meta.url);
let assets: Assets | undefined;

/** uPlot stands in the report itself: it must open in ten years, and where there is no network. */
function readAssets(): Assets {
  if (assets !== undefined) return assets;
  const plotScript = readFileSync(require.resolve("uplot/dist/uPlot.iife.min.js"), "utf8");
  const plotStyle = readFileSync(require.resolve("uplot/dist/uPlot.min.css"), "utf8");
  assets = { style: `${plotStyle}\n${PALETTE}${LOAD_STYLE}`, script: `${plotScript}\n${CHART_SCRIPT}` };
  return assets;
}

/** Nothing but the style and the script of the report itself, and no request to anywhere. */
export function loadReportPolicy(): string {
  const { style, script } = readAssets();
  return (
    `default-src 'none'; style-src '${sha256(style)}'; script-src '${sha256(script)}'; ` +
    "base-uri 'none'; form-action 'none'"
  );
}

function sha256(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}

/** A load test as one HTML file that needs no other: charts, tables, light and dark. */
export function loadRunHtml(run: LoadRun, comparison?: Comparison): string {
  const { style, script } = readAssets();
  const { charts, secondsPerPoint } = timeCharts(run);
  const capacity = capacityChart(run);
  const all = capacity === undefined ? charts : [capacity, ...charts];
  const facts = loadFacts(run);
  const document: Html = html`<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <meta http-equiv="Content-Security-Policy" content="${loadReportPolicy()}">
  <meta name="generator" content="Mailgauge ${run.environment.mailgauge}">
  <title>${`${run.scenario} · ${run.target.name} · Mailgauge load test`}</title>
  <style>${raw(style)}</style>
</head>
<body>
  ${loadSections({ run, facts, charts, capacity, secondsPerPoint, comparison })}
  <script type="application/json" id="report-data">${raw(embeddable({ charts: all }))}</script>
  <script>${raw(script)}</script>
</body>
</html>
`;
  // A template of which no part has to be waited for is text already.
  if (document instanceof Promise) throw new TypeError("a part of the report is not ready");
  return document.toString();
}

/** JSON that cannot end the element which holds it. */
function embeddable(data: { readonly charts: readonly Chart[] }): string {
  return JSON.stringify(data).replaceAll("<", "\\u003c");
}
