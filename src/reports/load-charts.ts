import type { LoadInterval, LoadRun } from "../model/load-run.ts";
import { thinned, timelineOf } from "../model/load-timeline.ts";
import { formatLatency, formatRate, formatSpan } from "./load-format.ts";

/** More points than a screen has columns tell nobody anything. */
export const MAX_POINTS = 2000;

type Unit = "rate" | "ms" | "count" | "percent";

export interface ChartSeries {
  readonly label: string;
  /** Custom property of the palette. */
  readonly color: string;
  /** `null`: nothing was measured there. */
  readonly values: readonly (number | null)[];
  readonly dash?: boolean;
  readonly fill?: boolean;
  readonly points?: boolean;
}

/** One chart, as data: the script of the report draws it. */
export interface Chart {
  readonly id: string;
  readonly title: string;
  /** What the figures are, and how to read them. */
  readonly note: string;
  readonly unit: Unit;
  readonly log?: boolean;
  /** Along the x axis: `time` in seconds since the start, `rate` in messages a second. */
  readonly along: "time" | "rate";
  readonly x: readonly number[];
  readonly series: readonly ChartSeries[];
  /** Vertical lines. */
  readonly marks?: readonly { readonly x: number; readonly label: string; readonly color: string }[];
  /** What somebody is told who does not see it. */
  readonly summary: string;
}

/** Charts over the time of the run, all with the same x axis, and how many seconds a point covers. */
export function timeCharts(run: LoadRun): { readonly charts: Chart[]; readonly secondsPerPoint: number } {
  const points = thinned(timelineOf(run.intervals), MAX_POINTS);
  if (points.length < 2) return { charts: [], secondsPerPoint: 0 };
  const along = { along: "time" as const, x: points.map(({ at, seconds }) => rounded(at - seconds / 2)) };
  const charts = [
    throughputChart(run, points),
    latencyChart(points),
    refusalChart(points),
    workersChart(points),
    cpuChart(run, points),
  ].flatMap((chart) =>
    chart.series.length === 0 ? [] : [{ ...chart, ...along, summary: summaryOf(chart) }],
  );
  return { charts, secondsPerPoint: Math.max(...points.map(({ seconds }) => seconds)) };
}

type Drawing = Omit<Chart, "x" | "along" | "summary">;

function throughputChart(run: LoadRun, points: readonly LoadInterval[]): Drawing {
  const perSecond = (of: (each: LoadInterval) => number) =>
    points.map((each) => rounded(of(each) / each.seconds));
  const asked = askedOverTime(run, points);
  const lines: ChartSeries[] = [
    {
      label: "accepted",
      color: "--pass",
      values: perSecond(({ messages }) => messages.accepted),
      fill: true,
    },
    { label: "deferred", color: "--warn", values: perSecond(({ messages }) => messages.deferred) },
    { label: "rejected", color: "--fail", values: perSecond(({ messages }) => messages.rejected) },
    {
      label: "lost",
      color: "--unknown",
      values: perSecond(({ messages }) => messages.uncertain + messages.failed),
    },
  ];
  return {
    id: "throughput",
    title: "Messages a second",
    note: "What became of the messages whose reply came in that second. Lost: the connection broke, before the final dot or after it.",
    unit: "rate",
    series: [
      ...lines.filter(({ label, values }) => label === "accepted" || hasAny(values)),
      ...(asked === undefined
        ? []
        : [{ label: "asked", color: "--quiet", values: asked, dash: true } satisfies ChartSeries]),
    ],
  };
}

function askedOverTime(run: LoadRun, points: readonly LoadInterval[]): number[] | undefined {
  if (run.steps !== undefined) {
    const targets = new Map(run.steps.map(({ scenario, target }) => [scenario, target]));
    return points.map(({ scenario }) => targets.get(scenario) ?? 0);
  }
  const rate = Number(run.parameters.RATE ?? Number.NaN);
  return ["throughput", "soak"].includes(run.scenario) && Number.isFinite(rate)
    ? points.map(() => rate)
    : undefined;
}

function latencyChart(points: readonly LoadInterval[]): Drawing {
  const line = (label: "p50" | "p95" | "p99" | "max", color: string): ChartSeries => ({
    label,
    color,
    // A logarithm has no place for nothing.
    values: points.map(({ [label]: value }) => (value === undefined || value <= 0 ? null : rounded(value))),
  });
  const series = [
    line("p50", "--pass"),
    line("p95", "--accent"),
    line("p99", "--warn"),
    line("max", "--fail"),
  ];
  return {
    id: "latency",
    title: "Time for a message",
    note: "From MAIL to the reply to the final dot, on a logarithmic scale. Max is the slowest single message.",
    unit: "ms",
    log: true,
    series: series.filter(({ values }) => hasAny(values)),
  };
}

