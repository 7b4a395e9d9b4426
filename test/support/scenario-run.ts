import { execFile } from "node:child_process";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { K6, type K6Counts, runK6 } from "./k6.ts";

const SCENARIOS = resolve(import.meta.dirname, "../../loadtests/scenarios");

/** k6's exit codes: an objective was missed; the script threw in the init context. */
export const THRESHOLDS_MISSED = 99;
export const SCRIPT_THREW = 107;

/** What one scenario of k6 counted; what is zero is absent. */
export type ScenarioCounts = Partial<K6Counts>;

export interface ScenarioRun {
  readonly exitCode: number | null;
  /** What the script, and k6, told. */
  readonly output: string;
  /** Length of the run in seconds. */
  readonly seconds: number;
  readonly scenarios: Readonly<Record<string, ScenarioCounts>>;
  /** Messages that were accepted, of all scenarios. */
  readonly accepted: number;
  /** Objectives that were missed, as `metric: expression`. */
  readonly missed: readonly string[];
}

/** Runs `loadtests/scenarios/<scenario>.ts` with these parameters. */
export async function runScenario(
  scenario: string,
  parameters: Readonly<Record<string, string>>,
): Promise<ScenarioRun> {
  const { exitCode, lines, counts, record } = await runK6(join(SCENARIOS, `${scenario}.ts`), parameters);
  const entries = record
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as RecordLine);
  const end = entries.find(({ type }) => type === "end");
  return {
    exitCode,
    output: lines.join("\n"),
    seconds: end?.at ?? 0,
    scenarios: Object.assign(
      {},
      ...entries.filter(({ type }) => type === "snapshot").map((line) => line.scenarios),
    ),
    accepted: counts.messages["accepted"] ?? 0,
    missed: (end?.thresholds ?? [])
      .filter(({ ok }) => !ok)
      .map(({ metric, expression }) => `${metric}: ${expression}`),
  };
}

interface RecordLine {
  readonly type: "start" | "interval" | "snapshot" | "end";
  readonly at?: number;
  readonly scenarios?: Readonly<Record<string, ScenarioCounts>>;
  readonly thresholds?: readonly {
    readonly metric: string;
    readonly expression: string;
    readonly ok: boolean;
  }[];
}

/** The options that a scenario asks k6 for under these parameters, as JSON. Sends nothing. */
export async function inspectScenario(
  scenario: string,
  parameters: Readonly<Record<string, string>> = {},
): Promise<string> {
  const args = ["inspect", "--include-system-env-vars", join(SCENARIOS, `${scenario}.ts`)];
  const env = { HOME: tmpdir(), K6_AUTO_EXTENSION_RESOLUTION: "false", ...parameters };
  return (await promisify(execFile)(K6, args, { env })).stdout;
}
