import type { Scenario } from "../loadtest/scenario-list.ts";
import { wrap } from "../reports/style.ts";
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
