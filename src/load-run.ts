import { randomInt } from "node:crypto";
import { arch, platform } from "node:os";
import { fileURLToPath } from "node:url";
import { existsSync } from "node:fs";
import { CliError, EXIT } from "./cli/exit.ts";
import type { LoadtestRequest, LoadtestWatch } from "./cli/services.ts";
import type { LoadTarget } from "./load-target.ts";
import { askSink, deliveryTotals, requireSink } from "./loadtest/delivery.ts";
import { type Executed, execute } from "./loadtest/execute.ts";
import { findK6 } from "./loadtest/k6-binary.ts";
import { k6Arguments, type K6Command, k6Environment } from "./loadtest/k6-command.ts";
import { isInReport, type K6LogLine } from "./loadtest/k6-log.ts";
import { publicParameters, secretsHidden } from "./loadtest/parameters.ts";
import { createProgress, type Progress } from "./loadtest/progress.ts";
import { createRampGuard } from "./loadtest/ramp-guard.ts";
import { createRunBuilder } from "./loadtest/run.ts";
import { lockTarget } from "./loadtest/run-lock.ts";
import type { Scenario } from "./loadtest/scenario-list.ts";
import type { DeliveryTotals, LoadRun } from "./model/load-run.ts";
import { seconds } from "./loadtest/seconds.ts";
import { printable } from "./reports/style.ts";
import { packageVersion } from "./version.ts";

export interface LoadRunOrder {
  readonly id: string;
  readonly scenario: Scenario;
  readonly request: LoadtestRequest;
  readonly target: LoadTarget;
  readonly watch: LoadtestWatch;
}

const DEFAULT_MAX_REFUSALS = 0.5;
/** More of k6's log than this is noise: a script may write a line a message. */
const LOG_LINES_SHOWN = 50;
const ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789";

/** Eight characters, as the token of a message holds them. */
export function newRunId(): string {
  return Array.from({ length: 8 }, () => ALPHABET[randomInt(ALPHABET.length)]).join("");
}

/** Runs k6 on a target that was admitted. Throws `CliError` when nothing could be measured. */
export async function runLoad(order: LoadRunOrder): Promise<LoadRun> {
  const { request, target, watch, scenario } = order;
  const binary = await findK6(process.env, packageFolder());
  const sink = sinkOf(order);
  if (sink.url !== undefined && sink.isNeeded) await requireSink(sink.url);
  const release = lockTarget(`${target.parameters.SMTP_HOST} port ${target.relay.port}`);
  const progress = createProgress({ ...watch, ...totalOf(scenario, target.parameters) });
  const hidden = secretsHidden(target.parameters);
  try {
    const builder = createRunBuilder(contextOf(order));
    const executed = await execute({
      binary: binary.path,
      processes: commandsOf(order).map((command) => ({
        args: k6Arguments(command),
        env: k6Environment(command, process.env),
      })),
      record: (line, source) => builder.add(line, source),
      guard: createRampGuard(request.maxRefusals ?? scenario.maxRefusals ?? DEFAULT_MAX_REFUSALS),
      onIntervals: (intervals) => progress.add(intervals),
      onLog: logTo(progress, hidden),
      onStop: (listener) => twice(watch, progress, listener),
    });
    progress.end();
    if (!executed.recorded) throw nothingMeasured(executed, hidden);
    const first = builder.build(executed);
    const delivery = await deliveryOf(first, order);
    const run = delivery === undefined ? first : builder.build({ ...executed, delivery });
    return run.endReason === undefined ? run : { ...run, endReason: hidden(run.endReason) };
  } finally {
    progress.end();
    release();
  }
}

function contextOf({ id, scenario, target, request }: LoadRunOrder): Parameters<typeof createRunBuilder>[0] {
  const { relay, parameters } = target;
  const p99 = parameters.P99 === undefined ? undefined : seconds(parameters.P99);
  return {
    id,
    startedAt: new Date().toISOString(),
    processes: request.processes,
    scenario: scenario.name,
    target: { name: relay.name, host: relay.host, port: relay.port, scheme: relay.scheme },
    parameters: publicParameters(request.parameters),
    environment: { mailgauge: packageVersion(), platform: `${platform()} ${arch()}` },
    ...(p99 === undefined ? {} : { objectives: { p99Ms: p99 * 1000 } }),
  };
}

