import { createHash } from "node:crypto";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LoadtestError } from "./loadtest-error.ts";

/** Who holds a lock: its name says it, so that no file can be read before it is written. */
interface Holder {
  readonly pid: number;
  /** When that process was started, as the system counts it; "" where that cannot be known. */
  readonly started: string;
}

/** Locks of this process. */
const held = new Set<string>();

/**
 * Keeps two load tests from running against one end at once: each would measure the other. Returns what gives the lock
 * back. Throws `LoadtestError`.
 *
 * Everybody first puts down a file of his own, and then looks for those of others: so one of two sees the other,
 * whoever comes first, and nobody ever takes a file away that may be somebody's. The file of a process that has ended,
 * or whose number belongs to another process by now, counts for nothing. Of two that come in the same instant none may
 * run.
 */
export function lockTarget(target: string, folder: string = tmpdir()): () => void {
  const key = createHash("sha256").update(target).digest("hex").slice(0, 16);
  const prefix = `mailgauge-loadtest-${key}-`;
  const own = { pid: process.pid, started: startOf(process.pid) };
  const path = join(folder, `${prefix}${own.pid}-${own.started}.lock`);
  if (held.has(path)) throw taken(target, own);
  const release = (): void => {
    held.delete(path);
    remove(path);
  };
  try {
    // What is left of a process that had this number.
    rmSync(path, { force: true });
    writeFileSync(path, "", { flag: "wx", mode: 0o644 });
    held.add(path);
    for (const name of readdirSync(folder)) {
      const other = join(folder, name);
      if (!name.startsWith(prefix) || other === path) continue;
      const holder = holderOf(name.slice(prefix.length));
      if (holder === undefined) continue;
      if (isAlive(holder)) throw taken(target, holder);
      remove(other);
    }
    return release;
  } catch (error) {
    release();
    throw error instanceof LoadtestError ? error : unwritable(path, error);
  }
}

function remove(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // Another user's, of a process that has ended: it is in nobody's way.
  }
}

function holderOf(name: string): Holder | undefined {
  const [, pid, started = ""] = /^(\d{1,10})-(\d*)\.lock$/.exec(name) ?? [];
  return pid === undefined ? undefined : { pid: Number(pid), started };
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
