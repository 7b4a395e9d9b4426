import { type DestinationStream, type Logger, pino, stdTimeFunctions } from "pino";
import { logfmt } from "./logfmt.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";

export interface LoggerOptions {
  readonly level?: LogLevel;
  /** `json` for a collector, `logfmt` for a person; by default as the destination is a terminal or not. */
  readonly format?: "json" | "logfmt";
  /** Standard error by default: standard output belongs to reports. */
  readonly destination?: DestinationStream;
}

/** One line a record, UTC times. What is logged holds no secret: `Secret` prints as `[redacted]` in JSON too. */
export function createLogger({ level = "info", format, destination }: LoggerOptions = {}): Logger {
  const stream = destination ?? process.stderr;
  const isTerminal = destination === undefined && process.stderr.isTTY;
  const readable = format === "logfmt" || (format === undefined && isTerminal);
  return pino(
    {
      level,
      base: null,
      messageKey: "msg",
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    readable ? { write: (line) => stream.write(logfmt(line)) } : stream,
  );
}
