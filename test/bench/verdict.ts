import type { Benchmark, Row } from "./support/benchmark.ts";
import { type BenchBlackbox, startBenchBlackbox } from "./support/blackbox.ts";
import { onStage, type Stage } from "./support/stage.ts";
import { round } from "./support/statistics.ts";
import { memoryMb } from "./support/usage.ts";
import type { Worker } from "./support/worker.ts";
import type { ObserverMethods } from "./workers/observer-worker.ts";
import type { Behaviour, Step } from "./workers/smtp-server-worker.ts";

const TIMEOUT_MS = 2000;
const PATIENCE_MS = 500;
const AT_ONCE_MS = 100;
const GROWTH_MB = 20;
const STEPS: readonly Step[] = ["banner", "ehlo", "starttls", "tls", "mail", "rcpt", "data", "body", "quit"];

const REFUSALS: readonly (readonly [Step, string])[] = [
  ["banner", "421 4.3.2 Too busy"],
  ["ehlo", "550 5.7.1 Go away"],
  ["starttls", "454 4.7.0 TLS not available"],
  ["mail", "451 4.3.0 Later"],
  ["rcpt", "550 5.1.1 No such user"],
  ["data", "452 4.3.1 No space"],
  ["body", "554 5.7.1 Spam"],
];

/** Without end: lines of one reply, whole replies, no reply at all, and one line. */
const FLOODS: readonly string[] = ["220-still greeting you\r\n", "220 again\r\n", "no reply\r\n", "220 ha"];

interface Bench {
  readonly stage: Stage;
  readonly observer: Worker<ObserverMethods>;
  readonly blackbox: BenchBlackbox;
  readonly say: (line: string) => void;
}

async function timed(act: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await act();
  return performance.now() - begin;
}

async function observe({ stage, observer }: Bench, behaviour: Behaviour, timeoutMs = TIMEOUT_MS) {
  await stage.server.call("behave", behaviour);
  const result = await observer.call("probe", { port: stage.port, ca: stage.certificate.ca, timeoutMs });
  await stage.server.call("release", undefined);
  return result;
}

async function refusals(bench: Bench): Promise<Row> {
  let [ours, peer] = [0, 0];
  for (const [step, reply] of REFUSALS) {
    const { durationMs, verdict, fault } = await observe(bench, { replies: { [step]: reply } }, 10_000);
    if (verdict === "pass") throw new Error(`${reply} at ${step} passed`);
    const theirs = await timed(() => bench.blackbox.probe(bench.stage.port));
    bench.say(`${step} answered ${reply}: ${fault} in ${round(durationMs)} ms, peer ${round(theirs)} ms`);
    ours = Math.max(ours, durationMs);
    peer = Math.max(peer, theirs);
  }
  return {
    what: "verdict on a 4xx or 5xx, slowest of all phases",
    ours: `${round(ours)} ms`,
    peer: `blackbox_exporter ${round(peer)} ms (its timeout: ${TIMEOUT_MS} ms)`,
    ratio: ours / peer,
    aim: `at once (<= ${AT_ONCE_MS} ms)`,
    met: ours <= AT_ONCE_MS,
  };
}

async function silence(bench: Bench): Promise<Row> {
  let ours = 0;
  for (const step of STEPS) {
    const { durationMs, verdict, fault } = await observe(bench, { hold: step });
    bench.say(`silent at ${step}: ${verdict}, ${fault ?? "no fault"} after ${round(durationMs)} ms`);
    ours = Math.max(ours, durationMs);
  }
  await bench.stage.server.call("behave", { hold: "banner" });
  const peer = await timed(() => bench.blackbox.probe(bench.stage.port));
  await bench.stage.server.call("release", undefined);
  return {
    what: `timeout of ${TIMEOUT_MS / 1000} s honoured, server silent at each step in turn, slowest`,
    ours: `${round(ours)} ms`,
    peer: `blackbox_exporter ${round(peer)} ms`,
    ratio: ours / peer,
    aim: `<= ${TIMEOUT_MS + PATIENCE_MS} ms`,
    met: ours <= TIMEOUT_MS + PATIENCE_MS,
  };
}

async function floods(bench: Bench): Promise<Row> {
  const before = [memoryMb(bench.observer.pid).peak, memoryMb(bench.blackbox.pid).peak] as const;
  let slowest = 0;
  for (const endless of FLOODS) {
    const { durationMs, fault } = await observe(bench, { endless });
    bench.say(`endless ${JSON.stringify(endless)}: ${fault} after ${round(durationMs)} ms`);
    slowest = Math.max(slowest, durationMs);
    await bench.blackbox.probe(bench.stage.port);
  }
  const ours = memoryMb(bench.observer.pid).peak - before[0];
  const peer = memoryMb(bench.blackbox.pid).peak - before[1];
  return {
    what: "memory that an endless reply costs",
    ours: `${round(ours)} MB, over in ${round(slowest)} ms`,
    peer: `blackbox_exporter ${round(peer)} MB in ${TIMEOUT_MS} ms`,
    aim: `flat (<= ${GROWTH_MB} MB), <= ${TIMEOUT_MS + PATIENCE_MS} ms`,
    met: ours <= GROWTH_MB && slowest <= TIMEOUT_MS + PATIENCE_MS,
  };
}

async function measure(stage: Stage, say: (line: string) => void): Promise<readonly Row[]> {
  const observer = stage.worker<ObserverMethods>(new URL("workers/observer-worker.ts", import.meta.url));
  const { port, certificate } = stage;
  const blackbox = await startBenchBlackbox(certificate.ca, { timeout: `${TIMEOUT_MS}ms` });
  stage.onStop(() => blackbox.stop());
  await observer.call("run", { port, ca: certificate.ca, count: 200, inFlight: 10 });
  const bench: Bench = { stage, observer, blackbox, say };
  return [await refusals(bench), await silence(bench), await floods(bench)];
}

export const verdict: Benchmark = {
  name: "verdict",
  title: "a refusal, a silence and a reply without end",
  seconds: 45,
  run: (say) => onStage((stage) => measure(stage, say)),
};
