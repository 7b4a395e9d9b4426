import { join } from "node:path";
import { commandUsage } from "../support/command.ts";
import { built } from "./programs.ts";
import type { Sink } from "./sinks.ts";

/** What a client needed for its messages, its own start included unless `withoutStart` took it off. */
export interface ClientRun {
  readonly messages: number;
  /** CPU of the client, user and system, milliseconds a message. */
  readonly cpuMs: number;
  readonly perSecond: number;
}

/** A run without the CPU that an empty one, of hardly a message, took: k6 has to start, whatever it then does. */
export function withoutStart(run: ClientRun, empty: ClientRun): ClientRun {
  return { ...run, cpuMs: Math.max(0, run.cpuMs - (empty.cpuMs * empty.messages) / run.messages) };
}

export interface Trend {
  readonly avg: number;
  readonly med: number;
  readonly max: number;
  readonly count: number;
  readonly "p(99)": number;
  readonly "p(99.9)": number;
}

/** What bench.js prints. */
export interface K6Summary {
  readonly ms: number;
  readonly messages: number;
  readonly sessions: number;
  readonly iterations: number;
  readonly dropped: number;
  readonly errors: number;
  readonly failed: number;
  readonly trends: Readonly<Record<string, Trend>>;
}

export interface K6Run extends ClientRun {
  readonly summary: K6Summary;
}

const SCRIPT = join(import.meta.dirname, "bench.js");
const FLAGS = ["run", "--quiet", "--no-color", "--no-usage-report"];

/** Runs bench.js under k6. `settings` are its environment. Throws when a message failed and `lossy` is not set. */
export async function runK6(
  sink: Sink,
  settings: Readonly<Record<string, string | number>>,
  { lossy = false, flags = [] as readonly string[] } = {},
): Promise<K6Run> {
  const environment = Object.entries({ PORT: sink.port, CA: sink.ca, ...settings });
  const { cpuMs, output } = await commandUsage([
    "env",
    "K6_AUTO_EXTENSION_RESOLUTION=false",
    ...environment.map(([name, value]) => `${name}=${value}`),
    built("k6"),
    ...FLAGS,
    ...flags,
    SCRIPT,
  ]);
  const line = output.split("\n").find((text) => text.startsWith("{"));
  if (line === undefined) throw new Error(`k6 printed no summary for ${JSON.stringify(settings)}\n${output}`);
  const summary = JSON.parse(line) as K6Summary;
  if (!lossy && (summary.messages === 0 || summary.errors > 0 || summary.failed > 0)) {
    throw new Error(`k6: messages failed with ${JSON.stringify(settings)}: ${line.slice(0, 300)}`);
  }
  return {
    messages: summary.messages,
    cpuMs: cpuMs / summary.messages,
    perSecond: summary.messages / (summary.ms / 1000),
    summary,
  };
}

/** A command that sends `messages` and prints nothing of use: its own wall clock counts. */
export async function runCommand(messages: number, command: readonly string[]): Promise<ClientRun> {
  const began = performance.now();
  const { cpuMs } = await commandUsage(command);
  return { messages, cpuMs: cpuMs / messages, perSecond: messages / ((performance.now() - began) / 1000) };
}

/** The reference of every figure: `smtp-source -s 10 -d -l 1024`. */
export function runSmtpSource(sink: Sink, messages: number): Promise<ClientRun> {
  return runAsSmtpSource("smtp-source", sink, messages);
}

/** Runs a program that takes the flags of smtp-source. */
export function runAsSmtpSource(program: string, sink: Sink, messages: number): Promise<ClientRun> {
  const load = ["-s", "10", "-d", "-l", "1024", "-m", `${messages}`];
  const envelope = ["-f", "bench@bench.test", "-t", "seed@bench.test"];
  return runCommand(messages, [program].concat(load, envelope, `127.0.0.1:${sink.port}`));
}
