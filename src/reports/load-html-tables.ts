import type { LoadOutcome, LoadRun } from "../model/load-run.ts";
import { html, type Html } from "./html.ts";
import { loadFacts, type LoadFacts, PHASE_TITLE, phasesOf } from "./load-facts.ts";
import { formatCount, formatLatency, formatOctets, formatRate, formatShare } from "./load-format.ts";
import type { PartTable } from "./load-parts.ts";

type Cell = string | Html;

interface Table {
  /** Says what the table is to somebody who does not see it. */
  readonly name: string;
  readonly head: readonly string[];
  readonly rows: readonly { readonly cells: readonly Cell[]; readonly tone?: string }[];
  /** Columns that hold words; the others hold figures and stand to the right. */
  readonly words?: readonly number[];
}

/** A table that scrolls by itself where the screen is narrow. */
export function table({ name, head, rows, words = [0] }: Table): Html {
  const kind = (index: number): string => (words.includes(index) ? "word" : "figure");
  return html`<div class="scroll" role="region" aria-label="${`${name}, as a table`}" tabindex="0"><table>
    <thead><tr>${head.map((text, index) => html`<th scope="col" class="${kind(index)}">${text}</th>`)}</tr></thead>
    <tbody>${rows.map(
      ({ cells, tone = "" }) =>
        html`<tr class="${tone}">${cells.map((cell, index) => (index === 0 ? html`<th scope="row" class="${kind(0)}">${cell}</th>` : html`<td class="${kind(index)}">${cell}</td>`))}</tr>`,
    )}</tbody>
  </table></div>`;
}

const OUTCOMES: Readonly<Record<LoadOutcome, readonly [tone: string, meaning: string]>> = {
  accepted: ["pass", "the relay took responsibility"],
  deferred: ["warn", "4xx: to be tried again"],
  rejected: ["fail", "5xx: refused for good"],
  uncertain: ["fail", "connection lost after the final dot: accepted or not, nobody knows"],
  failed: ["fail", "connection lost before the final dot"],
  aborted: ["warn", "broken off on purpose"],
};

export function outcomeTable(run: LoadRun): Html {
  const { messages } = loadFacts(run);
  const rows = (Object.entries(run.totals.messages) as [LoadOutcome, number][])
    .filter(([name, count]) => count > 0 || name === "accepted")
    .map(([name, count]) => {
      const [tone, meaning] = OUTCOMES[name];
      const share = messages === 0 ? 0 : count / messages;
      return { cells: [name, formatCount(count), formatShare(share), meaning], tone: count > 0 ? tone : "" };
    });
  return table({
    name: "What became of the messages",
    head: ["Outcome", "Messages", "Share", "Meaning"],
    rows,
    words: [0, 3],
  });
}

export function phaseTable(run: LoadRun): Html {
  const rows = phasesOf(run).flatMap((phase) => {
    const times = run.totals.phases[phase];
    if (times === undefined) return [];
    const { p50, p95, p99, p999, max, mean, count } = times;
    const cells = [
      PHASE_TITLE[phase],
      ...[p50, p95, p99, p999, max, mean].map(formatLatency),
      formatCount(count),
    ];
    return [{ cells, tone: phase === "message_duration" ? "strong" : "" }];
  });
  return table({
    name: "Times of the phases",
    head: ["Phase", "p50", "p95", "p99", "p99.9", "max", "mean", "count"],
    rows,
  });
}

/** What the relay objected to first, the most frequent of it at the top. */
export function replyTable({ totals }: LoadRun): Html {
  const sorted = [...totals.replies].sort(
    (a, b) => Number(b.code >= 400) - Number(a.code >= 400) || b.count - a.count,
  );
  const rows = sorted.map(({ phase, code, enhanced, count }) => ({
    cells: [code === 0 ? "other" : String(code), enhanced, phase, formatCount(count)],
    tone: code >= 500 ? "fail" : code >= 400 ? "warn" : "",
  }));
  return table({ name: "Replies", head: ["Code", "Enhanced", "Phase", "Count"], rows, words: [0, 1, 2] });
}

export function errorTable({ totals }: LoadRun): Html {
  const rows = totals.errors.map(({ phase, error, count }) => ({
    cells: [error, phase, formatCount(count)],
    tone: "fail",
  }));
  return table({ name: "Errors", head: ["Error", "Phase", "Count"], rows, words: [0, 1] });
}

export function stepTable({ steps = [], capacity }: LoadRun): Html {
  const rows = steps.map(({ target, achieved, ok, failures, totals }) => {
    const p99 = totals.phases.message_duration?.p99;
    const isKnee = capacity?.broken !== undefined && target === capacity.sustained;
    const verdict = ok ? (isKnee ? "✓ the knee" : "✓ held") : "✗ broke";
    return {
      cells: [
        formatRate(target),
        formatRate(achieved),
        p99 === undefined ? "–" : formatLatency(p99),
        formatCount(totals.dropped),
        verdict,
        failures.join("; "),
      ],
      tone: ok ? (isKnee ? "pass strong" : "") : "fail",
    };
  });
  return table({
    name: "Steps",
    head: ["Asked/s", "Accepted/s", "p99", "Dropped", "Objectives", "What broke"],
    rows,
    words: [4, 5],
  });
}

export function partTable({ head, rows }: PartTable): Html {
  return table({ name: "Parts of the run", head, rows: rows.map((cells) => ({ cells })) });
}

export function objectiveTable({ objectives }: LoadFacts): Html {
  const sorted = [...objectives].sort((a, b) => Number(a.ok) - Number(b.ok));
  const rows = sorted.map(({ metric, expression, ok }) => ({
    cells: [html`<code>${metric}</code>`, html`<code>${expression}</code>`, ok ? "✓ held" : "✗ failed"],
    tone: ok ? "" : "fail",
  }));
  return table({ name: "Objectives", head: ["Metric", "Objective", "Result"], rows, words: [0, 1, 2] });
}

/** Term and value, one beside the other. */
export function factList(facts: readonly (readonly [string, string])[]): Html {
  return html`<dl class="facts">${facts.map(([term, value]) => html`<div><dt>${term}</dt><dd>${value}</dd></div>`)}</dl>`;
}

export function sessionFacts({ totals }: LoadRun): (readonly [string, string])[] {
  const { sessions, handshakes, octets, seconds, iterations, dropped } = totals;
  const { full, resumed } = handshakes;
  return [
    ["Sessions", `${formatCount(sessions.opened)} opened, ${formatCount(sessions.failed)} failed`],
    ...(full + resumed === 0
      ? []
      : [["TLS handshakes", `${formatCount(full)} full, ${formatCount(resumed)} resumed`] as const]),
    ["Octets", `${formatOctets(octets)}, ${formatOctets(seconds > 0 ? octets / seconds : 0)}/s`],
    ["Iterations", `${formatCount(iterations)} done, ${formatCount(dropped)} dropped`],
  ];
}
