import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { brokenRun, capacityRun, steadyRun, type SyntheticLoad } from "../../test/support/load-run.ts";
import type { Change, Comparison, LoadRun } from "../model/load-run.ts";
import { compareRuns } from "./compare.ts";

const TESTED = ["throughput", "message p50", "message p95", "message p99", "not accepted"];

function change(comparison: Comparison, what: string): Change | undefined {
  return comparison.changes.find((each) => each.what === what);
}

function compared(before: SyntheticLoad, after: SyntheticLoad): Comparison {
  return compareRuns(steadyRun({ seed: 1, ...before }), steadyRun({ seed: 2, ...after }));
}

describe("two runs", () => {
  it("that are alike: nothing is better or worse", () => {
    const { changes, caveats } = compared({}, {});
    expect(changes.filter(({ verdict }) => verdict !== "same")).toEqual([]);
    expect(changes.map(({ what }) => what)).toEqual(expect.arrayContaining(TESTED));
    expect(caveats).toEqual([]);
  });

  it("of which the later is a fifth slower: the times are worse, with the change and its p", () => {
    const comparison = compared({ latency: 8 }, { latency: 9.6 });
    for (const what of ["message p50", "message p95", "message p99"]) {
      const found = change(comparison, what);
      expect(found).toMatchObject({ verdict: "worse", unit: "ms" });
      expect(found?.change).toBeGreaterThan(0.12);
      expect(found?.change).toBeLessThan(0.28);
      expect(found?.p).toBeLessThan(0.001);
    }
    expect(change(comparison, "throughput")?.verdict).toBe("same");
    // A phase has no intervals, hence no test.
    expect(change(comparison, "accepting p99")).toMatchObject({ verdict: "unknown" });
    expect(change(comparison, "accepting p99")).not.toHaveProperty("p");
    expect(change(comparison, "connecting p50")?.verdict).toBe("same");
  });

  it("of which the later accepts more, and refuses less: better", () => {
    const comparison = compared({ rate: 1000, deferred: 0.02 }, { rate: 1200, deferred: 0.002 });
    expect(change(comparison, "throughput")?.verdict).toBe("better");
    expect(change(comparison, "not accepted")?.verdict).toBe("better");
    expect(change(comparison, "not accepted")?.change).toBeLessThan(-0.8);
  });

  it("with errors only in the later: a change of 1, never an infinity", () => {
    const found = change(compared({ deferred: 0 }, { deferred: 0.01 }), "not accepted");
    expect(found).toMatchObject({ before: 0, change: 1, verdict: "worse" });
  });

  it("that differ surely, but by less than 5 %: the same", () => {
    const found = change(compared({ rate: 1000 }, { rate: 1030 }), "throughput");
    expect(found?.p).toBeLessThan(0.01);
    expect(found?.verdict).toBe("same");
  });

  it.each([
    ["short", { seconds: 9 }],
    ["so wavy that they are worth few", { memory: 0.98 }],
  ])("that are %s: unknown, without a p", (_name, load) => {
    const found = change(compared({ ...load, latency: 8 }, { ...load, latency: 16 }), "message p50");
    expect(found).toMatchObject({ verdict: "unknown" });
    expect(found).not.toHaveProperty("p");
  });

  it("that never sent anything: nothing is compared, and nothing breaks", () => {
    const { changes } = compareRuns(brokenRun(), brokenRun());
    expect(changes.filter(({ unit }) => unit === "ms")).toEqual([]);
    expect(JSON.stringify(changes)).not.toContain("null");
  });

  it("of which the last interval has no length are compared all the same", () => {
    const run = steadyRun();
    const [first] = run.intervals;
    const last = { ...first, at: 1e4, seconds: 0 } as LoadRun["intervals"][number];
    const longer = { ...run, intervals: [...run.intervals, last] };
    expect(compareRuns(longer, longer).changes).toEqual(compareRuns(run, run).changes);
  });

  it("leave the warm-up out", () => {
    const cold = (run: LoadRun): LoadRun => ({
      ...run,
      intervals: run.intervals.map((each) => (each.at <= 2 ? { ...each, p50: 9000, p99: 9000 } : each)),
    });
    expect(compareRuns(cold(steadyRun()), steadyRun({ seed: 2 })).changes).toEqual(
      compareRuns(steadyRun(), steadyRun({ seed: 2 })).changes,
    );
  });
});

