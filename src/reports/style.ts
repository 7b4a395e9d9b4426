import { styleText } from "node:util";
import type { Verdict } from "../model/observation.ts";

type Format = Parameters<typeof styleText>[0];

/** Paints text, or leaves it alone: colour goes to terminals only (see `wantsColour`). */
export type Paint = (format: Format, text: string) => string;

export const plain: Paint = (_format, text) => text;
export const coloured: Paint = (format, text) => styleText(format, text, { validateStream: false });

/** NO_COLOR (any non-empty value) wins over FORCE_COLOR; without both, a terminal decides. */
export function wantsColour(env: NodeJS.ProcessEnv, isTerminal: boolean): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== "0";
  return isTerminal && env.TERM !== "dumb";
}

export const VERDICT_FORMAT: Readonly<Record<Verdict, Format>> = {
  pass: "green",
  warn: "yellow",
  fail: "red",
  unknown: "magenta",
};

/** A sign beside the word, so that nobody depends on the colour. */
export const VERDICT_SIGN: Readonly<Record<Verdict, string>> = {
  pass: "✓",
  warn: "!",
  fail: "✗",
  unknown: "?",
};

/** `0.42 ms`, `12.3 ms`, `431 ms`, `2.41 s`. */
export function formatMs(ms: number): string {
  if (ms >= 1000) return `${(ms / 1000).toFixed(2)} s`;
  if (ms >= 100) return `${ms.toFixed(0)} ms`;
  if (ms >= 10) return `${ms.toFixed(1)} ms`;
  return `${ms.toFixed(2)} ms`;
}

/** Bars of eighths, so that 0.3 ms beside 40 ms still shows. `share` is 0 to 1. */
export function bar(share: number, width: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, share)) * width * 8);
  const full = "█".repeat(Math.floor(eighths / 8));
  const rest = " ▏▎▍▌▋▊▉"[eighths % 8] ?? "";
  return (full + rest.trim()).padEnd(width) || " ".repeat(width);
}

/** Breaks text at spaces; each line after the first gets `indent` spaces. */
export function wrap(text: string, width: number, indent: number): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/)) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  lines.push(line);
  return lines.join(`\n${" ".repeat(indent)}`);
}

/** Makes text from the network safe for a terminal: it must not move the cursor, set the title or turn the line. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}]/gu, (char) => (char === "\n" || char === "\t" ? char : "·"));
}
