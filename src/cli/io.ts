import { isatty } from "node:tty";
import { coloured, type Paint, plain, wantsColour } from "../reports/style.ts";

/** The terminal as the commands see it; tests put buffers in its place. */
export interface CliIo {
  readonly env: NodeJS.ProcessEnv;
  out(text: string): void;
  err(text: string): void;
  /** Whether standard output, or standard error, is a terminal. */
  readonly outIsTerminal: boolean;
  readonly errIsTerminal: boolean;
  readonly columns: number;
}

export const processIo: CliIo = {
  env: process.env,
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  outIsTerminal: isatty(1),
  errIsTerminal: isatty(2),
  columns: process.stdout.columns ?? 80,
};

export function outPaint(io: CliIo): Paint {
  return wantsColour(io.env, io.outIsTerminal) ? coloured : plain;
}

export function errPaint(io: CliIo): Paint {
  return wantsColour(io.env, io.errIsTerminal) ? coloured : plain;
}

/** One line that says what is under way; only on a terminal, and gone when the work is done. */
export function progress(io: CliIo): { say(text: string): void; clear(): void } {
  if (!io.errIsTerminal) return { say: () => {}, clear: () => {} };
  const erase = `\r${String.fromCharCode(27)}[2K`;
  return { say: (text) => io.err(`${erase}${text.slice(0, io.columns - 1)}`), clear: () => io.err(erase) };
}
