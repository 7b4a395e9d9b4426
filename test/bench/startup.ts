import type { Benchmark, Row } from "./support/benchmark.ts";
import { commandUsage } from "./support/command.ts";
import { benchRelays, compiledMain, NO_LIMITS, startDaemon, writeConfig } from "./support/package.ts";
import { Cast, onStage, type Stage } from "./support/stage.ts";
import { median, round } from "./support/statistics.ts";
import { cpuMs } from "./support/usage.ts";

const RUNS = 7;
const RELAYS = 10;
/** checkdmarc 5, to import itself; measured apart, since Debian does not ship it. */
const CHECKDMARC_MS = 470;

async function commandCpuMs(args: readonly string[]): Promise<number> {
  return (await commandUsage([process.execPath, ...args])).cpuMs;
}

/** Until it is ready; what it does afterwards is no longer its start. */
async function daemonCpuMs(config: string): Promise<number> {
  const cast = new Cast();
  try {
    const { pid } = await startDaemon(cast, config);
    return cpuMs(pid);
  } finally {
    await cast.stop();
  }
}

async function medianOf(measure: () => Promise<number>): Promise<number> {
  const values: number[] = [];
  for (let run = 0; run < RUNS; run += 1) values.push(await measure());
  return median(values);
}

async function measure(stage: Stage, say: (line: string) => void): Promise<readonly Row[]> {
  const main = compiledMain();
  const relays = benchRelays(stage, RELAYS, "tls");
  const config = writeConfig(stage, { limits: NO_LIMITS, relays });
  const node = await medianOf(() => commandCpuMs(["--eval", "0"]));
  const rows: Row[] = [];
  const add = async (what: string, aimMs: number, measure: () => Promise<number>): Promise<void> => {
    const first = await measure();
    const ms = await medianOf(measure);
    say(`${what}: first run ${round(first)} ms, then ${round(ms)} ms; Node alone ${round(node)} ms`);
    rows.push({
      what: `CPU to start: ${what}`,
      ours: `${round(ms / 1000)} s`,
      peer: `Node alone ${round(node / 1000)} s; checkdmarc ${round(CHECKDMARC_MS / 1000)} s (not in this run)`,
      ratio: ms / CHECKDMARC_MS,
      aim: `<= ${aimMs / 1000} s`,
      met: ms <= aimMs,
    });
  };
  await add("--help", 150, () => commandCpuMs([main, "--help"]));
  await add("check of one relay", 350, () => commandCpuMs([main, "check", "relay0", "--config", config]));
  await add(`run, ${RELAYS} relays, until ready`, 500, () => daemonCpuMs(config));
  return rows;
}

export const startup: Benchmark = {
  name: "startup",
  title: "CPU that the compiled program needs to start",
  seconds: 20,
  run: (say) => onStage((stage) => measure(stage, say)),
};
