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
  let timer: NodeJS.Timeout | undefined;
  const kill = (): void => killGroup(child);
  const forget = killAtExit(child);
  eachLine(child.stdio[3] as Readable, start.onRecord);
  eachLine(child.stderr as Readable, (line) => {
    const said = readLogLine(line);
    words.add(said.message);
    start.onLog(said);
  });
  const ended = whenEnded(child).then(({ code, signal, error }) => {
    clearTimeout(timer);
    forget();
    if (error !== undefined) words.add(error.message);
    return {
      ...(code === null ? {} : { code }),
      ...(signal === null ? {} : { signal }),
      lastWords: words.text(),
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

const running = new Set<ChildProcess>();

function killAll(): void {
  for (const child of running) killGroup(child);
}

/** One listener for all: Node warns of a leak at the eleventh. Returns what is called when the child has ended. */
function killAtExit(child: ChildProcess): () => void {
  if (running.size === 0) process.on("exit", killAll);
  running.add(child);
  return () => {
    running.delete(child);
    if (running.size === 0) process.off("exit", killAll);
  };
}

/**
 * Calls back for each line. Of one without end only the beginning is given, so that memory stays bounded, and whoever
 * reads it finds that it is no whole line.
 */
function eachLine(stream: Readable, onLine: (line: string) => void): void {
  let rest = "";
  let isSkipping = false;
  stream.setEncoding("utf8");
  stream.on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (isSkipping) isSkipping = false;
      else if (line.trim() !== "") onLine(line);
    }
    if (rest.length > LINE_MAX) {
      if (!isSkipping) onLine(rest);
      isSkipping = true;
      rest = "";
    }
  });
  stream.on("end", () => {
    if (!isSkipping && rest.trim() !== "") onLine(rest);
  });
  // A reset when k6 is killed is no news: its exit says more.
  stream.on("error", () => {});
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
