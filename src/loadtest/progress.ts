import type { LoadInterval } from "../model/load-run.ts";
import { messagesOf } from "../model/load-timeline.ts";

/** What a person sees of a run under way. */
export interface Progress {
  /** What happened in one interval, all scenarios together. */
  add(intervals: readonly LoadInterval[]): void;
  /** Writes something else without spoiling the line. */
  say(text: string): void;
  /** Takes the line away. */
  end(): void;
}

export interface ProgressOptions {
  readonly write: (text: string) => void;
  /** A terminal gets one line that is written over; anything else a plain line every ten seconds. */
  readonly isTerminal: boolean;
  readonly columns: number;
  /** Seconds that the run is to last, where that is known. */
  readonly total?: number;
}

const PLAIN_EVERY_SECONDS = 10;
const ERASE = `\r${String.fromCharCode(27)}[2K`;

export function createProgress({ write, isTerminal, columns, total }: ProgressOptions): Progress {
  let line = "";
  let plainAt = 0;
  let pending: LoadInterval[] = [];
  let before = NOTHING;
  const show = (): void => {
    if (isTerminal && line !== "") write(`${ERASE}${line.slice(0, Math.max(20, columns - 1))}`);
  };
  return {
    add(intervals) {
      const [first] = intervals;
      if (first === undefined) return;
      pending.push(...intervals);
      if (!isTerminal && first.at - plainAt < PLAIN_EVERY_SECONDS) return;
      const text = progressLine(pending, before, total);
      before = countsOf(pending, before);
      pending = [];
      if (isTerminal) {
        line = text;
        show();
      } else {
        plainAt = first.at;
        write(`${text}\n`);
      }
    },
    say(text) {
      write(isTerminal && line !== "" ? `${ERASE}${text}\n` : `${text}\n`);
      show();
    },
    end() {
      if (isTerminal && line !== "") write(ERASE);
      line = "";
    },
  };
}

/** What has happened since the run began. */
export interface ProgressCounts {
  readonly accepted: number;
  readonly deferred: number;
  readonly rejected: number;
  readonly errors: number;
  readonly dropped: number;
}

export const NOTHING: ProgressCounts = { accepted: 0, deferred: 0, rejected: 0, errors: 0, dropped: 0 };

/** What was counted `before`, and in these intervals. */
function countsOf(intervals: readonly LoadInterval[], before: ProgressCounts): ProgressCounts {
  const sum = (pick: (interval: LoadInterval) => number): number =>
    intervals.reduce((all, interval) => all + pick(interval), 0);
  return {
    accepted: before.accepted + sum(({ messages }) => messages.accepted),
    deferred: before.deferred + sum(({ messages }) => messages.deferred),
    rejected: before.rejected + sum(({ messages }) => messages.rejected),
    errors: before.errors + sum(({ errors }) => errors),
    dropped: before.dropped + sum(({ dropped }) => dropped),
  };
}

/**
 * `00:12 / 00:30  1,999/s  p95 4.1 ms  errors 0  dropped 0  4xx 0  5xx 0  2xx 23,990  VUs 20`: rate and time of what
 * came last, counts since the beginning, so that nothing bad flashes by unseen; a narrow terminal cuts off the least.
 */
export function progressLine(
  intervals: readonly LoadInterval[],
  before: ProgressCounts,
  total: number | undefined,
): string {
  const at = Math.max(...intervals.map((interval) => interval.at));
  // Each scenario, and each process, has a row of its own for the same time.
  const lengths = new Map<number, number>();
  for (const each of intervals) lengths.set(each.at, Math.max(each.seconds, lengths.get(each.at) ?? 0));
  const seconds = [...lengths.values()].reduce((sum, length) => sum + length, 0);
  const all = intervals.reduce((sum, { messages }) => sum + messagesOf(messages), 0);
  const last = intervals.filter((interval) => interval.at === at);
  const p95 = Math.max(...intervals.map((interval) => interval.p95 ?? Number.NEGATIVE_INFINITY));
  const counts = countsOf(intervals, before);
  return [
    // A scenario with parts that each last for DURATION lasts longer than one.
    total === undefined || at > total + 1 ? clock(at) : `${clock(at)} / ${clock(total)}`,
    `${count(seconds === 0 ? 0 : all / seconds)}/s`,
    `p95 ${Number.isFinite(p95) ? milliseconds(p95) : "-"}`,
    `errors ${count(counts.errors)}`,
    `dropped ${count(counts.dropped)}`,
    `4xx ${count(counts.deferred)}`,
    `5xx ${count(counts.rejected)}`,
    `2xx ${count(counts.accepted)}`,
    `VUs ${count(last.reduce((vus, interval) => vus + interval.vus, 0))}`,
  ].join("  ");
}

function clock(seconds: number): string {
  const whole = Math.round(seconds);
  const hours = Math.floor(whole / 3600);
  const rest = [Math.floor((whole % 3600) / 60), whole % 60]
    .map((part) => String(part).padStart(2, "0"))
    .join(":");
  return hours === 0 ? rest : `${hours}:${rest}`;
}

function count(value: number): string {
  return Math.round(value).toLocaleString("en");
}

function milliseconds(ms: number): string {
  if (ms >= 1000) return `${(ms / 1000).toFixed(2)} s`;
  return `${ms >= 100 ? ms.toFixed(0) : ms >= 10 ? ms.toFixed(1) : ms.toFixed(2)} ms`;
}
