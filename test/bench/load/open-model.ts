import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Benchmark, Row } from "../support/benchmark.ts";
import { type Cast, withCast } from "../support/stage.ts";
import { round } from "../support/statistics.ts";
import { type K6Run, runK6 } from "./clients.ts";
import { startOwnSink } from "./sinks.ts";

/** For one second in ten the sink answers nobody. */
const STALLS = `latency: { accepting: { stall: { every: 10s, for: 1s } } }\n`;

/** Enough to take up what 40 ms without a processor leave behind, which other processes of a shared machine do cost. */
const VUS = 200;

async function holdsItsRate(cast: Cast, say: (line: string) => void): Promise<readonly Row[]> {
  const sink = await startOwnSink(cast);
  const single = await runK6(sink, { MODE: "pipelined", RATE: 5000, VUS, DURATION: "10s" }, { lossy: true });
  const share = single.summary.dropped / (single.summary.dropped + single.summary.iterations);
  say(`5,000 iterations/s for 10 s: ${single.summary.iterations} made, ${single.summary.dropped} dropped`);
  const batched = await runK6(
    sink,
    { MODE: "pipelined", RATE: 1000, BATCH: 50, VUS: 50, DURATION: "10s" },
    { lossy: true },
  );
  say(`1,000 batches of 50 a second: ${round(batched.perSecond)} messages/s`);
  return [
    {
      what: "open model, 5,000 iterations/s: share that was dropped",
      ours: `${(share * 100).toFixed(2)} %`,
      peer: "",
      aim: "< 0.1 %",
      met: share < 0.001,
    },
    {
      what: "open model, 1,000 batches of 50 a second: messages/s",
      ours: round(batched.perSecond),
      peer: "",
      aim: ">= 49,500/s",
      met: batched.perSecond >= 49_500,
    },
  ];
}

/** What a closed model hides: while the server stalls it asks nothing, so that the stall counts once a VU. */
async function coordinatedOmission(cast: Cast, say: (line: string) => void): Promise<Row> {
  const dir = mkdtempSync(join(tmpdir(), "mailgauge-bench-"));
  try {
    const profile = join(dir, "stalls.yml");
    writeFileSync(profile, STALLS);
    const sink = await startOwnSink(cast, ["--profile", profile]);
    const closed = await runK6(sink, { MODE: "pipelined", VUS: 50, DURATION: "20s" });
    const open = await runK6(
      sink,
      { MODE: "pipelined", RATE: 1000, VUS: 1500, DURATION: "20s" },
      { lossy: true },
    );
    const p99 = (run: K6Run): number => run.summary.trends["smtp_message_duration"]?.["p(99)"] ?? Number.NaN;
    say(`a stall of 1 s in 10: p99 closed ${round(p99(closed))} ms, open ${round(p99(open))} ms`);
    return {
      what: "p99 that an open model shows of a server that stalls for 1 s in 10",
      ours: `${round(p99(open))} ms`,
      peer: `closed model ${round(p99(closed))} ms`,
      ratio: p99(open) / p99(closed),
      aim: "> 500 ms",
      met: p99(open) > 500,
    };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

export const loadOpen: Benchmark = {
  name: "load-open",
  title: "open model: rates held, and what a closed model would hide",
  seconds: 65,
  run: (say) =>
    withCast(async (cast) => [...(await holdsItsRate(cast, say)), await coordinatedOmission(cast, say)]),
};
