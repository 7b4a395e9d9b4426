import { checkList } from "./check-list.ts";
import { html, type Html } from "../../reports/html.ts";
import { loadRunList } from "./load-runs.ts";
import { overview } from "./overview.ts";
import { faultPanel } from "./panel.ts";
import type { StatusView } from "./view.ts";

/** Seconds between two refreshes: quick in the demo, where somebody has just broken something. */
const REFRESH_SECONDS = 5;
const DEMO_REFRESH_SECONDS = 2;
const RELOAD_SECONDS = 15;

/** The part of the page that a refresh replaces. */
export function statusFragment(view: StatusView): Html {
  return html`${overview(view)}${view.faults === undefined ? "" : faultPanel(view.faults, view.complaint)}${checkList(view)}${view.loadRuns === undefined ? "" : loadRunList(view, view.loadRuns)}`;
}

/** The whole page. Without JavaScript the browser loads it again; with it, the script replaces `main`. */
export function statusDocument(view: StatusView): Html {
  const seconds = view.faults === undefined ? REFRESH_SECONDS : DEMO_REFRESH_SECONDS;
  return html`<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <title>${pageTitle(view)}</title>
  <link rel="icon" href="/assets/icon.svg" type="image/svg+xml">
  <link rel="stylesheet" href="/assets/style.css">
  <script src="/assets/script.js" defer></script>
  <noscript><meta http-equiv="refresh" content="${RELOAD_SECONDS}"></noscript>
</head>
<body>
  <a class="skip" href="#main">Skip to the checks</a>
  <header class="top">
    <a class="brand" href="/"><img src="/assets/icon.svg" alt="" width="22" height="22">Mailgauge</a>
    <span class="version">${view.version}</span>
    <p id="freshness" class="freshness" role="status"><noscript>Reloads every ${RELOAD_SECONDS} s</noscript></p>
    <nav aria-label="Other views"><a href="/metrics">Metrics</a><a href="/api/v1/targets">API</a><a href="/api/v1/openapi.json">OpenAPI</a></nav>
  </header>
  <main id="main" tabindex="-1" data-refresh="${seconds}">${statusFragment(view)}</main>
</body>
</html>`;
}

/** How many checks are in trouble, for the tab. */
export function pageTitle({ counts, total }: StatusView): string {
  const bad = counts.fail + counts.unknown;
  return bad > 0 ? `(${bad}) Mailgauge` : total === 0 ? "Mailgauge" : "✓ Mailgauge";
}
