import { cpu } from "./cpu.ts";
import { blocklist } from "./blocklist.ts";
import { burst } from "./burst.ts";
import { jobs } from "./jobs.ts";
import { loadOpen } from "./load/open-model.ts";
import { loadSend } from "./load/send.ts";
import { loadSink } from "./load/sink-cost.ts";
import { loadSoak } from "./load/soak.ts";
import { loadTls } from "./load/tls.ts";
import { loadTruth } from "./load/truth.ts";
import { memory } from "./memory.ts";
import { phases } from "./phases.ts";
import { startup } from "./startup.ts";
import { verdict } from "./verdict.ts";
import { type Benchmark, type Row, table } from "./support/benchmark.ts";

const BENCHMARKS: readonly Benchmark[] = [
  cpu,
  phases,
  burst,
  verdict,
  blocklist,
  memory,
  jobs,
  startup,
  loadSend,
  loadTls,
  loadSink,
  loadOpen,
  loadTruth,
  loadSoak,
];

function help(): string {
  const list = BENCHMARKS.map(({ name, title, seconds }) => `  ${name.padEnd(10)} ${title} (${seconds} s)`);
  return [
    "Usage: node test/bench/main.ts [name...]",
    "",
    "Measures Mailgauge and its peers in one run, on loopback only. Without a name: all of",
    ...list,
    "",
    "Exit code 1: an aim was not met.",
  ].join("\n");
}

/** A benchmark that breaks must not cost the others their results. */
async function rowsOf(benchmark: Benchmark): Promise<readonly Row[]> {
  try {
    return await benchmark.run((line) => console.log(`    ${line}`));
  } catch (error) {
    console.error(error);
    return [{ what: benchmark.title, ours: "failed", peer: "", aim: "to run", met: false }];
  }
}

async function main(names: readonly string[]): Promise<number> {
  if (names.some((name) => name === "--help" || name === "-h")) {
    console.log(help());
    return 0;
  }
  const unknown = names.filter((name) => !BENCHMARKS.some((benchmark) => benchmark.name === name));
  if (unknown.length > 0) {
    console.error(`No benchmark of the name ${unknown.join(", ")}.\n\n${help()}`);
    return 64;
  }
  const rows: Row[] = [];
  for (const benchmark of BENCHMARKS) {
    if (names.length > 0 && !names.includes(benchmark.name)) continue;
    console.log(`==> ${benchmark.name}: ${benchmark.title}, about ${benchmark.seconds} s`);
    rows.push(...(await rowsOf(benchmark)));
  }
  console.log(`\n${table(rows)}`);
  return rows.every((row) => row.met !== false) ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
