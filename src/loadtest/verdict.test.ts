import { describe, expect, it } from "vitest";
import { built, endLine, FINISHED, intervalLine, startLine, WHOLE } from "../../test/support/load-record.ts";
import type { LoadRun } from "../model/load-run.ts";

describe("the verdict", () => {
  it.each<[string, LoadRun["verdict"], readonly string[]]>([
    [
      "an objective failed",
      "fail",
      [endLine({ thresholds: [{ metric: "m", expression: "count<1", ok: false }] })],
    ],
    ["a message is uncertain", "warn", [intervalLine(4, 1, { messages: { uncertain: 1 } }), endLine()]],
    ["a message failed", "warn", [intervalLine(4, 1, { messages: { failed: 1 } }), endLine()]],
    ["an error was seen", "warn", [intervalLine(4, 1, { errors: { "quit reset": 1 } }), endLine()]],
    ["an iteration was dropped", "warn", [intervalLine(4, 1, { dropped: 1 }), endLine()]],
    [
      "a message was deferred, as the objectives allow",
      "pass",
      [intervalLine(4, 1, { messages: { deferred: 1 } }), endLine()],
    ],
  ])("when %s is %s", (_, verdict, lines) => {
    expect(built([...WHOLE.slice(0, 5), ...lines]).verdict).toBe(verdict);
  });

  it("is unknown when nothing was measured", () => {
    expect(built([startLine(), endLine()]).verdict).toBe("unknown");
  });

  it("is unknown when nobody said what has to hold", () => {
    const run = built([...WHOLE.slice(0, 5), endLine({ thresholds: [] })]);
    expect(run).toMatchObject({ verdict: "unknown", objectives: [] });
  });

  it("is not pass when the relay refused everything, and no objective looks at that", () => {
    const refused = { messages: { rejected: 5 }, replies: { "rcpt 550 5.1.1": 5 } };
    const threshold = { metric: "dropped_iterations", expression: "count==0", ok: true };
    const lines = [startLine(), intervalLine(1, 0, refused), endLine({ thresholds: [threshold] })];
    expect(built(lines).verdict).toBe("warn");
  });

  it("does not count what a scenario held that never began", () => {
    const of = (scenario: string, ok: boolean) => ({
      metric: `smtp_errors{scenario:${scenario}}`,
      expression: "count==0",
      ok,
    });
    const thresholds = [of("default", true), of("later", true), of("never", false)];
    const run = built([...WHOLE.slice(0, 5), endLine({ thresholds })]);
    expect(run.objectives).toEqual([of("default", true), of("never", false)]);
  });

  it("is not pass when messages were lost behind the relay", () => {
    const delivery = { expected: 300, arrived: 299, lost: 1, duplicated: 0 };
    expect(built(WHOLE, { end: "finished", delivery })).toMatchObject({ verdict: "warn", delivery });
  });

  it("judges an objective that was left to it, unless k6 did", () => {
    const judged = { objectives: { p99Ms: 1 } };
    const own = { metric: "smtp_message_duration", expression: "p(99)<1", ok: false };
    expect(built(WHOLE, FINISHED, judged)).toMatchObject({ verdict: "fail", objectives: [{}, own] });
    expect(built(WHOLE, FINISHED, { objectives: { p99Ms: 10 } }).verdict).toBe("pass");
    const threshold = { metric: "smtp_message_duration{scenario:default}", expression: "p(99)<9", ok: true };
    const k6 = [...WHOLE.slice(0, 5), endLine({ thresholds: [threshold] })];
    expect(built(k6, FINISHED, judged)).toMatchObject({ verdict: "pass", objectives: [threshold] });
  });
});
