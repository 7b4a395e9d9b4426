import { type ChildProcess, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { type K6LogLine, readLogLine } from "./k6-log.ts";

export interface K6Start {
  readonly path: string;
  readonly args: readonly string[];
  /** The whole environment: nothing of this process' own is added. */
  readonly env: Readonly<Record<string, string>>;
  /** A line of the record, which k6 writes to its file descriptor 3. */
  readonly onRecord: (line: string) => void;
  readonly onLog: (line: K6LogLine) => void;
  /** Milliseconds that k6 has to end after `interrupt`; default 40,000: iterations may take 30 s to finish. */
  readonly graceMs?: number;
}

export interface K6Exit {
  /** Absent when a signal ended it. */
  readonly code?: number;
  readonly signal?: NodeJS.Signals;
  /** The last that it wrote to standard error, in plain words; at most 64 KiB. */
  readonly lastWords: string;
  /** k6 did not end by itself after `interrupt`. */
  readonly wasKilled: boolean;
  /** Lines of the record that were longer than 8 MiB, and are lost. */
  readonly overlong: number;
}

export interface K6Process {
  readonly ended: Promise<K6Exit>;
  /** Asks k6 to end the test: it finishes what is under way and completes the record. */
  interrupt(): void;
  kill(): void;
}

const LAST_WORDS_MAX = 65_536;
const LINE_MAX = 8 * 1024 * 1024;
const GRACE_MS = 40_000;
/** The record may lag behind the exit, but a pipe that a grandchild holds must not keep us. */
const DRAIN_MS = 5_000;

/**
 * Starts k6 in a process group of its own, so that Ctrl-C reaches it once, through `interrupt`: at a second SIGINT k6
 * drops everything. Dies with this process.
 */
export function startK6(start: K6Start): K6Process {
  const child = spawn(start.path, start.args, {
    stdio: ["ignore", "ignore", "pipe", "pipe"],
    env: { ...start.env },
    detached: true,
  });
  const words = new LastWords();
  let wasKilled = false;
  let timer: NodeJS.Timeout | undefined;
  const kill = (): void => {
    wasKilled = true;
    killGroup(child);
  };
  process.on("exit", kill);
  const record = eachLine(child.stdio[3] as Readable, start.onRecord);
  eachLine(child.stderr as Readable, (line) => {
    const said = readLogLine(line);
    words.add(said.message);
    start.onLog(said);
  });
  const ended = whenEnded(child).then(({ code, signal, error }) => {
    clearTimeout(timer);
    process.off("exit", kill);
    if (error !== undefined) words.add(error.message);
    return {
      ...(code === null ? {} : { code }),
      ...(signal === null ? {} : { signal }),
      lastWords: words.text(),
      wasKilled,
      overlong: record.overlong(),
    };
  });
  return {
    ended,
    interrupt: () => {
      // Nothing to wait for any more.
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
      child.kill("SIGINT");
      timer ??= setTimeout(kill, start.graceMs ?? GRACE_MS);
    },
    kill,
  };
}

interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly error?: Error;
}

function whenEnded(child: ChildProcess): Promise<Ending> {
  return new Promise((resolve) => {
    child.on("error", (error) => {
      if (child.pid === undefined) resolve({ code: null, signal: null, error });
    });
    child.on("close", (code, signal) => resolve({ code, signal }));
    child.on("exit", () => {
      const drain = setTimeout(() => {
        for (const stream of child.stdio) stream?.destroy();
      }, DRAIN_MS);
      child.on("close", () => clearTimeout(drain));
    });
  });
}

/** k6 starts no processes; a wrapper that somebody names as `K6_BINARY` does. */
function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}

/** Calls back for each line; one without end is dropped and counted, so that memory stays bounded. */
function eachLine(stream: Readable, onLine: (line: string) => void): { overlong(): number } {
  let rest = "";
  let isSkipping = false;
  let overlong = 0;
  stream.setEncoding("utf8");
  stream.on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (isSkipping) isSkipping = false;
      else if (line.trim() !== "") onLine(line);
    }
    if (rest.length > LINE_MAX) {
      if (!isSkipping) overlong += 1;
      isSkipping = true;
      rest = "";
    }
  });
  stream.on("end", () => {
    if (!isSkipping && rest.trim() !== "") onLine(rest);
  });
  // A reset when k6 is killed is no news: its exit says more.
  stream.on("error", () => {});
  return { overlong: () => overlong };
}

class LastWords {
  readonly #lines: string[] = [];
  #size = 0;

  add(line: string): void {
    this.#lines.push(line.slice(-LAST_WORDS_MAX));
    this.#size += Math.min(line.length, LAST_WORDS_MAX) + 1;
    while (this.#size > LAST_WORDS_MAX && this.#lines.length > 1)
      this.#size -= (this.#lines.shift()?.length ?? 0) + 1;
  }

  text(): string {
    return this.#lines.join("\n");
  }
}
