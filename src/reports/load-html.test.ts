import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { brokenRun, capacityRun, steadyRun } from "../../test/support/load-run.ts";
import type { Comparison } from "../model/load-run.ts";
import { type Chart, MAX_POINTS, timeCharts } from "./load-charts.ts";
import { loadReportPolicy, loadRunHtml } from "./load-html.ts";

const HOSTILE = `</script><script>alert(1)</script>"'&<img src=x>`;

/** What stands between the tags of the elements of one name. */
function contents(html: string, pattern: RegExp): string[] {
  return [...html.matchAll(pattern)].map(([, text = ""]) => text);
}

function sha256(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}

describe("the HTML report", () => {
  it("asks nobody for anything", () => {
    const html = loadRunHtml(capacityRun());
    expect(html).not.toMatch(/<(?:link|img|iframe|object|script)[^>]*\b(?:src|href)=/);
    expect(html).not.toMatch(/@import|url\(|\bfetch\(|XMLHttpRequest|WebSocket|import\(/);
  });

  it("lets its own style and script run, and no other", () => {
    const html = loadRunHtml(steadyRun());
    const [style = ""] = contents(html, /<style>([\s\S]*?)<\/style>/g);
    const scripts = contents(html, /<script>([\s\S]*?)<\/script>/g);
    expect(scripts).toHaveLength(1);
    expect(loadReportPolicy()).toContain(`style-src ${sha256(style)};`);
    expect(loadReportPolicy()).toContain(`script-src ${sha256(scripts[0] ?? "")};`);
    expect(loadReportPolicy()).toContain("default-src 'none'");
    // The report may not carry a style of its own either: the policy would drop it.
    expect(html.replace(/<(script|style)[\s\S]*?<\/\1>/g, "")).not.toMatch(/ style=| on[a-z]+=/);
  });

  it("takes no markup from the relay, the parameters or the scenario", () => {
    const run = capacityRun();
    const html = loadRunHtml({
      ...run,
      scenario: HOSTILE,
      endReason: HOSTILE,
      target: { ...run.target, name: HOSTILE, host: HOSTILE },
      parameters: { [HOSTILE]: HOSTILE },
      objectives: [{ metric: HOSTILE, expression: HOSTILE, ok: false }],
      steps: (run.steps ?? []).map((step) => ({ ...step, scenario: HOSTILE, failures: [HOSTILE] })),
      bottleneck: { kind: "relay", sentence: HOSTILE, evidence: [HOSTILE] },
      totals: {
        ...run.totals,
        replies: [{ phase: HOSTILE, code: 550, enhanced: HOSTILE, count: 1 }],
        errors: [{ phase: HOSTILE, error: HOSTILE, count: 1 }],
      },
    });
    expect(html).not.toContain("<script>alert");
    expect(html).not.toContain("<img");
    expect(html.match(/<script/g)).toHaveLength(2);
  });

  it("says in words what the charts show, and what to do", () => {
    const html = loadRunHtml(capacityRun());
    for (const text of [
      "Sustains 2,000 messages/s; an objective broke at 2,800.",
      "The limit: the relay",
      "mailgauge loadtest soak --rate 1400",
      "Achieved against asked: accepted/s 500 to 2,141",
      "✓ the knee",
    ]) {
      expect(html).toContain(text);
    }
    expect(loadRunHtml(brokenRun())).toContain("No message was accepted");
  });

  it("shows what changed since another run, when asked to", () => {
    const comparison: Comparison = {
      before: { id: "b4b4b4b4", startedAt: "2026-11-21T10:00:00.000Z" },
      after: { id: "k3v9x2ab", startedAt: "2026-11-22T13:40:00.000Z" },
      caveats: ["The machines had 2 and 4 cores."],
      changes: [
        { what: "message p99", unit: "ms", before: 10, after: 14, change: 0.4, p: 0.0001, verdict: "worse" },
      ],
    };
    const html = loadRunHtml(steadyRun(), comparison);
    expect(html).toContain("Worse: message p99.");
    expect(html).toContain("The machines had 2 and 4 cores.");
    expect(html).toContain("+40 %");
  });
});

describe("the charts", () => {
  const chart = (charts: readonly Chart[], id: string): Chart | undefined =>
    charts.find((each) => each.id === id);

  it("draw a soak of 24 hours in at most 2,000 points, and lose neither a message nor the slowest", () => {
    const run = steadyRun({ seconds: 86_400, rate: 100 });
    const { charts, secondsPerPoint } = timeCharts(run);
    const [throughput, latency] = [chart(charts, "throughput"), chart(charts, "latency")];
    expect(throughput?.x.length).toBeLessThanOrEqual(MAX_POINTS);
    expect(secondsPerPoint).toBe(44);
    const slowest = Math.max(...run.intervals.map(({ max = 0 }) => max));
    const drawn = latency?.series.find(({ label }) => label === "max")?.values ?? [];
    expect(Math.max(...drawn.map((value) => value ?? 0))).toBeCloseTo(slowest, 0);
    const rates = throughput?.series.find(({ label }) => label === "accepted")?.values ?? [];
    const mean = rates.reduce<number>((sum, value) => sum + (value ?? 0), 0) / rates.length;
    expect(mean).toBeCloseTo(run.totals.messages.accepted / run.totals.seconds, 0);
  });

  it("make no rate of the rest of a second at the end", () => {
    const run = steadyRun({ seconds: 10 });
    const [last] = run.intervals.slice(-1);
    if (last === undefined) throw new Error("no interval");
    const rest = { ...last, at: last.at + 0.05, seconds: 0.05 };
    const x = chart(timeCharts({ ...run, intervals: [...run.intervals, rest] }).charts, "throughput")?.x;
    expect(x).toHaveLength(run.intervals.length);
  });

  it("have one point for an instant at which several scenarios ran", () => {
    const run = steadyRun({ seconds: 10 });
    const twice = run.intervals.flatMap((each) => [each, { ...each, scenario: "other" }]);
    const { charts } = timeCharts({ ...run, intervals: twice });
    expect(chart(charts, "cpu")?.x).toHaveLength(10);
    const [single] = timeCharts(run).charts;
    const [double] = charts;
    expect(double?.series[0]?.values[0]).toBeCloseTo(2 * (single?.series[0]?.values[0] ?? 0), 0);
    // CPU is that of the whole process: it does not double.
    expect(chart(charts, "cpu")?.series).toEqual(chart(timeCharts(run).charts, "cpu")?.series);
  });

  it("leave out what there was none of", () => {
    const { charts } = timeCharts(steadyRun({ deferred: 0 }));
    expect(charts.map(({ id }) => id)).toEqual(["throughput", "latency", "workers", "cpu"]);
    expect(chart(charts, "throughput")?.series.map(({ label }) => label)).toEqual(["accepted", "asked"]);
    expect(timeCharts(steadyRun({ seconds: 0 })).charts).toEqual([]);
  });
});