describe("two knees", () => {
  const knee = (sustained: number, confidence: number): LoadRun => ({
    ...capacityRun(),
    capacity: { sustained, confidence },
  });
  it.each([
    [2000, 2800, 0.99, "better"],
    [2000, 1400, 0.99, "worse"],
    [2000, 2000, 0.99, "same"],
    [2000, 1400, 0.7, "unknown"],
  ] as const)("%i and %i, with confidence %d: %s", (before, after, confidence, expected) => {
    const comparison = compareRuns(knee(before, 0.99), knee(after, confidence));
    expect(change(comparison, "sustained rate")?.verdict).toBe(expected);
  });
});

describe("caveats", () => {
  it("name everything that is not alike", () => {
    const run = steadyRun();
    const other: LoadRun = {
      ...steadyRun({ seconds: 20 }),
      target: { name: "x", host: "192.0.2.1", port: 25, scheme: "smtp" },
      environment: { ...run.environment, cores: 8, module: "0.2.0" },
      end: "interrupted",
      bottleneck: { kind: "client", sentence: "", evidence: [] },
    };
    expect(compareRuns(run, other).caveats).toEqual([
      "The targets differ: smtp://127.0.0.1:2525 before, smtp://192.0.2.1:25 after.",
      "The TLS sessions differ: TLSv1.3 X25519 before, no TLS after.",
      "DURATION differs: 60s before, 20s after.",
      "The cores of the machines differ: 2 before, 8 after.",
      "The versions of the module differ: 0.1.0 before, 0.2.0 after.",
      "One ran much longer: 60 s before, 20 s after.",
      "Run k3v9x2ab was interrupted.",
      "In run k3v9x2ab the client was the limit, not the relay.",
    ]);
  });
});

describe("properties", () => {
  const runs = fc.record({
    seed: fc.integer({ min: 1, max: 1_000_000 }),
    seconds: fc.integer({ min: 0, max: 90 }),
    rate: fc.integer({ min: 0, max: 5000 }),
    latency: fc.double({ min: 0.01, max: 5000, noNaN: true }),
    deferred: fc.double({ min: 0, max: 1, noNaN: true }),
    memory: fc.double({ min: 0, max: 0.95, noNaN: true }),
  });

  it("gives finite figures and a p from 0 to 1, whatever the runs", () => {
    fc.assert(
      fc.property(runs, runs, (before, after) => {
        for (const { change: by, p = 0, before: was, after: is } of compared(before, after).changes) {
          expect([by, p, was, is].every(Number.isFinite)).toBe(true);
          expect(p >= 0 && p <= 1).toBe(true);
        }
      }),
      { seed: 4, numRuns: 60 },
    );
  });

  it("calls a run neither better nor worse than itself", () => {
    fc.assert(
      fc.property(runs, (load) => {
        const { changes } = compareRuns(steadyRun(load), steadyRun(load));
        expect(changes.filter(({ verdict }) => verdict === "better" || verdict === "worse")).toEqual([]);
      }),
      { seed: 4, numRuns: 60 },
    );
  });

  it("turns better into worse when the runs change places", () => {
    const mirror = { better: "worse", worse: "better", same: "same", unknown: "unknown" } as const;
    fc.assert(
      fc.property(runs, runs, (one, other) => {
        const there = compareRuns(steadyRun(one), steadyRun(other)).changes.filter(({ what }) =>
          TESTED.includes(what),
        );
        const back = compareRuns(steadyRun(other), steadyRun(one)).changes;
        for (const { what, verdict, change: by } of there) {
          const mirrored = back.find((each) => each.what === what);
          // 5 % up is less than 5 % down, and from nothing there is no way back in per cent.
          if (Math.abs(Math.abs(by) - 0.05) < 0.006) continue;
          expect([what, mirrored?.verdict]).toEqual([what, mirror[verdict]]);
        }
      }),
      { seed: 4, numRuns: 60 },
    );
  });
});
