import type { LoadInterval, OutcomeCounts } from "../model/load-run.ts";

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
  const show = (): void => {
    if (isTerminal && line !== "") write(`${ERASE}${line.slice(0, Math.max(20, columns - 1))}`);
  };
  return {
    add(intervals) {
      const [first] = intervals;
      if (first === undefined) return;
      pending.push(...intervals);
      if (isTerminal) {
        line = progressLine(pending, total);
        pending = [];
        show();
      } else if (first.at - plainAt >= PLAIN_EVERY_SECONDS) {
        plainAt = first.at;
        write(`${progressLine(pending, total)}\n`);
        pending = [];
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

/** `00:12 / 00:30  1,999/s  p95 4.1 ms  2xx 1,999  4xx 0  5xx 0  errors 0  dropped 0  VUs 20` */
export function progressLine(intervals: readonly LoadInterval[], total: number | undefined): string {
  const at = Math.max(...intervals.map((interval) => interval.at));
  const seconds = intervals
    .filter(({ scenario }) => scenario === intervals[0]?.scenario)
    .reduce((sum, interval) => sum + interval.seconds, 0);
  const messages = (pick: (counts: OutcomeCounts) => number): number =>
    intervals.reduce((sum, interval) => sum + pick(interval.messages), 0);
  const sum = (pick: (interval: LoadInterval) => number): number =>
    intervals.reduce((all, interval) => all + pick(interval), 0);
  const last = intervals.filter((interval) => interval.at === at);
  const p95 = Math.max(...intervals.map((interval) => interval.p95 ?? Number.NEGATIVE_INFINITY));
  const all = messages((counts) => Object.values(counts).reduce((a, b) => a + b, 0));
  return [
    total === undefined ? clock(at) : `${clock(at)} / ${clock(total)}`,
    `${count(seconds === 0 ? 0 : all / seconds)}/s`,
    `p95 ${Number.isFinite(p95) ? milliseconds(p95) : "-"}`,
    `2xx ${count(messages(({ accepted }) => accepted))}`,
    `4xx ${count(messages(({ deferred }) => deferred))}`,
    `5xx ${count(messages(({ rejected }) => rejected))}`,
    `errors ${count(sum(({ errors }) => errors))}`,
    `dropped ${count(sum(({ dropped }) => dropped))}`,
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
