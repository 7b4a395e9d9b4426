import { describe, expect, it } from "vitest";
import { normals } from "../../test/support/load-run.ts";
import { autocorrelationTime, rankTest } from "./rank-test.ts";

const ROUNDS = 1000;

/** An AR(1) process around `mean`. */
function series(length: number, memory: number, normal: () => number, mean = 0): number[] {
  let level = normal();
  return Array.from({ length }, () => {
    level = memory * level + Math.sqrt(1 - memory ** 2) * normal();
    return mean + level;
  });
}

/** Share of pairs of which the test says p < 0.01. */
function alarms(length: number, memory: number, shift: number): number {
  const normal = normals(11);
  let found = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const { p } = rankTest(series(length, memory, normal), series(length, memory, normal, shift));
    if (p < 0.01) found += 1;
  }
  return found / ROUNDS;
}

describe("the rank test", () => {
  it.each([
    [60, 0],
    [60, 0.3],
    [60, 0.6],
    [60, 0.8],
    [300, 0.8],
  ])("raises about one false alarm in a hundred: %i figures, coefficient %d", (length, memory) => {
    const share = alarms(length, memory, 0);
    expect(share).toBeGreaterThan(0.001);
    expect(share).toBeLessThan(0.025);
  });

  it("finds a shift of two deviations between short series, and of half a one between long ones", () => {
    expect(alarms(30, 0, 2)).toBeGreaterThan(0.98);
    expect(alarms(300, 0.3, 0.5)).toBeGreaterThan(0.8);
  });

  it("gives the p that tables give for independent figures", () => {
    // U = 16 of 8 against 8 without ties: z = (32 - 16 - 0.5) / sqrt(8 * 8 * 17 / 12) = 1.628, two-sided p = 0.1036.
    const before = [1, 12, 3, 10, 5, 13, 2, 6];
    const after = [4, 15, 8, 14, 9, 16, 7, 11];
    const { p, effective } = rankTest(before, after);
    expect(effective).toBe(8);
    expect(p).toBeCloseTo(0.1036, 3);
  });

  it("knows no difference between equal figures, and none of nothing", () => {
    const zeros = Array.from<number>({ length: 20 }).fill(0);
    expect(rankTest(zeros, zeros).p).toBe(1);
    expect(rankTest([], [1, 2])).toEqual({ p: 1, effective: 0 });
  });
});

describe("the autocorrelation time", () => {
  it("is near 1 for noise, and near (1 + r) / (1 - r) for an AR(1) process", () => {
    const normal = normals(3);
    expect(autocorrelationTime(series(4000, 0, normal))).toBeLessThan(1.2);
    const time = autocorrelationTime(series(4000, 0.6, normal));
    expect(time).toBeGreaterThan(3.4);
    expect(time).toBeLessThan(5.2);
  });

  it("is never below 1, nor undefined", () => {
    expect(autocorrelationTime([1, -1, 1, -1, 1, -1])).toBe(1);
    expect(autocorrelationTime([3, 3, 3, 3, 3])).toBe(1);
    expect(autocorrelationTime([1])).toBe(1);
  });
});
