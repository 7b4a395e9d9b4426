import type { Benchmark, Row } from "../support/benchmark.ts";
import { type Cast, withCast } from "../support/stage.ts";
import { median } from "../support/statistics.ts";
import { cpuMs } from "../support/usage.ts";
import { runCommand, runSmtpSource } from "./clients.ts";
import { coreBench } from "./programs.ts";
import { type Sink, startOwnSink, startPeerSink } from "./sinks.ts";

const ROUNDS = 3;
const MESSAGES = 60_000;

type Client = (sink: Sink) => Promise<unknown>;

const pipelined: Client = (sink) =>
  runCommand(MESSAGES, [
    coreBench(),
    "-addr",
    `127.0.0.1:${sink.port}`,
    "-mode",
    "pipelined",
    "-n",
    `${MESSAGES}`,
  ]);
const pipelinedTls: Client = (sink) =>
  runCommand(MESSAGES, [
    coreBench(),
    "-addr",
    `127.0.0.1:${sink.tlsPort}`,
    "-tls",
    "-mode",
    "pipelined",
    "-n",
    `${MESSAGES}`,
  ]);

/** CPU of the sink, milliseconds a message, in steps of a tick over all of them. */
async function costOf(sink: Sink, client: Client): Promise<number> {
  const before = cpuMs(sink.pid);
  await client(sink);
  return (cpuMs(sink.pid) - before) / MESSAGES;
}

async function measure(cast: Cast, say: (line: string) => void): Promise<readonly Row[]> {
  const own = await startOwnSink(cast);
  const peer = await startPeerSink(cast);
  const lockstep: Client = (sink) => runSmtpSource(sink, MESSAGES);
  const cases = [
    { what: "lockstep (smtp-source)", ours: lockstep, theirs: lockstep, aim: 1.1 },
    { what: "pipelined", ours: pipelined, theirs: pipelined, aim: 0.75 },
    { what: "pipelined over TLS, against smtp-sink in plain", ours: pipelinedTls, theirs: pipelined, aim: 1 },
  ];
  const rows: Row[] = [];
  for (const { what, ours, theirs, aim } of cases) {
    const costs: { readonly ours: number; readonly theirs: number }[] = [];
    for (let turn = 0; turn < ROUNDS; turn += 1) {
      costs.push({ ours: await costOf(own, ours), theirs: await costOf(peer, theirs) });
    }
    const ratio = median(costs.map((cost) => cost.ours / cost.theirs));
    const micro = (of: (cost: (typeof costs)[number]) => number): string =>
      `${(median(costs.map(of)) * 1000).toFixed(1)} us`;
    say(`${what}: ${micro((cost) => cost.ours)} against ${micro((cost) => cost.theirs)}`);
    rows.push({
      what: `CPU a message in the sink: ${what}`,
      ours: micro((cost) => cost.ours),
      peer: `smtp-sink ${micro((cost) => cost.theirs)}`,
      ratio,
      aim: `<= ${aim}x`,
      met: ratio <= aim,
    });
  }
  return rows;
}

export const loadSink: Benchmark = {
  name: "load-sink",
  title: "CPU a message in the sink, against smtp-sink",
  seconds: 70,
  run: (say) => withCast(async (cast) => measure(cast, say)),
};
