import { get } from "node:http";
import { parseExposition, sampleValue } from "../support/servers/exposition.ts";
import type { Benchmark, Row } from "./support/benchmark.ts";
import { type BenchDaemon, benchRelays, NO_LIMITS, startDaemon, writeConfig } from "./support/package.ts";
import { onStage, type Stage } from "./support/stage.ts";
import { median, quantile, round } from "./support/statistics.ts";
import { cpuMs, memoryMb } from "./support/usage.ts";

const JOBS = 10_000;
const INTERVAL_S = 60;
/** In its first minute the daemon has more to do than later: there are the first runs beside the slots. */
const WARM_UP_MS = 45_000;
const WINDOW_MS = 30_000;
const SCRAPES = 3;
const PING_MS = 10;
const END_BYTES = 65_536;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

interface Scrape {
  readonly ms: number;
  readonly text: string;
  readonly bytes: number;
}

/** Keeps the end only: to hold hundreds of megabytes would hold up this process, which measures. */
function scrape({ url }: BenchDaemon): Promise<Scrape> {
  const begin = performance.now();
  return new Promise((resolve, reject) => {
    get(`${url}/metrics`, (response) => {
      let bytes = 0;
      let end = Buffer.alloc(0);
      response.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        end = Buffer.concat([end, chunk]).subarray(-END_BYTES);
      });
      response.on("error", reject);
      response.on("end", () => {
        const text = end.toString("utf8");
        // The series of the process come last.
        const own = text.slice(text.lastIndexOf("# HELP mailgauge_scheduler_skips_total"));
        resolve({ ms: performance.now() - begin, text: own, bytes });
      });
    }).on("error", reject);
  });
}

/** How long the daemon takes to say that it is healthy while `act` goes on: its event loop is held for as long. */
async function pinged({ url }: BenchDaemon, act: () => Promise<unknown>): Promise<readonly number[]> {
  const times: number[] = [];
  const over = new AbortController();
  const ping = async (): Promise<void> => {
    while (!over.signal.aborted) {
      const begin = performance.now();
      await (await fetch(`${url}/-/healthy`)).arrayBuffer();
      times.push(performance.now() - begin);
      await pause(PING_MS);
    }
  };
  const pings = ping();
  await act();
  over.abort();
  await pings;
  return times;
}

/** Share of one core, percent. */
async function coreShare(daemon: BenchDaemon): Promise<number> {
  const [cpu, wall] = [cpuMs(daemon.pid), performance.now()];
  await pause(WINDOW_MS);
  return ((cpuMs(daemon.pid) - cpu) / (performance.now() - wall)) * 100;
}

async function measure(stage: Stage, say: (line: string) => void): Promise<readonly Row[]> {
  const config = writeConfig(stage, {
    defaults: { interval: `${INTERVAL_S}s`, timeout: "15s" },
    limits: NO_LIMITS,
    log: { level: "warn" },
    relays: benchRelays(stage, JOBS, "rcpt"),
  });
  const daemon = await startDaemon(stage, config);
  say(`ready after ${round(daemon.readyMs / 1000)} s, ${round(cpuMs(daemon.pid) / 1000)} CPU-s`);
  await pause(WARM_UP_MS);
  const share = await coreShare(daemon);
  const quiet = await pinged(daemon, () => pause(1000));
  const { now: steadyMb } = memoryMb(daemon.pid);

  const scrapes: Scrape[] = [];
  const busy = await pinged(daemon, async () => {
    for (let one = 0; one < SCRAPES; one += 1) scrapes.push(await scrape(daemon));
  });
  const samples = parseExposition(scrapes.at(-1)?.text ?? "");
  const skips = ["overlap", "missed", "limited"].map((reason) =>
    sampleValue(samples, "mailgauge_scheduler_skips_total", { reason }),
  );
  const lagS =
    sampleValue(samples, "mailgauge_scheduler_lag_seconds_sum") /
    sampleValue(samples, "mailgauge_scheduler_lag_seconds_count");
  say(`lag ${round(lagS * 1000)} ms on average; scrape of ${round((scrapes[0]?.bytes ?? 0) / 1e6)} MB`);
  say(`memory ${round(steadyMb)} MB, most ${round(memoryMb(daemon.pid).peak)} MB`);
  return rows({ share, skips, scrapes, quiet, busy, steadyMb });
}

interface Figures {
  readonly share: number;
  readonly skips: readonly number[];
  readonly scrapes: readonly Scrape[];
  readonly quiet: readonly number[];
  readonly busy: readonly number[];
  readonly steadyMb: number;
}

function rows({ share, skips, scrapes, quiet, busy, steadyMb }: Figures): readonly Row[] {
  const what = `${JOBS} jobs at ${INTERVAL_S} s`;
  const skipped = skips.reduce((sum, count) => sum + count, 0);
  const scrapeMs = median(scrapes.map(({ ms }) => ms));
  const stall = (times: readonly number[]): string =>
    `${round(quantile(times, 0.5))} / ${round(quantile(times, 1))} ms`;
  const peer = "none does it";
  return [
    { what: `${what}: CPU`, ours: `${round(share)} % of a core`, peer, aim: "< 100 %", met: share < 100 },
    {
      what: `${what}: memory (RSS)`,
      ours: `${round(steadyMb)} MB`,
      peer,
      aim: "< 500 MB",
      met: steadyMb < 500,
    },
    { what: `${what}: skipped runs`, ours: String(skipped), peer, aim: "0", met: skipped === 0 },
    { what: `${what}: scrape`, ours: `${round(scrapeMs)} ms`, peer, aim: "< 250 ms", met: scrapeMs < 250 },
    {
      what: `${what}: another request during a scrape, p50 / most`,
      ours: stall(busy),
      peer: `without a scrape ${stall(quiet)}`,
      aim: "most <= 20 ms",
      met: quantile(busy, 1) <= 20,
    },
  ];
}

export const jobs: Benchmark = {
  name: "jobs",
  title: "ten thousand jobs in one daemon",
  seconds: 95,
  run: (say) => onStage((stage) => measure(stage, say)),
};
