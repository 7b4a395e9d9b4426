import { accessSync, constants, existsSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Comparison, LoadRun } from "../model/load-run.ts";
import { compareRuns } from "../loadtest/compare.ts";
import { renderComparison } from "../reports/load-comparison.ts";
import { loadRunHtml } from "../reports/load-html.ts";
import { renderLoadJunit } from "../reports/load-junit.ts";
import { renderLoadRun } from "../reports/load-terminal.ts";
import { CliError } from "./exit.ts";
import { type CliIo, errPaint, outPaint } from "./io.ts";
import type { Loadtests } from "./services.ts";

export interface LoadReportFlags {
  readonly json?: boolean;
  readonly junit?: string;
  readonly html?: string;
  readonly store?: string;
}

/**
 * Shows a run and writes what else was asked for. The screen comes first, and one report that cannot be written keeps
 * no other from being written: a load test is not soon repeated. Returns whether all could be.
 */
export function reportLoadRun(
  run: LoadRun,
  before: LoadRun | undefined,
  flags: LoadReportFlags,
  loadtests: Pick<Loadtests, "keep">,
  io: CliIo,
): boolean {
  const comparison = before === undefined ? undefined : compareRuns(before, run);
  if (flags.json === true)
    io.out(`${JSON.stringify(comparison === undefined ? run : { ...run, comparison }, null, 2)}\n`);
  else io.out(screenOf(run, comparison, io));
  const works = [
    () => write("--junit", flags.junit, () => renderLoadJunit(run)),
    () => write("--html", flags.html, () => loadRunHtml(run, comparison)),
    () => loadtests.keep(run, flags.store),
  ];
  return works.map((work) => attempt(work, io)).every((done) => done);
}

function screenOf(run: LoadRun, comparison: Comparison | undefined, io: CliIo): string {
  const options = { paint: outPaint(io), width: io.columns };
  const compared = comparison === undefined ? "" : `\n${renderComparison(comparison, options)}`;
  return `${renderLoadRun(run, options)}${compared}`;
}

function attempt(work: () => void, io: CliIo): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    io.err(`mailgauge: ${error.message}\n`);
    if (error.hint !== undefined) io.err(`${errPaint(io)("bold", "→")} ${error.hint}\n`);
    return false;
  }
}

/** Throws for a report that could not be written: better before an hour of load than after it. */
export function requireWritable({ junit, html }: LoadReportFlags): void {
  for (const [flag, path] of [
    ["--junit", junit],
    ["--html", html],
  ] as const) {
    if (path === undefined) continue;
    try {
      accessSync(existsSync(path) ? path : dirname(path), constants.W_OK);
    } catch (error) {
      throw unwritable(flag, path, error);
    }
  }
}

function write(flag: string, path: string | undefined, text: () => string): void {
  if (path === undefined) return;
  const content = text();
  try {
    writeFileSync(path, content);
  } catch (error) {
    throw unwritable(flag, path, error);
  }
}

function unwritable(flag: string, path: string, error: unknown): CliError {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  return new CliError(
    `cannot write ${path}: ${REASONS[code] ?? (error as Error).message}`,
    undefined,
    HINTS[code] ?? `Give ${flag} a path in a folder that exists.`,
  );
}

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full",
  EDQUOT: "your quota of the disk is used up",
  ENOENT: "there is no such folder",
  EACCES: "permission is denied",
  EISDIR: "it is a folder",
};

const HINTS: Readonly<Record<string, string>> = {
  ENOSPC:
    "Make room for the next one; the summary stands above, and --json writes all of it to standard output.",
};
