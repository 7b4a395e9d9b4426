import { describe, expect, it } from "vitest";
import { context, endLine, intervalLine, snapshotLine, startLine } from "../../test/support/load-record.ts";
import type { LoadRun, Objective } from "../model/load-run.ts";
import { createRunBuilder, type RunEnding } from "./run.ts";

const SECONDS = 20;

interface Step {
  readonly rate: number;
  /** What the step's objectives came to. */
  readonly failed?: Partial<Record<"p99" | "failures" | "dropped", true>>;
  /** Fields of single seconds. */
  readonly seconds?: Readonly<Record<number, Readonly<Record<string, unknown>>>>;
  /** Of all seconds. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** A test whose steps followed each other. */
function capacityRun(steps: readonly Step[], ending: RunEnding = { end: "finished" }): LoadRun {
  const builder = createRunBuilder(context);
  builder.add(startLine());
  const thresholds: Objective[] = [];
  for (const [i, { rate, failed = {}, fields = {}, seconds = {} }] of steps.entries()) {
    const name = `step_${rate}`;
    const span = { from: i * SECONDS + 0.01, to: (i + 1) * SECONDS - 0.01 };
    for (let second = 1; second <= SECONDS; second++)
      builder.add(intervalLine(i * SECONDS + second, rate, { ...span, ...fields, ...seconds[second] }, name));
    const { message_duration: _, ...counts } = fields;
    builder.add(snapshotLine((i + 1) * SECONDS, rate * SECONDS, { ...span, ...counts }, name));
    thresholds.push(
      { metric: `smtp_message_duration{scenario:${name}}`, expression: "p(99)<500", ok: failed.p99 !== true },
      {
        metric: `smtp_message_failed{scenario:${name}}`,
        expression: "rate<0.01",
        ok: failed.failures !== true,
      },
      { metric: `dropped_iterations{scenario:${name}}`, expression: "count==0", ok: failed.dropped !== true },
    );
  }
  builder.add(endLine({ thresholds }));
  return builder.build(ending);
}

const slow = { message_duration: { count: 400, p50: 300, p95: 600, p99: 900, max: 1000 }, ms: 800 };

describe("the capacity of a relay", () => {
  it("lies between the last step that held and the first that did not", () => {
    const run = capacityRun([
      { rate: 200 },
      { rate: 100 },
      { rate: 400, failed: { p99: true }, fields: slow },
    ]);
    expect(run.steps?.map(({ target, ok }) => [target, ok])).toEqual([
      [100, true],
      [200, true],
      [400, false],
    ]);
    expect(run.steps?.[1]?.achieved).toBeCloseTo(200);
    expect(run.steps?.[1]?.totals.seconds).toBeCloseTo(SECONDS - 0.02);
    expect(run.capacity).toMatchObject({ sustained: 200, broken: 400, confidence: 1 });
    expect(run.capacity?.firstFailure).toMatch(
      /^p99 of smtp_message_duration was 80\d ms \(objective: p\(99\)<500\)$/,
    );
    expect(run.verdict).toBe("fail");
    expect(Object.keys(run.parts)).toHaveLength(3);
  });

  it("is not known above the highest step that held", () => {
    expect(capacityRun([{ rate: 100 }, { rate: 200 }]).capacity).toEqual({ sustained: 200, confidence: 1 });
  });

  it("is nothing when the first step breaks", () => {
    const run = capacityRun([{ rate: 100, failed: { p99: true }, fields: slow }]);
    expect(run.capacity).toMatchObject({ sustained: 0, broken: 100 });
  });

  it("is less sure when it hangs on one second", () => {
    const seconds = { 7: { dropped: 3 } };
    const run = capacityRun([
      { rate: 100 },
      { rate: 200, failed: { dropped: true }, fields: { dropped: 0 }, seconds },
    ]);
    expect(run.capacity).toMatchObject({ sustained: 100, broken: 200 });
    // 1 - (19/20)^20
    expect(run.capacity?.confidence).toBeGreaterThan(0.55);
    expect(run.capacity?.confidence).toBeLessThan(0.72);
    expect(
      capacityRun([{ rate: 100 }, { rate: 200, failed: { dropped: true }, seconds }]).capacity?.confidence,
    ).toBe(run.capacity?.confidence);
  });

  it("is as sure as nobody knows when its steps have too few seconds to draw from", () => {
    const builder = createRunBuilder(context);
    builder.add(startLine());
    for (const [at, rate] of [100, 200, 400].entries()) {
      const fields = { from: at + 0.01, to: at + 0.99, dropped: rate === 400 ? 5 : 0 };
      builder.add(intervalLine(at + 1, rate, fields, `step_${rate}`));
    }
    builder.add(endLine());
    const { capacity } = builder.build({ end: "finished" });
    expect(capacity).toMatchObject({ sustained: 200, broken: 400 });
    expect(capacity).not.toHaveProperty("confidence");
  });

  it("is broken by what no objective looks at", () => {
    const run = capacityRun([{ rate: 100 }, { rate: 200, fields: { errors: { "accepting reset": 2 } } }]);
    expect(run.steps?.[1]).toMatchObject({
      ok: false,
      failures: ["2 transport errors (objective: count==0)"],
    });
  });

  it("is broken by a queue that grows, before any objective is", () => {
    const fields = { messages: { accepted: 300 } };
    const run = capacityRun([{ rate: 100 }, { rate: 338, fields }]);
    expect(run.capacity).toMatchObject({
      sustained: 100,
      broken: 338,
      firstFailure: "only 300 of 338 messages a second came to an end: the relay fell behind",
    });
    // What is refused has come to an end as well: objectives judge it.
    const refused = { messages: { accepted: 300, deferred: 38 } };
    expect(capacityRun([{ rate: 338, fields: refused }]).capacity).toMatchObject({ sustained: 338 });
  });

  it("leaves out a step that was broken off by a person", () => {
    const run = capacityRun([{ rate: 100 }, { rate: 200 }], {
      end: "interrupted",
      reason: "stopped by the user",
    });
    expect(run.steps?.map(({ target }) => target)).toEqual([100]);
    expect(run.capacity).toMatchObject({ sustained: 100 });
    expect(run.totals.messages.accepted).toBe(300 * SECONDS);
  });

  it("lies below the step at which the relay was protected from more", () => {
    const reason = "the relay refused 80 % of 5 s (421 or 5xx), more than 50 %";
    const run = capacityRun([{ rate: 100 }, { rate: 200 }], { end: "stopped", reason });
    expect(run.steps?.[1]).toMatchObject({ ok: false, failures: [reason] });
    expect(run.capacity).toEqual({ sustained: 100, broken: 200, firstFailure: reason });
  });

  it("says what the limit was, of the step that broke", () => {
    const run = capacityRun([
      { rate: 100, fields: { cpu: 0.1 } },
      { rate: 200, failed: { dropped: true }, fields: { cpu: 1.9, dropped: 5 } },
    ]);
    expect(run.bottleneck).toMatchObject({ kind: "client" });
    expect(run.bottleneck.evidence[0]).toBe("k6 used 95 % of 2 cores where it was busiest");
  });
});
