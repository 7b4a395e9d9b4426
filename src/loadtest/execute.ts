import type { LoadInterval } from "../model/load-run.ts";
import type { K6LogLine } from "./k6-log.ts";
import { type K6Process, startK6 } from "./k6-process.ts";
import type { RampGuard } from "./ramp-guard.ts";
import { endOfRun, type RunEnd } from "./run-end.ts";

export interface Execution {
  readonly binary: string;
  readonly processes: readonly {
    readonly args: readonly string[];
    readonly env: Readonly<Record<string, string>>;
  }[];
  /** Takes a line of the record of process `source`; returns the intervals that are complete by it. */
  readonly record: (line: string, source: number) => readonly LoadInterval[];
  readonly guard: RampGuard;
  readonly onIntervals: (intervals: readonly LoadInterval[]) => void;
  /** Lines of a run under way; what k6 says of a test that never begins is in `lastWords` alone. */
  readonly onLog: (line: K6LogLine, source: number) => void;
  /** Calls back when the user wants the run to end, and again when at once. Returns what takes the listener off. */
  readonly onStop: (listener: () => void) => () => void;
  readonly graceMs?: number;
}

export interface Executed extends RunEnd {
  /** Whether a record was begun; without one nothing was measured. */
  readonly recorded: boolean;
  readonly lastWords: string;
}

const EXCEPTIONS_KEPT = 1000;
const HELD_MAX = 100;

/** Runs k6 to its end, or until the guard or the user ends it. Whatever was recorded by then stays. */
export async function execute(execution: Execution): Promise<Executed> {
  let stopped: { end: "interrupted" | "stopped"; reason: string } | undefined;
  let recorded = false;
  const exceptions: string[] = [];
  const held: (() => void)[] = [];
  const running: K6Process[] = [];
  const stop = (end: "interrupted" | "stopped", reason: string): void => {
    if (stopped !== undefined) return;
    stopped = { end, reason };
    for (const one of running) one.interrupt();
  };
  const release = execution.onStop(() => {
    if (stopped?.end === "interrupted") for (const one of running) one.kill();
    else if (stopped === undefined) stop("interrupted", "stopped by the user");
    else stopped = { end: "interrupted", reason: "stopped by the user" };
  });
  const onLog = (line: K6LogLine, source: number): void => {
    if (line.source === "stacktrace" && exceptions.length < EXCEPTIONS_KEPT)
      exceptions.push(line.message.replaceAll(/\s+/g, " "));
    if (recorded) execution.onLog(line, source);
    else if (held.length < HELD_MAX) held.push(() => execution.onLog(line, source));
  };
  const together = joinProcesses(execution.processes.length);
  for (const [source, { args, env }] of execution.processes.entries()) {
    const onRecord = (line: string): void => {
      recorded = true;
      for (const tell of held.splice(0)) tell();
      const intervals = together(execution.record(line, source), source);
      if (intervals.length === 0) return;
      execution.onIntervals(intervals);
      const reason = execution.guard.add(intervals);
      if (reason !== undefined) stop("stopped", reason);
    };
    const { graceMs } = execution;
    running.push(
      startK6({
        path: execution.binary,
        args,
        env,
        onRecord,
        onLog: (line) => onLog(line, source),
        ...(graceMs === undefined ? {} : { graceMs }),
      }),
    );
  }
  // One part that is gone would leave less load than was asked for, without a word.
  for (const one of running)
    void one.ended.then((exit) => {
      if (exit.code !== 0 && exit.code !== 99 && stopped === undefined)
        for (const other of running) other.interrupt();
    });
  const exits = await Promise.all(running.map(({ ended }) => ended));
  release();
  const lastWords = exits.map((exit) => exit.lastWords).find((words) => words !== "") ?? "";
  return {
    ...endOfRun(exits, { ...(stopped === undefined ? {} : { stopped }), exceptions }),
    recorded,
    lastWords,
  };
}

/**
 * Holds the intervals of one process until the others have told theirs, so that what is shown and guarded is the whole
 * load. A process that falls behind by an interval is not waited for.
 */
export function joinProcesses(
  count: number,
): (intervals: readonly LoadInterval[], source: number) => readonly LoadInterval[] {
  let waiting = new Map<number, readonly LoadInterval[]>();
  const flush = (): readonly LoadInterval[] => {
    const at = Math.max(...[...waiting.values()].flat().map((interval) => interval.at));
    const joined = [...waiting].flatMap(([source, intervals]) =>
      intervals.map((one) => ({
        ...one,
        at,
        scenario: source === 0 ? one.scenario : `${one.scenario} (${source + 1})`,
      })),
    );
    waiting = new Map();
    return joined;
  };
  return (intervals, source) => {
    if (count === 1 || intervals.length === 0) return intervals;
    const late = waiting.has(source) ? flush() : [];
    waiting.set(source, intervals);
    return waiting.size < count ? late : [...late, ...flush()];
  };
}
