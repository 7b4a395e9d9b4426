import type { Benchmark, Row } from "./support/benchmark.ts";
import { type BenchBlackbox, startBenchBlackbox } from "./support/blackbox.ts";
import { delayEachStep, errorsOf, truthsOf } from "./support/errors.ts";
import { onStage, type Stage } from "./support/stage.ts";
import { median, quantile, round } from "./support/statistics.ts";
import type { Measured, ObserverMethods } from "./workers/observer-worker.ts";

const JOBS = 1000;
const STEP_MS = 50;
/** As the daemon spaces its starts. */
const SPACING_MS = 4;
const WARM_UP = 500;
const AIM = 0.05;

async function measureBlackbox(stage: Stage, blackbox: BenchBlackbox): Promise<readonly number[]> {
  await delayEachStep(stage, STEP_MS);
  const probe = async (client: number): Promise<Measured> => {
    const { success, durationMs } = await blackbox.probe(stage.port, client);
    const verdict = success ? "pass" : "fail";
    return { client: `client${client}.bench.test`, durationMs, verdict, phases: [] };
  };
  const measured = await Promise.all(Array.from({ length: JOBS }, (_, client) => probe(client)));
  return errorsOf(measured, await truthsOf(stage)).totals;
}

async function measure(stage: Stage, say: (line: string) => void): Promise<readonly Row[]> {
  const { port, certificate } = stage;
  const observer = stage.worker<ObserverMethods>(new URL("workers/observer-worker.ts", import.meta.url));
  const blackbox = await startBenchBlackbox(certificate.ca, { clients: JOBS });
  stage.onStop(() => blackbox.stop());
  await observer.call("run", { port, ca: certificate.ca, count: WARM_UP, inFlight: 10 });

  await delayEachStep(stage, STEP_MS);
  const { results, lagsMs, skips, wallMs } = await observer.call("burst", {
    port,
    ca: certificate.ca,
    count: JOBS,
    everyMs: SPACING_MS,
  });
  const ours = errorsOf(results, await truthsOf(stage)).totals;
  say(`${JOBS} jobs done in ${round(wallMs / 1000)} s, ${skips} skipped`);
  say(`lag p50 / p99: ${round(median(lagsMs))} / ${round(quantile(lagsMs, 0.99))} ms`);
  const peer = await measureBlackbox(stage, blackbox);
  const both = (values: readonly number[]): string =>
    `${round(median(values))} / ${round(quantile(values, 0.99))} ms`;
  const ratio = median(ours) / median(peer);
  return [
    {
      what: `error charged to the target when ${JOBS} jobs are due at once, p50 / p99`,
      ours: both(ours),
      peer: `blackbox_exporter ${both(peer)}`,
      ratio,
      aim: `<= ${AIM}x`,
      met: ratio <= AIM,
    },
  ];
}

export const burst: Benchmark = {
  name: "burst",
  title: "a thousand jobs due at once",
  seconds: 15,
  run: (say) => onStage((stage) => measure(stage, say)),
};
