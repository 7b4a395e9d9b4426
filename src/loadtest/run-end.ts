import type { LoadEnd } from "../model/load-run.ts";
import type { K6Exit } from "./k6-process.ts";

/** Exit codes of k6 v2 (its errext/exitcodes). */
const THRESHOLDS_FAILED = 99;
const EXTERNAL_ABORT = 105;
const SCRIPT_ABORTED = 108;
const MARKED_AS_FAILED = 110;
const ENDED = new Set([0, THRESHOLDS_FAILED, SCRIPT_ABORTED, MARKED_AS_FAILED]);

const MEANING: Readonly<Record<number, string>> = {
  100: "setup() took too long",
  101: "teardown() took too long",
  104: "the script's options are wrong",
  105: "it was stopped from outside",
  107: "the script has an error",
  109: "it has a defect (Go panic)",
};

export interface RunEnd {
  readonly end: LoadEnd;
  readonly reason?: string;
  readonly exitCode: number;
}

export interface EndContext {
  /** Why this side ended the run. */
  readonly stopped?: { readonly end: "interrupted" | "stopped"; readonly reason: string };
  /** Exceptions that the script threw in iterations: k6 goes on, and exits with 0. */
  readonly exceptions: readonly string[];
}

/** How a run ended, out of how each of its processes did. The worst one speaks. */
export function endOfRun(exits: readonly K6Exit[], { stopped, exceptions }: EndContext): RunEnd {
  const codes = exits.map(({ code }) => code ?? -1);
  const exitCode = codes.find((code) => !ENDED.has(code)) ?? Math.max(...codes);
  if (stopped !== undefined) return { end: stopped.end, reason: stopped.reason, exitCode };
  const ill = exits.filter(({ code }) => code === undefined || !ENDED.has(code));
  // The others were told to end because of it.
  const broken = ill.find(({ code }) => code !== EXTERNAL_ABORT) ?? ill[0];
  if (broken !== undefined) return { end: "broken", reason: reasonOf(broken), exitCode };
  const [first] = exceptions;
  if (first !== undefined) {
    const times = exceptions.length === 1 ? "" : ` (${exceptions.length} times)`;
    return { end: "broken", reason: `the script threw${times}: ${first}`, exitCode };
  }
  if (codes.includes(SCRIPT_ABORTED))
    return { end: "stopped", reason: `the script ended the test: ${lastLine(exits[0]) ?? ""}`, exitCode };
  return { end: "finished", exitCode };
}

function reasonOf(exit: K6Exit): string {
  const how =
    exit.signal === undefined
      ? (MEANING[exit.code ?? -1] ??
        (exit.code === undefined ? "it could not be started" : `exit code ${exit.code}`))
      : `signal ${exit.signal}`;
  const last = lastLine(exit);
  return last === undefined ? `k6 died: ${how}` : `k6 died: ${how}: ${last}`;
}

function lastLine(exit: K6Exit | undefined): string | undefined {
  const lines = exit?.lastWords.split("\n").filter((line) => line.trim() !== "") ?? [];
  // An exception stands first, where it happened below it.
  const at = lines.findLastIndex((line) => !/^\s/.test(line));
  const said = lines.slice(Math.max(0, at), at + 2).map((line) => line.trim());
  return said.length === 0 ? undefined : said.join(" ");
}
