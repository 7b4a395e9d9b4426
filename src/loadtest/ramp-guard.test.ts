import { describe, expect, it } from "vitest";
import type { LoadInterval } from "../model/load-run.ts";
import { createRampGuard } from "./ramp-guard.ts";

function interval(at: number, accepted: number, refusals: number, seconds = 1): LoadInterval {
  const messages = { accepted, deferred: 0, rejected: refusals, uncertain: 0, failed: 0, aborted: 0 };
  return { at, seconds, scenario: "a", vus: 1, dropped: 0, messages, refusals, errors: 0, cpu: 0 };
}

/** The second at which the guard stops, and why. */
function stopOf(limit: number, seconds: readonly (readonly [accepted: number, refusals: number])[]) {
  const guard = createRampGuard(limit);
  for (const [i, [accepted, refusals]] of seconds.entries()) {
    const reason = guard.add([interval(i + 1, accepted, refusals)]);
    if (reason !== undefined) return { second: i + 1, reason };
  }
  return undefined;
}

const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);

describe("the ramp guard", () => {
  it("waits for five seconds, then stops a relay that refuses everything", () => {
    expect(stopOf(0.5, times(9, [0, 10] as const))).toEqual({
      second: 5,
      reason: "the relay refused 100 % of 5 s (421 or 5xx), more than 50 %",
    });
  });

  it("looks at the last five seconds, not at the whole run", () => {
    const seconds = [...times(60, [100, 0] as const), ...times(9, [0, 100] as const)];
    expect(stopOf(0.5, seconds)?.second).toBe(63);
  });

  it.each<[string, number, readonly (readonly [number, number])[]]>([
    ["a share below the limit", 0.5, times(20, [60, 40] as const)],
    ["a share at the limit", 0.5, times(20, [50, 50] as const)],
    [
      "a burst within the window",
      0.5,
      [...times(4, [100, 0] as const), [0, 100], ...times(9, [100, 0] as const)],
    ],
    ["too few refusals to tell", 0.5, times(20, [0, 3] as const)],
    ["a guard that is switched off", 1, times(20, [0, 100] as const)],
  ])("lets %s pass", (_what, limit, seconds) => {
    expect(stopOf(limit, seconds)).toBeUndefined();
  });

  it("stops at any refusal with a limit of 0", () => {
    expect(stopOf(0, times(9, [1000, 5] as const))?.second).toBe(5);
  });

  it("adds up the scenarios of a run", () => {
    const guard = createRampGuard(0.5);
    const both = (at: number) => guard.add([interval(at, 100, 0), { ...interval(at, 0, 90), scenario: "b" }]);
    expect([1, 2, 3, 4, 5, 6].map(both)).toEqual(times(6, undefined));
  });

  it("judges one long interval at once", () => {
    expect(createRampGuard(0.5).add([interval(10, 0, 100, 10)])).toContain("of 10 s");
  });
});
