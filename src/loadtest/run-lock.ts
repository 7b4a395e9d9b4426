import { createHash } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LoadtestError } from "./loadtest-error.ts";

/** Who holds a lock. */
interface Holder {
  readonly pid: number;
  /** When that process was started, as the system counts it; "" where that cannot be known. */
  readonly started: string;
}

/**
 * Keeps two load tests from running against one end at once: each would measure the other. Returns what gives the lock
 * back. A lock whose process has ended, or whose number belongs to another process by now, counts for nothing. Throws
 * `LoadtestError`.
 */
export function lockTarget(target: string, folder: string = tmpdir()): () => void {
  const key = createHash("sha256").update(target).digest("hex").slice(0, 16);
  const path = join(folder, `mailgauge-loadtest-${key}.lock`);
  const own = JSON.stringify({ pid: process.pid, started: startOf(process.pid) } satisfies Holder);
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      writeFileSync(path, own, { flag: "wx", mode: 0o644 });
      return () => release(path, own);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw unwritable(path, error);
    }
    const holder = holderOf(path);
    if (holder !== undefined && isAlive(holder)) throw taken(target, holder);
    try {
      rmSync(path, { force: true });
    } catch (error) {
      throw unwritable(path, error);
    }
  }
  throw new LoadtestError(
    `another load test of ${target} begins at this moment`,
    "Try again when it is over.",
  );
}

function release(path: string, own: string): void {
  try {
    if (readFileSync(path, "utf8") === own) rmSync(path, { force: true });
  } catch {
    // Somebody took it away.
  }
}

function holderOf(path: string): Holder | undefined {
  try {
    const { pid, started = "" } = JSON.parse(readFileSync(path, "utf8")) as Partial<Holder>;
    return pid !== undefined && Number.isSafeInteger(pid) && pid > 0 ? { pid, started } : undefined;
  } catch {
    return undefined;
  }
}

function isAlive({ pid, started }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives, and is another user's.
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  const now = startOf(pid);
  return started === "" || now === "" || started === now;
}

/** Clock ticks from boot to the start of the process: field 22 of proc(5)'s stat, the 20th behind the name. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch {
    return "";
  }
}

function taken(target: string, { pid }: Holder): LoadtestError {
  return new LoadtestError(
    `another load test of ${target} is running (process ${pid}), and each would measure the other`,
    "Wait until it is over, or stop it.",
  );
}

function unwritable(path: string, error: unknown): LoadtestError {
  return new LoadtestError(
    `the lock ${path} cannot be taken: ${(error as Error).message}`,
    "Make its folder writable, or take the file away.",
    "broken",
  );
}
