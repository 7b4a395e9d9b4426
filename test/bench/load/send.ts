import type { Benchmark, Row } from "../support/benchmark.ts";
import { withCast } from "../support/stage.ts";
import { median, round } from "../support/statistics.ts";
import { type ClientRun, runCommand, runK6, runSmtpSource, withoutStart } from "./clients.ts";
import { peers } from "./peers.ts";
import { coreBench } from "./programs.ts";
import { type Sink, startOwnSink } from "./sinks.ts";

const ROUNDS = 5;

interface Case {
  readonly what: string;
  readonly messages: number;
  readonly run: (sink: Sink, messages: number) => Promise<ClientRun>;
  /** Most CPU a message, and least messages a second, as multiples of smtp-source's; without, it is told for comparison. */
  readonly aim?: { readonly cpu: number; readonly rate?: number };
  /** It runs under k6, whose own start is measured in each round and taken off. */
  readonly starts?: boolean;
}

const k6 =
  (settings: Readonly<Record<string, string | number>>, batch = 1) =>
  (sink: Sink, messages: number): Promise<ClientRun> =>
    runK6(sink, { ITERATIONS: messages / batch, ...(batch > 1 ? { BATCH: batch } : {}), ...settings });

/** One message for each of the ten VUs. */
const emptyRun = (sink: Sink): Promise<ClientRun> => k6({ MODE: "pipelined" })(sink, 10);

const core = (mode: string) => (sink: Sink, messages: number) =>
  runCommand(messages, [coreBench(), "-addr", `127.0.0.1:${sink.port}`, "-mode", mode, "-n", `${messages}`]);

/** The first is the reference. Counts are such that each runs for seconds. */
const CASES: readonly Case[] = [
  { what: "smtp-source -s 10 -d -l 1024", messages: 60_000, run: runSmtpSource },
  {
    what: "send(), lockstep, every phase",
    messages: 60_000,
    run: k6({ MODE: "lockstep" }),
    aim: { cpu: 1.2, rate: 1 },
    starts: true,
  },
  {
    what: "send(), pipelined, all metrics",
    messages: 80_000,
    run: k6({ MODE: "pipelined" }),
    aim: { cpu: 0.7, rate: 1.8 },
    starts: true,
  },
  {
    what: "sendBatch(100), all metrics",
    messages: 250_000,
    run: k6({ MODE: "pipelined" }, 100),
    aim: { cpu: 0.35, rate: 4 },
    starts: true,
  },
  {
    what: "sendBatch(100), BDAT window 10",
    messages: 1_000_000,
    run: k6({ MODE: "bdat", WINDOW: 10 }, 100),
    aim: { cpu: 0.075, rate: 17 },
    starts: true,
  },
  { what: "Go core, pipelined", messages: 120_000, run: core("pipelined"), aim: { cpu: 0.5 } },
  { what: "Go core, cross-message", messages: 250_000, run: core("cross"), aim: { cpu: 0.24 } },
];

/** Rounds in turn; a ratio is the median of the ratios within a round, so that noise hits both sides. */
async function measure(sink: Sink, say: (line: string) => void): Promise<readonly Row[]> {
  const cases: readonly Case[] = [...CASES, ...peers(say)];
  const runs = new Map<Case, ClientRun[]>(cases.map((one) => [one, []]));
  for (let turn = 0; turn < ROUNDS; turn += 1) {
    const empty = await emptyRun(sink);
    for (const one of cases) {
      const whole = await one.run(sink, one.messages);
      const run = one.starts === true ? withoutStart(whole, empty) : whole;
      runs.get(one)?.push(run);
      say(
        `round ${turn + 1}: ${one.what}: ${(run.cpuMs * 1000).toFixed(1)} CPU-us a message, ${round(run.perSecond)}/s`,
      );
    }
  }
  const [[, base] = [], ...others] = runs;
  return others.flatMap(([one, of]) => rows(one, of, base ?? []));
}

/** Of one case, against the runs of the reference in the same rounds. */
function rows({ what, aim }: Case, of: readonly ClientRun[], base: readonly ClientRun[]): readonly Row[] {
  const times = (value: (run: ClientRun) => number): number =>
    median(of.map((run, turn) => value(run) / value(base[turn] ?? run)));
  const cpu = times((run) => run.cpuMs);
  const rate = times((run) => run.perSecond);
  const found: Row[] = [
    {
      what: `CPU a message: ${what}`,
      ours: `${(median(of.map((run) => run.cpuMs)) * 1000).toFixed(1)} us`,
      peer: `smtp-source ${(median(base.map((run) => run.cpuMs)) * 1000).toFixed(1)} us`,
      ratio: cpu,
      ...(aim === undefined ? { aim: "" } : { aim: `<= ${aim.cpu}x`, met: cpu <= aim.cpu }),
    },
  ];
  if (aim !== undefined && aim.rate === undefined) return found;
  found.push({
    what: `messages a second: ${what}`,
    ours: `${round(median(of.map((run) => run.perSecond)))}/s`,
    peer: `smtp-source ${round(median(base.map((run) => run.perSecond)))}/s`,
    ratio: rate,
    ...(aim?.rate === undefined ? { aim: "" } : { aim: `>= ${aim.rate}x`, met: rate >= aim.rate }),
  });
  return found;
}

export const loadSend: Benchmark = {
  name: "load-send",
  title: "CPU a message and messages a second of the load generator, against smtp-source",
  seconds: 110,
  run: (say) => withCast(async (cast) => measure(await startOwnSink(cast), say)),
};
