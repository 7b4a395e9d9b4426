import { z } from "zod";
import { CAUSE_CODES, FAULT_CODES, FAULT_DETAILS, SMTP_PHASES } from "../../model/codes.ts";

/**
 * Shapes of the answers of `/api/v1`: the source of the OpenAPI document, and what the tests hold the answers against.
 * Open on purpose (`looseObject`): a field may be added in a minor version.
 */
const verdict = z.enum(["pass", "warn", "fail", "unknown"]).describe("`unknown`: it could not be found out.");

const phase = z.looseObject({
  name: z.enum(SMTP_PHASES),
  startMs: z.number().describe("Milliseconds since the observation began."),
  durationMs: z.number(),
  outcome: z.enum(["ok", ...FAULT_CODES]),
  n: z
    .number()
    .int()
    .optional()
    .describe("2 for the second phase of one name, such as the EHLO after STARTTLS."),
});

const reply = z.looseObject({
  code: z.number().int(),
  enhanced: z.string().optional().describe("Enhanced status code (RFC 3463)."),
  lines: z.array(z.string()),
});

const finding = z.looseObject({
  id: z.string(),
  verdict,
  message: z.string(),
  rfc: z.string().optional(),
  remedy: z.string().optional(),
});

const fault = z
  .looseObject({
    code: z.enum(FAULT_CODES),
    phase: z.enum(SMTP_PHASES),
    message: z.string(),
    detail: z.enum(FAULT_DETAILS).optional().describe("What the code leaves open."),
    reply: reply.optional(),
  })
  .describe("What was seen on the wire.");

const cause = z
  .looseObject({
    code: z.enum(CAUSE_CODES),
    certainty: z.enum(["certain", "likely", "possible"]),
    evidence: z.array(z.string()),
    remedy: z.string(),
  })
  .describe("What it means to the person who must act.");

export const observationSchema = z
  .looseObject({
    id: z.string(),
    target: z.string(),
    probe: z.string(),
    startedAt: z.number().describe("Milliseconds since the epoch."),
    durationMs: z.number(),
    phases: z.array(phase),
    evidence: z
      .record(z.string(), z.unknown())
      .describe("What the probe noted; depends on the probe. Empty in older runs where memory was short."),
    findings: z.array(finding),
    fault: fault.optional(),
    cause: cause.optional(),
    verdict,
  })
  .describe("What one run of one probe found.");

const targetJob = z.looseObject({
  job: z.string().describe("Stable id of the job."),
  probe: z.string(),
  timeoutMs: z.number(),
  intervalMs: z.number().optional(),
  cron: z.string().optional().describe("Cron expression in UTC."),
  nextRun: z.number().optional().describe("Milliseconds since the epoch."),
  verdict: verdict.optional().describe("Of the last run; absent before the first."),
  cause: z.enum(CAUSE_CODES).optional(),
  remedy: z.string().optional(),
  lastRun: z.number().optional().describe("Milliseconds since the epoch."),
  observation: z.string().optional().describe("Id of the last observation."),
});

export const targetSchema = z.looseObject({
  name: z.string(),
  kind: z.enum(["relay", "domain", "address", "route"]),
  labels: z.record(z.string(), z.string()),
  verdict: verdict.optional().describe("The worst of its probes; absent before the first run."),
  jobs: z.array(targetJob),
});

export const observationsAnswer = z.looseObject({ observations: z.array(observationSchema) });
export const targetsAnswer = z.looseObject({ targets: z.array(targetSchema) });
export const errorAnswer = z.looseObject({ error: z.string().describe("One sentence for a person.") });

export type TargetAnswer = z.output<typeof targetSchema>;

export const observationsQuery = z.strictObject({
  target: z.string().optional().describe("Name of a target."),
  probe: z.string().optional().describe("Kind of a probe."),
  verdict: verdict.optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100).describe("Newest first, at most so many."),
});
