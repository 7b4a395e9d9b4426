import type { Scenario } from "../loadtest/scenario-list.ts";
import { formatRate, formatSpan } from "../reports/load-format.ts";
import { printable, VERDICT_FORMAT, VERDICT_SIGN, wrap } from "../reports/style.ts";
import type { LoadRunSummary } from "../store/load-runs.ts";
import { type CliIo, outPaint } from "./io.ts";

/** The scenarios, one a line. */
export function listText(scenarios: readonly Scenario[], io: CliIo): string {
  const paint = outPaint(io);
  const width = Math.max(...scenarios.map(({ name }) => name.length)) + 2;
  const lines = scenarios.map(
    ({ name, summary }) =>
      `  ${paint("bold", name.padEnd(width))}${wrap(summary, Math.max(30, io.columns - width - 2), width + 2)}`,
  );
  return `${lines.join("\n")}\n\nParameters of one: mailgauge loadtest --list SCENARIO\n`;
}

/** One scenario and its parameters. */
export function scenarioText({ name, summary, description, parameters }: Scenario, io: CliIo): string {
  const paint = outPaint(io);
  const title = `${paint("bold", name)}  ${wrap(summary, io.columns - name.length - 2, name.length + 2)}`;
  const prose = description
    .split(/\n\s*\n/)
    .map((paragraph) => wrap(paragraph, io.columns, 0))
    .join("\n\n");
  const width = Math.max(0, ...parameters.map((parameter) => parameter.name.length)) + 2;
  const defaults = Math.max(0, ...parameters.map((parameter) => parameter.default.length)) + 2;
  const lines = parameters.map((parameter) => {
    const head = `  ${parameter.name.padEnd(width)}${parameter.default.padEnd(defaults)}`;
    return `${head}${wrap(parameter.text, Math.max(30, io.columns - head.length), head.length)}`;
  });
  const table =
    lines.length === 0
      ? "It names no parameters."
      : `Parameters (-e NAME=VALUE) and their defaults:\n${lines.join("\n")}`;
  return `${[title, prose, table].filter((part) => part !== "").join("\n\n")}\n`;
}

/** Kept runs, one a line. */
export function runsText(runs: readonly LoadRunSummary[], io: CliIo): string {
  if (runs.length === 0) return "No load test is kept yet.\n";
  const paint = outPaint(io);
  const cells = runs.map(({ id, startedAt, scenario, target, verdict, seconds, rate }) => ({
    sign: paint(VERDICT_FORMAT[verdict], VERDICT_SIGN[verdict]),
    columns: [
      printable(id),
      startedAt.slice(0, 16).replace("T", " "),
      printable(scenario),
      printable(target),
      formatSpan(seconds),
      `${formatRate(rate)}/s accepted`,
    ],
  }));
  const head = ["run", "began (UTC)", "scenario", "relay", "lasted", "messages"];
  const widths = head.map((title, column) =>
    Math.max(title.length, ...cells.map(({ columns }) => columns[column]?.length ?? 0)),
  );
  const line = (columns: readonly string[]): string =>
    columns
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  const rows = cells.map(({ sign, columns }) => `${sign} ${line(columns)}`);
  return `${paint("bold", `  ${line(head)}`)}\n${rows.join("\n")}\n\nOne of them again: mailgauge loadtest --show RUN\n`;
}
