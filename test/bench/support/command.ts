import { execFile } from "node:child_process";
import { promisify } from "node:util";

export interface CommandUsage {
  /** User and system time from its start to its end, milliseconds. */
  readonly cpuMs: number;
  readonly output: string;
}

/** Runs a command to its end, whatever its exit code. */
export async function commandUsage(command: readonly string[]): Promise<CommandUsage> {
  const script = 'TIMEFORMAT="%U %S"; time "$0" "$@" 2>/dev/null; true';
  const { stdout, stderr } = await promisify(execFile)("bash", ["-c", script, ...command]);
  const [user = Number.NaN, system = Number.NaN] = stderr.trim().split(" ").map(Number);
  return { cpuMs: (user + system) * 1000, output: stdout };
}
