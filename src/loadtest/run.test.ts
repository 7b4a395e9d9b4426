import { describe, expect, it } from "vitest";
import {
  built,
  context,
  endLine,
  FINISHED,
  intervalLine,
  snapshotLine,
  span,
  startLine,
  WHOLE,
} from "../../test/support/load-record.ts";
import type { LoadRun } from "../model/load-run.ts";
import { createRunBuilder } from "./run.ts";

describe("the result of a run", () => {
  it("holds what the record says", () => {
    const run = built(WHOLE);
    expect(run).toMatchObject({
      version: 1,
      id: "k3v9x2ab",
      startedAt: "2026-11-22T13:40:00.000Z",
      target: { name: "relay-eu", tls: "TLSv1.3 X25519" },
      environment: { mailgauge: "0.1.0", k6: "v2.2.0", module: "0.1.0", cores: 2, platform: "linux x64" },
      end: "finished",
      verdict: "pass",
      objectives: [{ metric: "smtp_message_failed", expression: "rate<0.01", ok: true }],
      parts: {},
      bottleneck: { kind: "none" },
    });
    expect(run.totals.seconds).toBeCloseTo(2.6);
    expect(run.totals).toMatchObject({
      iterations: 300,
      messages: { accepted: 300, deferred: 0 },
      octets: 300_000,
      replies: [{ phase: "accepting", code: 250, enhanced: "2.0.0", count: 300 }],
      phases: { message_duration: { count: 300 }, accepting: { count: 300 } },
    });
    expect(run.totals.phases.accepting?.p50).toBeCloseTo(1.6, 1);
    expect(run.intervals).toHaveLength(3);
    expect(run.intervals[0]).toEqual({
      at: 1,
      seconds: 1,
      scenario: "default",
      vus: 10,
      dropped: 0,
      messages: { accepted: 100, deferred: 0, rejected: 0, uncertain: 0, failed: 0, aborted: 0 },
      refusals: 0,
      errors: 0,
      cpu: 0.2,
      p50: 2,
      p95: 3,
      p99: 4,
      max: 5,
    });
    expect(run).not.toHaveProperty("notes");
    expect(run).not.toHaveProperty("steps");
  });

  it("survives JSON as it is", () => {
    const run = built(WHOLE);
    expect(JSON.parse(JSON.stringify(run))).toEqual(run);
  });

  it("gives each interval as it comes", () => {
    const builder = createRunBuilder(context);
    expect(WHOLE.map((line) => builder.add(line).map(({ at }) => at))).toEqual([[], [1], [2], [3], [], []]);
  });

  it("counts 421 and 5xx as refusals, and nothing else", () => {
    const replies = { "banner 421": 2, "rcpt 550 5.1.1": 3, "rcpt 451 4.7.1": 5, "data 354": 7, "other ": 9 };
    const run = built([startLine(), intervalLine(1, 1, { replies, errors: { "mail reset": 4 } })]);
    expect(run.intervals[0]).toMatchObject({ refusals: 5, errors: 4 });
    expect(run.totals.replies[0]).toEqual({ phase: "other", code: 0, enhanced: "", count: 9 });
    expect(run.totals.errors).toEqual([{ phase: "mail", error: "reset", count: 4 }]);
  });

  it("counts the seconds between the first work and the last, where no iteration has ended", () => {
    const idle = { iterations: 0, replies: {} };
    const lines = [
      startLine(),
      intervalLine(1, 0, idle),
      intervalLine(2, 5),
      intervalLine(3, 0, idle),
      intervalLine(4, 5),
    ];
    expect(built(lines).totals.seconds).toBe(3);
  });

  it("counts the seconds in which work went on that never came to its end", () => {
    const lines = [
      startLine(),
      intervalLine(1, 5, { from: 0.5, to: 1 }),
      intervalLine(2, 5, { from: 0.5, to: 1 }),
    ];
    expect(built(lines).totals.seconds).toBe(1.5);
  });
});

describe("the seconds of work", () => {
  it("do not grow because k6 tells of an iteration in the interval after it", () => {
    const late = { ...span, iterations: 3, replies: {} };
    const run = built([
      ...WHOLE.slice(0, 4),
      intervalLine(4, 0, late),
      snapshotLine(4, 300, span),
      endLine(),
    ]);
    expect(run.totals.seconds).toBeCloseTo(2.6);
  });
});

