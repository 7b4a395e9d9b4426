import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import type { Benchmark, Row } from "../support/benchmark.ts";
import { Cast } from "../support/stage.ts";
import { round } from "../support/statistics.ts";
import { runK6 } from "./clients.ts";
import { startOwnSink } from "./sinks.ts";

/** Milliseconds that the sink waits before each reply: all different, so that none can be taken for another. */
const DELAYS = { banner: 11, ehlo: 13, mail: 17, rcpt: 19, data: 23, accepting: 29 } as const;

async function measure(cast: Cast, dir: string, say: (line: string) => void): Promise<readonly Row[]> {
  const profile = join(dir, "delays.yml");
  const latency = Object.fromEntries(
    Object.entries(DELAYS).map(([phase, ms]) => [phase, { constant: `${ms}ms` }]),
  );
  writeFileSync(profile, stringify({ latency }));
  const sink = await startOwnSink(cast, ["--profile", profile]);
  const { summary } = await runK6(sink, { MODE: "lockstep", VUS: 10, REUSE: 1, DURATION: "15s" });
  const errors = Object.entries(DELAYS).map(([phase, ms]) => {
    const trend = summary.trends[`smtp_${phase}`];
    const [p50, p99] = [(trend?.med ?? Number.NaN) - ms, (trend?.["p(99)"] ?? Number.NaN) - ms];
    say(
      `${phase}: true ${ms} ms, error p50 ${round(p50)} ms, p99 ${round(p99)} ms, ${trend?.count ?? 0} values`,
    );
    return { phase, p50, p99 };
  });
  const worst = (of: (error: (typeof errors)[number]) => number): number =>
    errors.reduce((most, error) => (Math.abs(of(error)) > Math.abs(most) ? of(error) : most), 0);
  const [p50, p99] = [worst((error) => error.p50), worst((error) => error.p99)];
  return [
    {
      what: "error of the worst phase's latency, sink with known delays, p50 / p99",
      ours: `${round(p50)} / ${round(p99)} ms`,
      peer: "what the sink was told to wait",
      aim: "<= 1 / 5 ms",
      met: Math.abs(p50) <= 1 && Math.abs(p99) <= 5,
    },
  ];
}

export const loadTruth: Benchmark = {
  name: "load-truth",
  title: "whether the latencies of the load generator are true",
  seconds: 17,
  async run(say) {
    const cast = new Cast();
    const dir = mkdtempSync(join(tmpdir(), "mailgauge-bench-"));
    try {
      return await measure(cast, dir, say);
    } finally {
      await cast.stop();
      rmSync(dir, { recursive: true, force: true });
    }
  },
};
