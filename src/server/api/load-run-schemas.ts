import { z } from "zod";
import { LOAD_OUTCOMES, LOAD_PHASES } from "../../model/load-run.ts";

/** Shapes of the answers about load tests: the OpenAPI document is made from them, and tests hold answers against them. */
const verdict = z.enum(["pass", "warn", "fail", "unknown"]);

const counts = z
  .record(z.enum(LOAD_OUTCOMES), z.number().int())
  .describe("By outcome: accepted, deferred, rejected, uncertain, failed, aborted.");

const distribution = z
  .looseObject({
    count: z.number().int(),
    mean: z.number(),
    min: z.number(),
    p50: z.number(),
    p95: z.number(),
    p99: z.number(),
    p999: z.number(),
    max: z.number(),
  })
  .describe("Milliseconds.");

const totals = z.looseObject({
  seconds: z.number().describe("In which there was work."),
  iterations: z.number().int(),
  dropped: z.number().int().describe("Iterations that were asked for and never begun."),
  messages: counts,
  recipients: counts,
  octets: z.number(),
  sessions: z.looseObject({ opened: z.number().int(), failed: z.number().int() }),
  handshakes: z.looseObject({ full: z.number().int(), resumed: z.number().int() }),
  replies: z.array(
    z.looseObject({
      phase: z.string(),
      code: z.number().int(),
      enhanced: z.string(),
      count: z.number().int(),
    }),
  ),
  errors: z.array(z.looseObject({ phase: z.string(), error: z.string(), count: z.number().int() })),
  phases: z.partialRecord(z.enum(LOAD_PHASES), distribution),
});

const summary = z.looseObject({
  id: z.string(),
  startedAt: z.string().describe("RFC 3339."),
  scenario: z.string(),
  target: z.string(),
  verdict,
  seconds: z.number(),
  messages: z.number().int().describe("Of every outcome."),
  rate: z.number().describe("Accepted messages a second."),
});

export const loadRunSchema = z
  .looseObject({
    version: z.literal(1).describe("Layout of this object."),
    id: z.string(),
    scenario: z.string(),
    startedAt: z.string().describe("RFC 3339."),
    target: z.looseObject({
      name: z.string(),
      host: z.string(),
      port: z.number().int(),
      scheme: z.string(),
      tls: z.string().optional(),
    }),
    parameters: z.record(z.string(), z.string()),
    environment: z.looseObject({
      mailgauge: z.string(),
      k6: z.string(),
      module: z.string(),
      cores: z.number(),
      platform: z.string(),
    }),
    end: z.enum(["finished", "stopped", "interrupted", "broken"]),
    endReason: z.string().optional(),
    verdict,
    objectives: z.array(z.looseObject({ metric: z.string(), expression: z.string(), ok: z.boolean() })),
    totals,
    intervals: z.array(
      z.looseObject({
        at: z.number().describe("Seconds since the start at which it ended."),
        seconds: z.number(),
        scenario: z.string(),
        vus: z.number(),
        dropped: z.number(),
        messages: counts,
        refusals: z.number(),
        errors: z.number(),
        cpu: z.number(),
        busy: z.number().optional().describe("Share of all cores of the machine that was at work."),
        p50: z.number().optional(),
        p95: z.number().optional(),
        p99: z.number().optional(),
        max: z.number().optional(),
      }),
    ),
    steps: z
      .array(
        z.looseObject({ scenario: z.string(), target: z.number(), achieved: z.number(), ok: z.boolean() }),
      )
      .optional(),
    capacity: z
      .looseObject({
        sustained: z.number(),
        broken: z.number().optional(),
        confidence: z.number().optional(),
      })
      .optional(),
    delivery: z
      .looseObject({
        expected: z.number(),
        arrived: z.number(),
        lost: z.number(),
        duplicated: z.number(),
      })
      .optional(),
    bottleneck: z.looseObject({ kind: z.string(), sentence: z.string(), evidence: z.array(z.string()) }),
  })
  .describe("One load test, whole: what `mailgauge loadtest --json` prints.");

export const loadRunsAnswer = z.looseObject({ loadRuns: z.array(summary) });

export const loadRunsQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(500).default(50).describe("Newest first, at most so many."),
});