describe("the record of a k6 that was killed", () => {
  const killed = [...WHOLE.slice(0, 5), intervalLine(4, 40), intervalLine(5, 2)];

  it("counts to its last line, and says what has no time", () => {
    const run = built(killed);
    expect(run).toMatchObject({ end: "broken", verdict: "fail" });
    expect(run.endReason).toContain("the record breaks off");
    expect(run.totals.messages.accepted).toBe(342);
    expect(run.totals.phases.message_duration?.count).toBe(300);
    expect(run.notes).toEqual([expect.stringContaining("the last 42 messages")]);
  });

  it("is read as far as it goes, wherever it breaks off", () => {
    const text = WHOLE.join("\n");
    let before = 0;
    for (let end = 0; end <= text.length; end += 7) {
      const run = built(text.slice(0, end).split("\n"), { end: "broken", reason: "k6 died: signal SIGKILL" });
      expect(run.verdict).toBe("fail");
      expect(run.endReason).toBe("k6 died: signal SIGKILL");
      expect(run.totals.messages.accepted).toBeGreaterThanOrEqual(before);
      before = run.totals.messages.accepted;
    }
    expect(before).toBe(300);
  });

  it("says so when there is none", () => {
    expect(built([])).toMatchObject({ end: "broken", verdict: "fail", startedAt: context.startedAt });
    expect(built([]).endReason).toContain("k6 wrote no record");
  });

  it("keeps lines that cannot be read as a note", () => {
    const run = built([WHOLE[0] ?? "", "{", "\u0000", ...WHOLE.slice(1)]);
    expect(run.verdict).toBe("warn");
    expect(run.notes).toEqual(["2 lines of the record could not be read; the first: line 2: no JSON"]);
  });

  it("counts a snapshot whose histogram contradicts itself, without its times", () => {
    const bad = { count: 5, sum: 1, min: 1, max: 1, buckets: [] };
    const run = built([startLine(), snapshotLine(1, 3, { phases: { auth: bad } }), endLine()]);
    expect(run.totals.messages.accepted).toBe(3);
    expect(run.totals.phases).toEqual({});
    expect(run.notes?.[0]).toContain("the histogram of auth contradicts itself");
  });
});

describe("how a run ended", () => {
  it.each<[string, string, LoadRun["end"]]>([
    ["threshold", "stopped", "stopped"],
    ["script", "stopped", "stopped"],
    ["user", "interrupted", "interrupted"],
    ["script error", "broken", "broken"],
    ["error", "broken", "broken"],
  ])("is what k6 says: %s", (reason, _, end) => {
    const run = built([...WHOLE.slice(0, 5), endLine({ aborted: true, reason, error: "why" })]);
    expect(run).toMatchObject({ end, endReason: "why" });
    expect(run.verdict).toBe(end === "interrupted" ? "warn" : "fail");
  });

  it("says in words of a reader which objective ended it", () => {
    const error =
      "thresholds on metrics 'smtp_errors, dropped_iterations' were crossed; at least one has abortOnFail enabled, stopping test prematurely";
    const run = built([...WHOLE.slice(0, 5), endLine({ aborted: true, reason: "threshold", error })]);
    expect(run.endReason).toBe(
      "an objective broke that ends the run at once: smtp_errors, dropped_iterations",
    );
  });

  it("is what the caller says where it knows more", () => {
    const run = built(WHOLE, { end: "stopped", reason: "the relay refused 80 %" });
    expect(run).toMatchObject({ end: "stopped", endReason: "the relay refused 80 %", verdict: "fail" });
  });
});

describe("several processes that share the work", () => {
  function shared(seconds: number, second: readonly string[] = WHOLE): LoadRun {
    const builder = createRunBuilder({ ...context, processes: 2 });
    const later = startLine({
      time: new Date(Date.parse("2026-11-22T13:40:00.000Z") + seconds * 1000).toISOString(),
    });
    for (const line of WHOLE) builder.add(line, 0);
    for (const line of [later, ...second.slice(1)]) builder.add(line, 1);
    return builder.build(FINISHED);
  }

  it("are one run: counts, histograms, seconds, CPU", () => {
    const run = shared(0.3);
    expect(run.totals).toMatchObject({ iterations: 600, messages: { accepted: 600 }, octets: 600_000 });
    expect(run.totals.phases.message_duration).toMatchObject({ count: 600 });
    expect(run.totals.seconds).toBeCloseTo(2.9);
    expect(run.intervals.map(({ at, messages, cpu, vus }) => [at, messages.accepted, cpu, vus])).toEqual([
      [1.3, 200, 0.4, 20],
      [2.3, 200, 0.4, 20],
      [3.3, 200, 0.4, 20],
    ]);
    expect(run.intervals[0]).toMatchObject({ seconds: 1, p50: 2, max: 5 });
  });

  it("have times as they were, not as each counted them", () => {
    expect(shared(2).intervals.map(({ at, messages }) => [at, messages.accepted])).toEqual([
      [1, 100],
      [2, 100],
      [3, 200],
      [4, 100],
      [5, 100],
    ]);
  });

  it("have a last interval of their own, however short it is", () => {
    const builder = createRunBuilder({ ...context, processes: 2 });
    for (const source of [0, 1]) {
      for (const line of WHOLE.slice(0, 2)) builder.add(line, source);
      builder.add(intervalLine(1.06, 7).replace('"seconds":1', '"seconds":0.06'), source);
    }
    const rows = builder.build(FINISHED).intervals;
    expect(rows.map(({ at, seconds, vus, messages }) => [at, seconds, vus, messages.accepted])).toEqual([
      [1, 1, 20, 200],
      [1.06, 0.06, 20, 14],
    ]);
  });

  it("hold an objective only together, where the records do not tell of the whole", () => {
    const failed = { metric: "checks", expression: "rate>0.99", ok: false };
    const run = shared(0, [...WHOLE.slice(0, 5), endLine({ thresholds: [failed] })]);
    expect(run).toMatchObject({ verdict: "fail", objectives: expect.arrayContaining([failed]) });
  });

  it("are broken when one of them is", () => {
    expect(shared(0, WHOLE.slice(0, 4))).toMatchObject({ end: "broken", verdict: "fail" });
    expect(shared(0, WHOLE.slice(0, 4)).totals.messages.accepted).toBe(600);
  });

  it("are known by their number", () => {
    expect(() => createRunBuilder(context).add("{}", 1)).toThrow("1 processes write records, not 2");
  });
});
