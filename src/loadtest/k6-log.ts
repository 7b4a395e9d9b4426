/** A line that k6 writes to standard error, with `--log-format json`. */
export interface K6LogLine {
  readonly level: "error" | "warning" | "info" | "debug";
  /** `console`: the script said it; `stacktrace`: the script threw. */
  readonly source: string;
  readonly message: string;
}

const LEVELS = new Set(["error", "warning", "info", "debug"]);

/** What is no JSON, such as a Go panic, is an error as it stands. */
export function readLogLine(line: string): K6LogLine {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === "object" && value !== null && "msg" in value) {
      const { level, source, msg, error } = value as Record<string, unknown>;
      const message = typeof error === "string" ? `${String(msg)}: ${error}` : String(msg);
      return {
        level: LEVELS.has(String(level)) ? (String(level) as K6LogLine["level"]) : "error",
        source: typeof source === "string" ? source : "",
        message: message.trim(),
      };
    }
  } catch {
    // It stands as it is.
  }
  return { level: "error", source: "", message: line };
}

/** What the report says in its own words: that thresholds failed, that a signal ended the run. */
export function isInReport({ message }: K6LogLine): boolean {
  return /^thresholds on metrics? |^test run was aborted because k6 received /.test(message);
}
