import { describe, expect, it } from "vitest";
import { brokenRun, capacityRun, steadyRun } from "../../test/support/load-run.ts";
import type { LoadRun } from "../model/load-run.ts";
import { loadFacts } from "./load-facts.ts";
import {
  formatCount,
  formatLatency,
  formatOctets,
  formatRate,
  formatShare,
  formatSpan,
} from "./load-format.ts";
import { loadRunHtml } from "./load-html.ts";
import { renderLoadJunit } from "./load-junit.ts";
import { renderLoadRun } from "./load-terminal.ts";
import { coloured } from "./style.ts";

const ESC = String.fromCharCode(27);
const RUNS: readonly (readonly [string, LoadRun])[] = [
  ["steady", steadyRun()],
  ["capacity", capacityRun()],
  ["broken", brokenRun()],
];

describe("figures", () => {
  it.each([
    [formatLatency(0.0004), "400 ns"],
    [formatLatency(0.042), "42.0 µs"],
    [formatLatency(4.206), "4.21 ms"],
    [formatLatency(99.97), "100 ms"],
    [formatLatency(2412), "2.41 s"],
    [formatLatency(200_000), "3 min 20 s"],
    [formatSpan(86_400), "24 h"],
    [formatSpan(59.99), "60 s"],
    [formatSpan(1.5), "1.5 s"],
    [formatSpan(0.0042), "4.20 ms"],
    [formatCount(1_234_567), "1,234,567"],
    [formatRate(0), "0"],
    [formatRate(12.34), "12.3"],
    [formatShare(0.000_01), "< 0.01 %"],
    [formatShare(0.999_99), "> 99.9 %"],
    [formatShare(0.0123), "1.23 %"],
    [formatShare(Number.NaN), "0 %"],
    [formatOctets(1_230_000), "1.23 MB"],
    [formatOctets(12), "12 B"],
  ])("%s", (text, expected) => expect(text).toBe(expected));
});