function refusalChart(points: readonly LoadInterval[]): Drawing {
  const series: ChartSeries[] = [
    {
      label: "421 and 5xx",
      color: "--fail",
      values: points.map(({ refusals, seconds }) => rounded(refusals / seconds)),
      fill: true,
    },
    {
      label: "errors",
      color: "--unknown",
      values: points.map(({ errors, seconds }) => rounded(errors / seconds)),
    },
  ];
  return {
    id: "refusals",
    title: "Refusals and errors a second",
    note: "Replies 421 and 5xx of any phase, and connections that broke in place of a reply.",
    unit: "rate",
    series: series.filter(({ values }) => hasAny(values)),
  };
}

function workersChart(points: readonly LoadInterval[]): Drawing {
  const dropped = points.map((each) => rounded(each.dropped / each.seconds));
  return {
    id: "workers",
    title: "Virtual users and dropped work",
    note: "Virtual users of k6, each with a session of its own. Dropped: iterations a second that found none free.",
    unit: "count",
    series: [
      { label: "virtual users", color: "--accent", values: points.map(({ vus }) => vus), fill: true },
      ...(hasAny(dropped)
        ? [{ label: "dropped/s", color: "--fail", values: dropped } satisfies ChartSeries]
        : []),
    ],
  };
}

function cpuChart({ environment }: LoadRun, points: readonly LoadInterval[]): Drawing {
  const cores = Math.max(1, environment.cores);
  return {
    id: "cpu",
    title: "CPU of this machine",
    note: `Of ${cores} cores. Above about 80 % the client, not the relay, may be what is measured.`,
    unit: "percent",
    series: [
      {
        label: "k6",
        color: "--accent",
        values: points.map(({ cpu, seconds }) => rounded((cpu / seconds / cores) * 100)),
        fill: true,
      },
      ...(points.some(({ busy }) => busy !== undefined)
        ? [
            {
              label: "all programs",
              color: "--quiet",
              values: points.map(({ busy }) => (busy === undefined ? null : rounded(busy * 100))),
              dash: true,
            } satisfies ChartSeries,
          ]
        : []),
    ],
  };
}

/** Achieved against asked: where the line leaves the diagonal, the relay no longer keeps up. */
export function capacityChart({ steps, capacity }: LoadRun): Chart | undefined {
  if (steps === undefined || steps.length < 2) return undefined;
  const sorted = [...steps].sort((a, b) => a.target - b.target);
  const drawing: Drawing = {
    id: "capacity",
    title: "Achieved against asked",
    note: "One point a step. Where the line leaves the diagonal, the relay no longer keeps up.",
    unit: "rate",
    series: [
      {
        label: "accepted/s",
        color: "--accent",
        values: sorted.map(({ achieved }) => rounded(achieved)),
        points: true,
      },
      { label: "asked/s", color: "--quiet", values: sorted.map(({ target }) => target), dash: true },
    ],
    marks: [
      ...(capacity !== undefined && capacity.sustained > 0
        ? [{ x: capacity.sustained, label: "sustained", color: "--pass" }]
        : []),
      ...(capacity?.broken === undefined ? [] : [{ x: capacity.broken, label: "broke", color: "--fail" }]),
    ],
  };
  return {
    ...drawing,
    along: "rate",
    x: sorted.map(({ target }) => target),
    summary: summaryOf(drawing),
  };
}

function summaryOf({ title, unit, series }: Drawing): string {
  const ranges = series.map(({ label, values }) => {
    const known = values.filter((value) => value !== null);
    const [low, high] = known.reduce(
      ([least, most], value) => [Math.min(least, value), Math.max(most, value)],
      [Number.POSITIVE_INFINITY, 0],
    );
    return `${label} ${say(Number.isFinite(low) ? low : 0, unit)} to ${say(high, unit)}`;
  });
  return `${title}: ${ranges.join(", ")}`;
}

function say(value: number, unit: Unit): string {
  if (unit === "ms") return formatLatency(value);
  return unit === "percent" ? `${Math.round(value)} %` : formatRate(value);
}

/** `Each point covers …`: what was done to a long run so that it can be drawn. */
export function thinningNote(secondsPerPoint: number): string {
  if (secondsPerPoint <= 1.5) return "Each point is one second.";
  return (
    `Each point covers ${formatSpan(secondsPerPoint)}: rates are means over it, max is the slowest message in it, ` +
    "and p50, p95 and p99 are means of those of its intervals, weighted by messages."
  );
}

function hasAny(values: readonly (number | null)[]): boolean {
  return values.some((value) => value !== null && value > 0);
}

/** Four digits: the rest would only make the file long. */
function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
