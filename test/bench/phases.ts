import type { Benchmark, Row } from "./support/benchmark.ts";
import { type BenchBlackbox, startBenchBlackbox } from "./support/blackbox.ts";
import { delayEachStep, type Errors, errorsOf, truthsOf } from "./support/errors.ts";
import { keepPace } from "./support/flight.ts";
import { withLateness } from "./support/lateness.ts";
import { onStage, type Stage } from "./support/stage.ts";
import { quantile, round } from "./support/statistics.ts";
import type { Worker } from "./support/worker.ts";
import type { Measured, ObserverMethods } from "./workers/observer-worker.ts";

/** So many in flight, as `count` probes start one after the other and each takes ten steps of `stepMs`. */
interface Case {
  readonly inFlight: number;
  readonly count: number;
  readonly everyMs: number;
  readonly stepMs: number;
}

const CASES: readonly Case[] = [
  { inFlight: 1, count: 12, everyMs: 560, stepMs: 50 },
  { inFlight: 100, count: 300, everyMs: 20, stepMs: 200 },
  { inFlight: 1000, count: 1300, everyMs: 10, stepMs: 1000 },
];
const WARM_UP = 200;
const MOST_CLIENTS = Math.max(...CASES.map(({ count }) => count));
const AIM_P50_MS = 1;
const AIM_P99_MS = 5;

async function measureOurs(stage: Stage, observer: Worker<ObserverMethods>, how: Case): Promise<Errors> {
  await delayEachStep(stage, how.stepMs);
  const { port, certificate } = stage;
  const { count, everyMs } = how;
  const measured = await observer.call("pace", { port, ca: certificate.ca, count, everyMs });
  return errorsOf(measured, await truthsOf(stage));
}

/** The peer tells one total. */
async function measureBlackbox(stage: Stage, blackbox: BenchBlackbox, how: Case): Promise<readonly number[]> {
  await delayEachStep(stage, how.stepMs);
  const measured: Measured[] = [];
  await keepPace(how.count, how.everyMs, async (client) => {
    const { success, durationMs } = await blackbox.probe(stage.port, client);
    const verdict = success ? "pass" : "fail";
    measured.push({ client: `client${client}.bench.test`, durationMs, verdict, phases: [] });
  });
  return errorsOf(measured, await truthsOf(stage)).totals;
}

function worst(phases: Errors["phases"], q: number): { readonly name: string; readonly ms: number } {
  return [...phases]
    .map(([name, errors]) => ({ name, ms: quantile(errors, q) }))
    .reduce((one, other) => (other.ms > one.ms ? other : one));
}

const both = (values: readonly number[]): string =>
  `${round(quantile(values, 0.5))} / ${round(quantile(values, 0.99))} ms`;

function row(how: Case, ours: Errors, lateMs: readonly number[], peer: readonly number[]): Row {
  const [p50, p99] = [worst(ours.phases, 0.5), worst(ours.phases, 0.99)];
  return {
    what: `error of the worst phase, p50 / p99, ${how.inFlight} in flight`,
    ours: `${round(p50.ms)} (${p50.name}) / ${round(p99.ms)} ms (${p99.name}); total ${both(ours.totals)}`,
    peer: `blackbox_exporter, total only: ${both(peer)}; an idle timer beside us: ${both(lateMs)}`,
    aim: `<= ${AIM_P50_MS} / ${AIM_P99_MS} ms`,
    met: p50.ms <= AIM_P50_MS && p99.ms <= AIM_P99_MS,
  };
}

async function measure(stage: Stage, say: (line: string) => void): Promise<readonly Row[]> {
  const { port, certificate } = stage;
  const observer = stage.worker<ObserverMethods>(new URL("workers/observer-worker.ts", import.meta.url));
  const blackbox = await startBenchBlackbox(certificate.ca, { clients: MOST_CLIENTS });
  stage.onStop(() => blackbox.stop());
  await observer.call("run", { port, ca: certificate.ca, count: WARM_UP, inFlight: 10 });
  const rows: Row[] = [];
  for (const how of CASES) {
    const { result: ours, lateMs } = await withLateness(() => measureOurs(stage, observer, how));
    for (const [name, errors] of ours.phases) say(`${how.inFlight} in flight, ${name}: ${both(errors)}`);
    rows.push(row(how, ours, lateMs, await measureBlackbox(stage, blackbox, how)));
  }
  return rows;
}

export const phases: Benchmark = {
  name: "phases",
  title: "error of each phase against a server whose delays are known",
  seconds: 85,
  run: (say) => onStage((stage) => measure(stage, say)),
};