describe("the load test in the terminal", () => {
  it("says the answer first, then what it rests on, then what to do", () => {
    const text = renderLoadRun(capacityRun());
    const order = [
      "✗ FAIL  capacity  relay-eu",
      "Sustains 2,000 messages/s; an objective broke at 2,800.",
      "smtp://127.0.0.1:2525",
      "accepted/s",
      "deferred",
      "uncertain",
      "whole message",
      "451 4.3.2",
      "250 2.0.0",
      "connection_lost",
      "3 lost, 1 duplicated",
      "◀ knee",
      "98.0 % of resampled runs",
      "The relay was the limit",
      "Plan with less than 2,000 messages/s",
    ];
    const places = order.map((piece, index) => text.indexOf(piece, index === 3 ? text.indexOf("Steps") : 0));
    expect(places).not.toContain(-1);
    const withoutSteps = places.filter((_, index) => index !== 3);
    expect(withoutSteps).toEqual([...withoutSteps].sort((a, b) => a - b));
  });

  it("has no knee and no doubt about it where nothing broke", () => {
    const run = capacityRun();
    const held = renderLoadRun({ ...run, capacity: { sustained: 2000, confidence: 1 } });
    expect(held).not.toMatch(/knee|resampled/);
    expect(held).not.toContain("scenario:step_");
  });

  it("compares the parts of a run, in the order of time", () => {
    const run = steadyRun({ seconds: 10 });
    const parts = { size_10KB: { ...run.totals, octets: 1e9 }, size_1KB: run.totals };
    const intervals = run.intervals.map((row) => ({
      ...row,
      scenario: row.at < 5 ? "size_1KB" : "size_10KB",
    }));
    const text = renderLoadRun({ ...run, parts, intervals });
    expect(text).toMatch(/Parts .*octets\/s.*\n  size_1KB .*\n  size_10KB .*100 MB/);
    expect(loadRunHtml({ ...run, parts, intervals })).toContain("Parts of the run");
    expect(renderLoadRun(run)).not.toContain("Parts");
  });

  it("makes no rate of a handful of messages, and none of sessions", () => {
    const run = steadyRun();
    const messages = { ...run.totals.messages, accepted: 5, deferred: 0 };
    const few = renderLoadRun({ ...run, totals: { ...run.totals, messages } });
    expect(few).toContain("Every objective held: 5 of 5 messages accepted.");
    expect(few).not.toMatch(/\/s accepted/);
    const none = { ...run.totals, messages: { ...messages, accepted: 0 } };
    const opened = { ...run, totals: { ...none, sessions: { opened: 200, failed: 0 } } };
    expect(renderLoadRun(opened)).toContain("Every objective held: 200 sessions opened.");
    expect(renderLoadRun(opened)).not.toMatch(/Messages|no message gets through/);
  });

  it.each(RUNS)("%s: no colour unless asked for, no line past 80 columns", (_name, run) => {
    const lines = renderLoadRun(run).split("\n");
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
    expect(lines.join("")).not.toContain(ESC);
    expect(renderLoadRun(run, { paint: coloured })).toContain(ESC);
  });

  it("is loud about work that was never done", () => {
    const run = steadyRun();
    const hidden = { ...run, totals: { ...run.totals, dropped: 8000 } };
    expect(renderLoadRun(hidden)).toMatch(/✗ DROPPED 8,000 iterations never began \(10\.0 % of what was/);
    expect(renderLoadRun(run)).not.toContain("DROPPED");
    // The step that broke dropped some: that is no lie about the knee.
    expect(renderLoadRun(capacityRun())).not.toContain("DROPPED");
  });

  it("passes on what a reader must know", () => {
    const run = steadyRun({ overrides: { notes: ["The times of the last 9 s are missing."] } });
    expect(renderLoadRun(run)).toContain("! The times of the last 9 s are missing.");
    expect(loadRunHtml(run)).toContain("The times of the last 9 s are missing.");
  });

  it("lets no reply of a server move the cursor", () => {
    const run = steadyRun();
    const hostile = { phase: `rcpt${ESC}[2J`, code: 550, enhanced: `${ESC}]0;x`, count: 1 };
    const text = renderLoadRun({ ...run, totals: { ...run.totals, replies: [hostile] } });
    expect(text).not.toContain(ESC);
  });
});

describe("the answer in one sentence", () => {
  const capacity = { sustained: 2000, confidence: 0.9 };
  it.each<readonly [Partial<LoadRun>, string]>([
    [{}, "Every objective held: 1,198 messages/s accepted."],
    [{ objectives: [] }, "The scenario has no objective: 1,198 messages/s accepted."],
    [
      { objectives: [{ metric: "m", expression: "p(99)<1", ok: false }] },
      "1 of 1 objective failed (m p(99)<1): 1,198 messages/s accepted.",
    ],
    [{ end: "broken", endReason: "k6 died" }, "The load test broke: k6 died."],
    [{ end: "interrupted" }, "Interrupted after 1 min; the figures are of what ran."],
    [{ end: "stopped", endReason: "421 to 12 %" }, "Stopped: 421 to 12 %."],
    [{ capacity }, "Sustains 2,000 messages/s, the highest rate that was tried: the capacity is above it."],
    [
      { capacity: { ...capacity, sustained: 0, broken: 500 } },
      "An objective broke at the lowest rate, 500 messages/s: the capacity is below it.",
    ],
    [
      {
        capacity: { ...capacity, broken: 2800 },
        bottleneck: { kind: "client", sentence: "k6 was at its limit.", evidence: [] },
      },
      "Sustains 2,000 messages/s; an objective broke at 2,800, by the client.",
    ],
    [{ capacity: { ...capacity, sustained: 0 } }, "The capacity could not be found."],
  ])("%j", (overrides, expected) => {
    expect(loadFacts(steadyRun({ overrides })).headline).toBe(expected);
  });

  it("names no message, where there was none", () => {
    const run = brokenRun();
    expect(loadFacts(run).headline).toBe("No message was accepted: connect_refused at connecting, 50 times.");
    const replies = [{ phase: "rcpt", code: 550, enhanced: "5.7.1", count: 60 }];
    const { headline } = loadFacts({ ...run, totals: { ...run.totals, replies } });
    expect(headline).toBe("No message was accepted: 550 5.7.1 at rcpt, 60 times.");
  });

  it("says how to trust a relay, by URL or by configuration, when its certificate is all that stood in the way", () => {
    const run = brokenRun();
    const errors = [{ phase: "tls_handshaking", error: "tls_certificate", count: 50 }];
    const refused = { ...run, totals: { ...run.totals, errors } };
    const { next } = loadFacts({ ...refused, target: { ...run.target, name: "smtp://127.0.0.1:2525" } });
    expect(next).toContain(
      "--ca FILE (mailgauge-sink writes its own with --tls-ca-out FILE); or --insecure in a lab.",
    );
    expect(loadFacts(refused).next).toContain("tls: { ca: FILE } at this relay in the configuration");
  });

  it("never lets the client's limit pass for the relay's", () => {
    const bottleneck = { kind: "client", sentence: "k6 was at its limit.", evidence: [] } as const;
    expect(loadFacts({ ...capacityRun(), bottleneck }).next).toContain("Do not read this as the capacity");
  });
});

describe("JUnit of a load test", () => {
  it("has a case for each objective and one for the run", () => {
    const xml = renderLoadJunit(steadyRun());
    expect(xml).toContain('tests="4" failures="0" errors="0" time="60.000"');
    expect(xml.match(/<testcase /g)).toHaveLength(4);
    expect(xml).not.toMatch(/<failure|<error/);
  });

  it("fails what failed, and escapes what it names", () => {
    const xml = renderLoadJunit(brokenRun());
    expect(xml).toContain('tests="2" failures="2" errors="0"');
    expect(renderLoadJunit(steadyRun())).toContain("p(99)&lt;500");
  });

  it.each([
    [{ end: "broken", verdict: "unknown", endReason: "k6 died" }, "<error message=", 'errors="1"'],
    [{ end: "finished", verdict: "fail" }, "<failure message=", 'failures="1"'],
  ] as const)("%j", (overrides, ...expected) => {
    const xml = renderLoadJunit(steadyRun({ overrides }));
    for (const text of expected) expect(xml).toContain(text);
  });
});
