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
  /**
   * Calls back once, with the exit code, when the user stops the command (SIGINT 130, SIGTERM 143). A second signal
   * ends the process at once. Returns what takes the listener off again.
   */
  onStop(listener: (exitCode: number) => void): () => void;
}

/** 128 and the number of the signal, as shells report it. */
const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;
const SIGPIPE_EXIT = 141;

function onStop(listener: (exitCode: number) => void): () => void {
  const stop = (signal: NodeJS.Signals): void => {
    release();
    listener(signal === "SIGTERM" ? SIGNALS.SIGTERM : SIGNALS.SIGINT);
  };
  const release = (): void => {
    for (const signal of Object.keys(SIGNALS)) process.off(signal, stop);
  };
  for (const signal of Object.keys(SIGNALS)) process.on(signal, stop);
  return release;
}

/**
 * A reader that went away is no defect of ours. Standard output is what was asked for: without its reader the command
 * ends, as other programs do by SIGPIPE. Standard error carries the log: a daemon goes on without it.
 */
export function surviveClosedPipes(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit(SIGPIPE_EXIT);
  });
  process.stderr.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}

export const processIo: CliIo = {
  env: process.env,
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  outIsTerminal: isatty(1),
  errIsTerminal: isatty(2),
  // A terminal that does not know its width says 0.
  columns: process.stdout.columns || 80,
  onStop,
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
