import type { Benchmark, Row } from "../support/benchmark.ts";
import { type Cast, withCast } from "../support/stage.ts";
import { median, round } from "../support/statistics.ts";
import { type K6Run, runK6 } from "./clients.ts";
import { startOwnSink } from "./sinks.ts";

const ROUNDS = 3;
const CONNECTIONS = 4_000;

interface Kind {
  readonly name: string;
  readonly settings: Readonly<Record<string, string>>;
}

const FULL: Kind = { name: "full, X25519", settings: { KEX: "classic", SESSION: "none" } };
const KINDS: readonly Kind[] = [
  FULL,
  { name: "full, X25519MLKEM768", settings: { KEX: "default", SESSION: "none" } },
  { name: "resumed, X25519", settings: { KEX: "classic", SESSION: "resume" } },
];

/** A connection for each message: TCP, EHLO, STARTTLS, handshake, EHLO, message, QUIT. */
async function measure(cast: Cast, say: (line: string) => void): Promise<readonly Row[]> {
  const sink = await startOwnSink(cast);
  const runs = new Map<Kind, K6Run[]>(KINDS.map((kind) => [kind, []]));
  for (let turn = 0; turn < ROUNDS; turn += 1) {
    for (const kind of KINDS) {
      const run = await runK6(sink, {
        MODE: "pipelined",
        TLS: "starttls",
        REUSE: 1,
        ITERATIONS: CONNECTIONS,
        ...kind.settings,
      });
      runs.get(kind)?.push(run);
      say(
        `round ${turn + 1}: ${kind.name}: ${round(run.cpuMs)} CPU-ms a connection, ${round(run.perSecond)}/s`,
      );
    }
  }
  const of = (kind: Kind, value: (run: K6Run) => number): number => median((runs.get(kind) ?? []).map(value));
  const fullCpu = of(FULL, (run) => run.cpuMs);
  const others = KINDS.slice(1)
    .map((kind) => `${kind.name} ${round(of(kind, (run) => run.cpuMs))} ms`)
    .join(", ");
  const rate = of(FULL, (run) => run.perSecond);
  return [
    {
      what: "CPU of the client for a STARTTLS connection with one message, full handshake",
      ours: `${round(fullCpu)} ms`,
      peer: others,
      aim: "<= 0.55 ms",
      met: fullCpu <= 0.55,
    },
    {
      what: "such connections a second, sink on the same cores",
      ours: `${round(rate)}/s`,
      peer: "",
      aim: ">= 1000/s",
      met: rate >= 1000,
    },
  ];
}

export const loadTls: Benchmark = {
  name: "load-tls",
  title: "a STARTTLS connection for each message",
  seconds: 50,
  run: (say) => withCast(async (cast) => measure(cast, say)),
};
