import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatDuration, parseDuration } from "./duration.ts";

describe("parseDuration", () => {
  it.each([
    ["90s", 90_000],
    ["5m", 300_000],
    ["1h", 3_600_000],
    ["1h30m", 5_400_000],
    ["250ms", 250],
    ["2m5ms", 120_005], // minutes, then milliseconds: the m of ms is no minute
    ["30d", 2_592_000_000],
    ["0s", 0],
  ])("%s", (text, ms) => expect(parseDuration(text)).toBe(ms));

  it.each([
    "", // nothing
    "60", // no unit
    "s", // no number
    "1.5h", // no fractions
    "-5m", // no sign
    "1m1h", // largest unit first
    "1m1m", // each once
    "5 m", // no space
    "5M", // months?
    "1w", // not a unit here
    "9999999999s", // too long to be meant
  ])("refuses %j", (text) => expect(parseDuration(text)).toBeUndefined());

  it("reads back what formatDuration writes", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e13 }), (ms) => {
        expect(parseDuration(formatDuration(ms))).toBe(ms);
      }),
    );
  });
});
