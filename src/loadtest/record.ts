import { z } from "zod";
import { LOAD_OUTCOMES, LOAD_PHASES } from "../model/load-run.ts";

/** Longer lines are not taken for lines of a record: a snapshot of one scenario has some 200 kB. */
const MAX_LINE = 4 * 1024 * 1024;
const LAYOUT = 1;

const count = z.int().min(0);
const seconds = z.number().min(0);
const tally = z.record(z.string().max(200), count).default({});
const outcomes = z
  .object(Object.fromEntries(LOAD_OUTCOMES.map((outcome) => [outcome, count.default(0)])))
  .prefault({});

const counts = {
  iterations: count.default(0),
  dropped: count.default(0),
  messages: outcomes,
  recipients: outcomes,
  octets: count.default(0),
  sessions: z.object({ opened: count.default(0), failed: count.default(0) }).prefault({}),
  handshakes: z.object({ full: count.default(0), resumed: count.default(0) }).prefault({}),
  replies: tally,
  errors: tally,
  /** Begin and end of the work so far; absent until an iteration has ended. */
  from: z.number().optional(),
  to: z.number().optional(),
};

const start = z.object({
  type: z.literal("start"),
  version: z.int(),
  module: z.string().max(100),
  k6: z.string().max(100),
  time: z.iso.datetime({ offset: true }),
  cores: z.int().min(1),
  scenarios: z.record(z.string(), z.object({ executor: z.string() })),
});

const interval = z.object({
  type: z.literal("interval"),
  at: seconds,
  seconds,
  cpu: seconds,
  busy: z.number().min(0).max(1).optional(),
  tls: z.string().max(100).optional(),
  scenarios: z.record(
    z.string(),
    z.object({
      ...counts,
      vus: count,
      message_duration: z
        .object({ count, p50: seconds, p95: seconds, p99: seconds, max: seconds })
        .optional(),
    }),
  ),
});

const histogram = z.object({
  count,
  sum: z.number().min(0),
  // Nanoseconds of many days are beyond the integers that a number holds exactly; that is exact enough here.
  min: z.number().min(0),
  max: z.number().min(0),
  buckets: z.array(z.tuple([count, count.min(1)])),
});

const snapshot = z.object({
  type: z.literal("snapshot"),
  at: seconds,
  scenarios: z.record(
    z.string(),
    z.object({ ...counts, phases: z.partialRecord(z.enum(LOAD_PHASES), histogram) }),
  ),
});

const end = z.object({
  type: z.literal("end"),
  at: seconds,
  thresholds: z.array(z.object({ metric: z.string(), expression: z.string(), ok: z.boolean() })),
  aborted: z.boolean(),
  reason: z.string().optional(),
  error: z.string(),
  late: count.default(0),
});

const LINES = { start, interval, snapshot, end };

type StartLine = z.infer<typeof start>;
export type IntervalLine = z.infer<typeof interval>;
export type SnapshotLine = z.infer<typeof snapshot>;
export type EndLine = z.infer<typeof end>;
export type RecordedCounts = Omit<SnapshotLine["scenarios"][string], "phases">;

/** `other`: a kind of line of which this version knows nothing; `problem`: no line of a record at all. */
export type RecordLine =
  | StartLine
  | IntervalLine
  | SnapshotLine
  | EndLine
  | { readonly type: "other" }
  | { readonly type: "problem"; readonly message: string };

/** One line of what `k6 run --out smtp-record` writes. Never throws, whatever the line is. */
export function parseRecordLine(line: string): RecordLine {
  if (line.length > MAX_LINE) return problem(`longer than ${MAX_LINE} characters`);
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return problem("no JSON");
  }
  if (typeof value !== "object" || value === null || !("type" in value))
    return problem("no object with a type");
  const { type } = value;
  if (typeof type !== "string" || !isKnown(type)) return { type: "other" };
  const read: z.ZodSafeParseResult<StartLine | IntervalLine | SnapshotLine | EndLine> =
    LINES[type].safeParse(value);
  if (!read.success) {
    const [issue] = read.error.issues;
    return problem(`${type}: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? "invalid"}`);
  }
  if (read.data.type === "start" && read.data.version !== LAYOUT)
    return problem(
      `the record has layout ${read.data.version}, this mailgauge reads ${LAYOUT}: use the k6 that came with it`,
    );
  return read.data;
}

function isKnown(type: string): type is keyof typeof LINES {
  return Object.hasOwn(LINES, type);
}

function problem(message: string): RecordLine {
  return { type: "problem", message: message.slice(0, 300) };
}
