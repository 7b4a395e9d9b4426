import type { LoadRun } from "../../src/model/load-run.ts";
import { createRunBuilder, type RunContext, type RunEnding } from "../../src/loadtest/run.ts";

/** Index of the bucket by the definition: exponent and first six bits of the mantissa of the double. */
export function bucketOf(ns: number): number {
  const exponent = Math.floor(Math.log2(ns));
  const base = 2 ** exponent;
  // log2 is a little off just below powers of two.
  const e = ns < base ? exponent - 1 : ns >= 2 * base ? exponent + 1 : exponent;
  return e * 64 + Math.floor((ns / 2 ** e - 1) * 64);
}

/** A histogram as the record holds it. */
export function recordedHistogram(values: readonly number[]): {
  count: number;
  sum: number;
  min: number;
  max: number;
  buckets: [number, number][];
} {
  const buckets = new Map<number, number>();
  for (const ns of values) buckets.set(bucketOf(ns), (buckets.get(bucketOf(ns)) ?? 0) + 1);
  return {
    count: values.length,
    sum: values.reduce((sum, ns) => sum + ns, 0),
    min: values.length === 0 ? 0 : values.reduce((a, b) => Math.min(a, b)),
    max: values.length === 0 ? 0 : values.reduce((a, b) => Math.max(a, b)),
    buckets: [...buckets].sort(([a], [b]) => a - b),
  };
}

export const context: RunContext = {
  id: "k3v9x2ab",
  scenario: "throughput",
  target: { name: "relay-eu", host: "127.0.0.1", port: 2525, scheme: "smtp" },
  parameters: { RATE: "100" },
  environment: { mailgauge: "0.1.0", platform: "linux x64" },
  startedAt: "2026-11-22T13:00:00.000Z",
};

type Fields = Readonly<Record<string, unknown>>;

export function startLine(fields: Fields = {}): string {
  return JSON.stringify({
    type: "start",
    version: 1,
    module: "0.1.0",
    k6: "v2.2.0",
    time: "2026-11-22T13:40:00.000Z",
    cores: 2,
    pid: 7,
    scenarios: { default: { executor: "constant-arrival-rate" } },
    thresholds: {},
    segment: "0:1",
    ...fields,
  });
}

/** One second of one scenario: `accepted` messages of 2 ms each. */
export function intervalLine(at: number, accepted: number, fields: Fields = {}, name = "default"): string {
  const { cpu = 0.2, busy, ...counts } = fields;
  return JSON.stringify({
    type: "interval",
    at,
    seconds: 1,
    cpu,
    busy,
    tls: "TLSv1.3 X25519",
    scenarios: {
      [name]: {
        vus: 10,
        iterations: accepted,
        messages: { accepted },
        recipients: { accepted },
        octets: accepted * 1000,
        replies: { "accepting 250 2.0.0": accepted },
        ...(accepted > 0 ? { message_duration: { count: accepted, p50: 2, p95: 3, p99: 4, max: 5 } } : {}),
        ...counts,
      },
    },
  });
}

/** Everything since the start: `accepted` messages of `ms` each, of which `share` in each phase. */
export function snapshotLine(at: number, accepted: number, fields: Fields = {}, name = "default"): string {
  const { ms = 2, shares = { envelope: 0.1, sending: 0.1, accepting: 0.8 }, ...counts } = fields;
  const times = (share: number): ReturnType<typeof recordedHistogram> =>
    recordedHistogram(Array.from({ length: accepted }, (_, i) => Number(ms) * share * 1e6 + i));
  return JSON.stringify({
    type: "snapshot",
    at,
    scenarios: {
      [name]: {
        iterations: accepted,
        messages: { accepted },
        recipients: { accepted },
        octets: accepted * 1000,
        replies: { "accepting 250 2.0.0": accepted },
        phases: {
          connecting: recordedHistogram([100_000]),
          message_duration: times(1),
          ...Object.fromEntries(
            Object.entries(shares as object).map(([phase, share]) => [phase, times(Number(share))]),
          ),
        },
        ...counts,
      },
    },
  });
}

export function endLine(fields: Fields = {}): string {
  return JSON.stringify({
    type: "end",
    at: 3,
    thresholds: [{ metric: "smtp_message_failed", expression: "rate<0.01", ok: true }],
    aborted: false,
    error: "",
    ...fields,
  });
}

export const FINISHED: RunEnding = { end: "finished" };

export function built(
  lines: readonly string[],
  ending = FINISHED,
  changes: Partial<RunContext> = {},
): LoadRun {
  const builder = createRunBuilder({ ...context, ...changes });
  for (const line of lines) builder.add(line);
  return builder.build(ending);
}

export const span = { from: 0.2, to: 2.8 };
export const WHOLE = [
  startLine(),
  intervalLine(1, 100, span),
  intervalLine(2, 100, span),
  intervalLine(3, 100, span),
  snapshotLine(3, 300, span),
  endLine(),
];
