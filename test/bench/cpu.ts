import type { BareMethods, Cost } from "./workers/bare-worker.ts";
import type { ObserverMethods } from "./workers/observer-worker.ts";
import type { Benchmark, Row } from "./support/benchmark.ts";
import { startBenchBlackbox } from "./support/blackbox.ts";
import { keepInFlight } from "./support/flight.ts";
import { type Stage, onStage } from "./support/stage.ts";
import { median, round } from "./support/statistics.ts";
import { cpuMs } from "./support/usage.ts";

const IN_FLIGHT = 50;
const COUNT = 300;
const ROUNDS = 9;
const WARM_UP = 400;

type Client = "ours" | "bare" | "unverified" | "blackbox";
type Run = (count: number) => Promise<Cost>;

/**
 * Rounds in turn, so that whatever else the machine does hits all of them alike. The ratio is the median of the ratios
 * within a round, which varies less than the ratio of the medians.
 */
async function measure(stage: Stage, say: (line: string) => void): Promise<readonly Row[]> {
  const clients = await openClients(stage);
  for (const [, run] of clients) await run(WARM_UP);
  const costs = new Map<Client, Cost[]>(clients.map(([name]) => [name, []]));
  for (let turn = 0; turn < ROUNDS; turn += 1) {
    for (const [name, run] of clients) {
      const cost = await run(COUNT);
      if (cost.failures > 0) throw new Error(`${name}: ${cost.failures} of ${COUNT} dialogues failed`);
      costs.get(name)?.push(cost);
    }
    const line = clients.map(([name]) => `${name} ${round((costs.get(name)?.at(-1)?.cpuMs ?? 0) / COUNT)}`);
    say(`round ${turn + 1}: ${line.join(", ")} CPU-ms a probe`);
  }
  return rows(costs);
}

async function openClients(stage: Stage): Promise<readonly (readonly [Client, Run])[]> {
  const ours = stage.worker<ObserverMethods>(new URL("workers/observer-worker.ts", import.meta.url));
  const bare = stage.worker<BareMethods>(new URL("workers/bare-worker.ts", import.meta.url));
  const { port, certificate } = stage;
  const blackbox = await startBenchBlackbox(certificate.ca);
  stage.onStop(() => blackbox.stop());
  const load = (count: number) => ({ port, ca: certificate.ca, count, inFlight: IN_FLIGHT });
  return [
    ["unverified", (count) => bare.call("run", { ...load(count), verify: false })],
    ["ours", (count) => ours.call("run", load(count))],
    ["bare", (count) => bare.call("run", { ...load(count), verify: true })],
    [
      "blackbox",
      async (count) => {
        let failures = 0;
        const [cpu, wall] = [cpuMs(blackbox.pid), performance.now()];
        await keepInFlight(count, IN_FLIGHT, async () => {
          if (!(await blackbox.probe(port)).success) failures += 1;
        });
        return { cpuMs: cpuMs(blackbox.pid) - cpu, wallMs: performance.now() - wall, failures };
      },
    ],
  ];
}

function rows(costs: ReadonlyMap<Client, readonly Cost[]>): readonly Row[] {
  const of = (client: Client, value: (cost: Cost) => number): readonly number[] =>
    (costs.get(client) ?? []).map(value);
  const ratio = (one: readonly number[], other: readonly number[]): number =>
    median(one.map((value, turn) => value / (other[turn] ?? Number.NaN)));
  const cpu = (client: Client) => of(client, (cost) => cost.cpuMs / COUNT);
  const rate = (client: Client) => of(client, (cost) => COUNT / (cost.wallMs / 1000));
  const against = (peer: Client, name: string, aim: number): Row => {
    const times = ratio(cpu("ours"), cpu(peer));
    return {
      what: `CPU a STARTTLS probe to the final dot, ${IN_FLIGHT} in flight`,
      ours: `${round(median(cpu("ours")))} ms`,
      peer: `${name} ${round(median(cpu(peer)))} ms`,
      ratio: times,
      aim: `<= ${aim}x`,
      met: times <= aim,
    };
  };
  const faster = ratio(rate("ours"), rate("blackbox"));
  return [
    against("bare", "bare node:tls that verifies", 1.05),
    against("unverified", "bare node:tls that does not verify", 1.05),
    against("blackbox", "blackbox_exporter", 1.26),
    {
      what: `probes a second, one process, ${IN_FLIGHT} in flight`,
      ours: `${round(median(rate("ours")))}/s`,
      peer: `blackbox_exporter ${round(median(rate("blackbox")))}/s`,
      ratio: faster,
      aim: ">= 1x",
      met: faster >= 1,
    },
  ];
}

export const cpu: Benchmark = {
  name: "cpu",
  title: "CPU of one STARTTLS probe, and probes a second",
  seconds: 45,
  run: (say) => onStage((stage) => measure(stage, say)),
};
