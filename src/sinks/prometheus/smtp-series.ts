import type { PhaseName } from "../../model/codes.ts";
import type { SmtpEvidence } from "../../model/evidence.ts";
import type { Observation } from "../../model/observation.ts";
import type { Job } from "../../model/probe.ts";
import type { CountedReply } from "../../model/smtp.ts";
import type { Declared, RecordRun } from "./probe-series.ts";
import type { SubjectRegistry } from "./subject-registry.ts";
import { tlsUseOf } from "./tls-use.ts";

/** Label sets of `smtp_replies_total` for one probe of one target; past it, replies are counted by class (`4xx`). */
export const MAX_REPLY_SERIES = 100;

/** RFC 3463 section 2: class 2, 4 or 5, subject and detail of up to three digits, without leading zeros. */
const ENHANCED_CODE = /^[245]\.(?:0|[1-9]\d{0,2})\.(?:0|[1-9]\d{0,2})$/;

const RESULTS = ["accepted", "deferred", "rejected", "uncertain"] as const;

/** Replies, submissions and STARTTLS of a relay, for each probe that holds an SMTP conversation. */
export function smtpSeries(registry: SubjectRegistry, job: Job, declared: Declared): RecordRun {
  const countReply = replyCounter(registry, job.subject.name);
  const submitted = declared.phases.includes("body")
    ? submissionCounter(registry, job.subject.name)
    : undefined;
  const starttls = tlsUseOf(job, declared).starttls
    ? registry.gauge("starttls_offered").labels({ target: job.subject.name })
    : undefined;
  starttls?.set(Number.NaN);

  return (observation: Observation<SmtpEvidence>) => {
    const { evidence } = observation;
    for (const reply of evidence.replies ?? []) countReply(reply);
    if (evidence.submission !== undefined) submitted?.(evidence.submission);
    starttls?.set(evidence.starttlsOffered === true ? 1 : 0);
  };
}

function submissionCounter(registry: SubjectRegistry, target: string) {
  const counter = registry.counter("submissions_total");
  const children = new Map(RESULTS.map((result) => [result, counter.labels({ target, result })]));
  for (const child of children.values()) child.inc(0);
  return (result: (typeof RESULTS)[number]): void => children.get(result)?.inc();
}

function replyCounter(registry: SubjectRegistry, target: string) {
  const counter = registry.counter("smtp_replies_total");
  const children = new Map<string, { inc(): void }>();
  const create = (phase: PhaseName, code: string, enhanced: string) =>
    counter.labels({ target, phase, code, enhanced_code: enhanced });
  return ({ phase, code, enhanced }: CountedReply): void => {
    const label = enhancedLabel(enhanced);
    const key = `${phase} ${code} ${label}`;
    let child = children.get(key);
    if (child === undefined) {
      if (children.size >= MAX_REPLY_SERIES) {
        create(phase, replyClass(code), "other").inc();
        return;
      }
      child = create(phase, String(code), label);
      children.set(key, child);
    }
    child.inc();
  };
}

function replyClass(code: number): string {
  return code >= 200 && code < 600 ? `${Math.floor(code / 100)}xx` : "other";
}

function enhancedLabel(enhanced: string | undefined): string {
  if (enhanced === undefined) return "none";
  return ENHANCED_CODE.test(enhanced) ? enhanced : "other";
}