function commandsOf({ id, scenario, request, target }: LoadRunOrder): K6Command[] {
  const { sourceAddress } = target.relay;
  return Array.from({ length: request.processes }, (_, index) => ({
    script: scenario.path,
    parameters: { ...target.parameters, SMTP_RUN_ID: id },
    addresses: target.addresses,
    id,
    ...(request.processes === 1 ? {} : { segment: { index, of: request.processes } }),
    ...(request.prometheus === undefined ? {} : { prometheus: request.prometheus }),
    ...(sourceAddress === undefined ? {} : { sourceAddress }),
  }));
}

/** How long the run is to last, where one parameter says it. */
function totalOf({ parameters }: Scenario, given: Readonly<Record<string, string>>): { total?: number } {
  const known = parameters.find(({ name }) => name === "DURATION");
  const total = seconds(given.DURATION ?? known?.default ?? "");
  return known === undefined || total === undefined ? {} : { total };
}

type Hide = (text: string) => string;

function logTo(progress: Progress, hidden: Hide): (line: K6LogLine, source: number) => void {
  let shown = 0;
  return (line, source) => {
    if (line.level === "debug" || isInReport(line)) return;
    // Each process says the same when all goes well.
    if (line.level === "info" && source > 0) return;
    shown += 1;
    if (shown <= LOG_LINES_SHOWN) progress.say(printable(`k6: ${hidden(line.message)}`));
    else if (shown === LOG_LINES_SHOWN + 1) progress.say("k6: … (the rest of its log is left out)");
  };
}

/** The first signal ends the test, the second ends k6. */
function twice(watch: LoadtestWatch, progress: Progress, listener: () => void): () => void {
  let release = watch.onStop(() => {
    progress.say("mailgauge: ending the test; Ctrl-C once more drops what is under way");
    listener();
    release = watch.onStop(listener);
  });
  return () => release();
}

/** The sink behind the relay, where the scenario or the user names one. */
function sinkOf({ scenario, target }: LoadRunOrder): { url?: string; isNeeded: boolean } {
  const known = scenario.parameters.find(({ name }) => name === "SINK_URL");
  const url = target.parameters.SINK_URL ?? known?.default ?? "none";
  return { ...(url === "none" ? {} : { url }), isNeeded: known !== undefined };
}

/** What it has seen. */
async function deliveryOf(run: LoadRun, order: LoadRunOrder): Promise<DeliveryTotals | undefined> {
  const { url } = sinkOf(order);
  const answer = url === undefined ? undefined : await askSink(url, order.id);
  return answer === undefined ? undefined : deliveryTotals(run.totals.messages.accepted, answer);
}

/** k6 ended before the test began: what it said is all there is. */
function nothingMeasured({ lastWords, reason }: Executed, hidden: Hide): CliError {
  const corpus = /^GoError: (?:corpus: )+(.*)$/m.exec(lastWords)?.[1];
  if (corpus !== undefined)
    return new CliError(
      `CORPUS: ${printable(corpus)}`,
      EXIT.usage,
      "Give --corpus a folder that holds .eml files and that you may read.",
    );
  const script = /\b([A-Z][A-Z0-9_]*): .* is wanted, such as /.test(lastWords);
  const said = printable(hidden(lastWords === "" ? (reason ?? "k6 ended without a record") : lastWords));
  return script
    ? new CliError(parameterError(said), EXIT.usage)
    : new CliError(`the test did not begin; k6 says:\n${said}`, EXIT.unknown);
}

/** `Error: RATE: a whole number is wanted …` without the place in our own files. */
function parameterError(said: string): string {
  const line = said.split("\n").find((text) => text.includes(" is wanted, such as ")) ?? said;
  return line.replace(/^.*?(?=\b[A-Z][A-Z0-9_]*: )/, "");
}

/** The folder of package.json: above `src`, or above `dist/src` once installed. */
export function packageFolder(): string {
  const found = ["..", "../.."].map((up) => fileURLToPath(new URL(up, import.meta.url)));
  return found.find((folder) => existsSync(`${folder}/package.json`)) ?? found[0] ?? ".";
}
