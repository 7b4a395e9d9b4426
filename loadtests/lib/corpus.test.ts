import { describe, expect, it } from "vitest";
import { mixOf, randomOf } from "./corpus.ts";

describe("the mix of mails", () => {
  it("is the same for the same seed, and another for another", () => {
    expect(mixOf(50, 5, 1)).toEqual(mixOf(50, 5, 1));
    expect(mixOf(50, 5, 1)).not.toEqual(mixOf(50, 5, 2));
  });

  it("has sizes of 1 kB to 5 MB, half of them below 12 kB, and 1 to 50 recipients, most often 1", () => {
    const mix = mixOf(10_000, 20, 1);
    const sizes = mix.map(({ size }) => size).sort((a, b) => a - b);
    expect(sizes[0]).toBe(1000);
    expect(sizes.at(-1)).toBeLessThanOrEqual(5_000_000);
    expect(sizes.at(-1)).toBeGreaterThan(1_000_000);
    expect(Math.abs((sizes[5000] ?? 0) - 12_000)).toBeLessThan(1000);
    const counts = mix.map(({ recipients }) => recipients);
    expect(Math.min(...counts)).toBe(1);
    expect(Math.max(...counts)).toBe(50);
    expect(counts.filter((count) => count === 1).length).toBeGreaterThan(4000);
    expect(new Set(mix.map(({ sender }) => sender)).size).toBe(20);
  });

  it("draws evenly", () => {
    const random = randomOf(7);
    const drawn = Array.from({ length: 10_000 }, random);
    expect(drawn.every((value) => value >= 0 && value < 1)).toBe(true);
    expect(Math.abs(drawn.reduce((a, b) => a + b) / drawn.length - 0.5)).toBeLessThan(0.02);
  });
});
