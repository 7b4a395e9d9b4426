import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bucketOf, recordedHistogram } from "../../test/support/load-record.ts";
import { decodeHistogram, distributionOf, emptyHistogram, mergeHistogram, quantiles } from "./histogram.ts";

/** Nanoseconds from one to an hour, as many short ones as long ones. */
const durations = fc.array(
  fc.double({ min: 0, max: 41.7, noNaN: true }).map((exponent) => Math.floor(2 ** exponent)),
  { maxLength: 300 },
);
const shares = [0, 0.5, 0.95, 0.99, 0.999, 1];

function of(values: readonly number[]): NonNullable<ReturnType<typeof decodeHistogram>> {
  const histogram = decodeHistogram(recordedHistogram(values));
  if (histogram === undefined) throw new Error("the histogram does not decode");
  return histogram;
}

describe("a histogram", () => {
  it("has the buckets that the k6 module counts in", () => {
    expect([1, 3, 1000, 1_000_000].map(bucketOf)).toEqual([0, 96, 637, 1274]);
  });

  it("gives quantiles within 1/64 of the exact ones", () => {
    fc.assert(
      fc.property(durations, (values) => {
        fc.pre(values.length > 0);
        const sorted = values.toSorted((a, b) => a - b);
        for (const [i, found] of quantiles(of(values), shares).entries()) {
          const rank = Math.max(1, Math.ceil((shares[i] ?? 0) * sorted.length));
          const exact = sorted[rank - 1] ?? NaN;
          expect(Math.abs(found - exact)).toBeLessThanOrEqual(exact / 64);
        }
      }),
    );
  });

  it("is the same whether it was counted at once or in parts, in any order", () => {
    fc.assert(
      fc.property(durations, durations, (a, b) => {
        for (const [first, second] of [
          [a, b],
          [b, a],
        ] as const) {
          const merged = emptyHistogram();
          mergeHistogram(merged, of(first));
          mergeHistogram(merged, of(second));
          const whole = of([...a, ...b]);
          expect(merged).toEqual(whole);
        }
      }),
    );
  });

  it("tells milliseconds", () => {
    expect(distributionOf(of([1e6, 2e6, 3e6]))).toMatchObject({ count: 3, mean: 2, min: 1, max: 3 });
    expect(distributionOf(emptyHistogram())).toBeUndefined();
  });

  it.each([
    ["counts what is in no bucket", { count: 2, sum: 1, min: 1, max: 1, buckets: [[0, 1]] }],
    [
      "has a bucket twice",
      {
        count: 2,
        sum: 2,
        min: 1,
        max: 1,
        buckets: [
          [0, 1],
          [0, 1],
        ],
      },
    ],
    ["has a bucket beyond all", { count: 1, sum: 1, min: 1, max: 1, buckets: [[1e9, 1]] }],
    ["has its least above its greatest", { count: 1, sum: 1, min: 2, max: 1, buckets: [[0, 1]] }],
  ] as const)("is refused when it %s", (_, record) => {
    expect(decodeHistogram(record as never)).toBeUndefined();
  });
});
