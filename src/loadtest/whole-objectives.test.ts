import { describe, expect, it } from "vitest";
import { context, endLine, intervalLine, snapshotLine, startLine } from "../../test/support/load-record.ts";
import type { DeliveryTotals, LoadRun } from "../model/load-run.ts";
import { createRunBuilder } from "./run.ts";

interface Threshold {
  readonly metric: string;
  readonly expression: string;
  readonly ok: boolean;
}

/** Two processes: 900 messages of 2 ms, and 100 of 500 ms that the relay deferred in part, unless said otherwise. */
function divided(
  first: readonly Threshold[],
  second: readonly Threshold[],
  delivery?: DeliveryTotals,
  messages: Readonly<Record<string, number>> = { accepted: 90, deferred: 10 },
): LoadRun {
  const builder = createRunBuilder({ ...context, processes: 2 });
  const parts = [
    { thresholds: first, accepted: 900, snapshot: { ms: 2 } },
    { thresholds: second, accepted: 100, snapshot: { ms: 500, messages } },
  ];
  for (const [source, { thresholds, accepted, snapshot }] of parts.entries()) {
    builder.add(startLine(), source);
    builder.add(intervalLine(1, accepted), source);
    builder.add(snapshotLine(1, accepted, snapshot), source);
    builder.add(endLine({ thresholds }), source);
  }
  return builder.build({ end: "finished", ...(delivery === undefined ? {} : { delivery }) });
}

describe("objectives of a run that several processes shared", () => {
  it.each<[string, string, boolean, boolean, boolean]>([
    // One in ten is slow, all of them in one process: what the other one saw is not the whole.
    ["smtp_message_duration", "p(50)<100", true, false, true],
    ["smtp_message_duration", "p(99)<100", true, false, false],
    ["smtp_message_duration{scenario:default}", "p(95)<=100", true, true, false],
    ["smtp_message_failed", "rate<=0.05", true, false, true],
    ["smtp_message_failed", "rate<=0.005", true, true, false],
    ["smtp_messages", "count>900", false, false, true],
    ["dropped_iterations", "count==0", true, true, true],
    ["smtp_errors", "count==0", true, false, false],
  ])("%s %s is judged on the whole", (metric, expression, first, second, ok) => {
    const of = (held: boolean): Threshold[] => [{ metric, expression, ok: held }];
    const run = divided(of(first), of(second));
    expect(run.objectives).toEqual([{ metric, expression, ok }]);
    expect(run.notes).toBeUndefined();
  });

  it("count what the test itself broke off as neither good nor bad", () => {
    const thresholds = [{ metric: "smtp_message_failed", expression: "rate<=0.005", ok: true }];
    const run = divided(thresholds, thresholds, undefined, { accepted: 90, aborted: 10 });
    expect(run.objectives.map(({ ok }) => ok)).toEqual([true]);
  });

  it("are said to be judged in parts where the records do not tell of the whole", () => {
    const own = { metric: "my_rate", expression: "rate>0.5", ok: true };
    const tagged = { metric: "smtp_message_duration{host:a}", expression: "p(99)<100", ok: true };
    const run = divided([own, tagged], [{ ...own, ok: false }, tagged]);
    expect(run.objectives).toEqual([{ ...own, ok: false }, tagged]);
    expect(run.notes).toEqual([
      "2 processes shared the work; each judged its own part of: my_rate, smtp_message_duration{host:a}",
    ]);
  });

  it("are those of the sink behind the relay, when all have ended", () => {
    const thresholds = [
      { metric: "delivery_expected", expression: "count>0", ok: true },
      { metric: "delivery_lost", expression: "count==0", ok: true },
      { metric: "delivery_duplicated", expression: "count==0", ok: true },
    ];
    const delivery = { expected: 990, arrived: 989, lost: 1, duplicated: 0 };
    const run = divided(thresholds, thresholds, delivery);
    expect(run.objectives.map(({ ok }) => ok)).toEqual([true, false, true]);
    expect(run.verdict).toBe("fail");
  });
});
