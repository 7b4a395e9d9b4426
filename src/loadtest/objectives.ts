import { LOAD_PHASES, type LoadTotals, type Objective } from "../model/load-run.ts";
import { messagesOf } from "../model/load-timeline.ts";

/** A threshold of k6, taken apart: `smtp_message_duration{scenario:step_500}`, `p(99)<500`. */
export interface ParsedObjective {
  readonly metric: string;
  /** The scenario that it is about; undefined: all of them. */
  readonly scenario: string | undefined;
  /** "p(99)", "rate", "count", "max" … */
  readonly aggregate: string;
  /** 0 to 1, of "p(99)" and "med". */
  readonly share: number | undefined;
  readonly operator: string;
  readonly limit: number;
}

const METRIC = /^([^{]+)(?:\{(.*)\})?$/;
const EXPRESSION = /^\s*([a-z]+(?:\(\s*([\d.]+)\s*\))?)\s*(<=|>=|<|>|===|==|!=)\s*(-?[\d.]+)\s*$/;

/** Undefined for an expression that is none of k6's. */
export function parseObjective({ metric, expression }: Objective): ParsedObjective | undefined {
  const named = METRIC.exec(metric);
  const [, aggregate, percentile, operator, limit] = EXPRESSION.exec(expression) ?? [];
  if (named === null || aggregate === undefined || operator === undefined) return undefined;
  return {
    metric: named[1] ?? metric,
    scenario: scenarioOf(metric),
    aggregate,
    share: percentile === undefined ? (aggregate === "med" ? 0.5 : undefined) : Number(percentile) / 100,
    operator,
    limit: Number(limit),
  };
}

/** The scenario that the metric of a threshold is narrowed to. */
export function scenarioOf(metric: string): string | undefined {
  const tags = METRIC.exec(metric)?.[2]?.split(",") ?? [];
  for (const tag of tags) {
    const [name, value] = tag.split(":");
    if (name?.trim() === "scenario") return value?.trim().replaceAll(/^["']|["']$/g, "");
  }
  return undefined;
}

/** What broke, in words, with what was measured where that is known. */
export function failureOf(objective: Objective, totals: LoadTotals): string {
  const parsed = parseObjective(objective);
  const wanted = `objective: ${objective.expression.trim()}`;
  const measured = parsed === undefined ? undefined : measuredOf(parsed, totals);
  if (measured === undefined)
    return `${parsed?.metric ?? objective.metric}: ${objective.expression.trim()} did not hold`;
  return `${measured} (${wanted})`;
}

function measuredOf({ metric, aggregate, share }: ParsedObjective, totals: LoadTotals): string | undefined {
  const messages = judgedMessages(totals);
  const failed = messages - totals.messages.accepted;
  switch (metric) {
    case "dropped_iterations":
      return `${totals.dropped} iterations found no free VU and were dropped`;
    case "smtp_errors":
      return `${totals.errors.reduce((sum, { count }) => sum + count, 0)} transport errors`;
    case "smtp_message_failed":
      return messages === 0
        ? "no message was sent"
        : `${percent(failed / messages)} of the messages were not accepted`;
    case "smtp_message_deferred":
      return messages === 0
        ? "no message was sent"
        : `${percent(totals.messages.deferred / messages)} of the messages were deferred`;
  }
  const value = timeOf(totals, metric, aggregate);
  if (value === undefined) return undefined;
  const name = share === undefined ? aggregate : `p${share * 100}`;
  return `${name} of ${metric} was ${milliseconds(value)}`;
}

/** Messages that the rates of k6 are shares of: what was broken off on purpose is not among them. */
export function judgedMessages({ messages }: LoadTotals): number {
  return messagesOf(messages) - messages.aborted;
}

/** What a Trend of k6 is in the histograms of a record, milliseconds: `smtp_accepting`, `p(99)`. */
export function timeOf({ phases }: LoadTotals, metric: string, aggregate: string): number | undefined {
  const phase = LOAD_PHASES.find((name) => `smtp_${name}` === metric);
  const times = phase === undefined ? undefined : phases[phase];
  if (times === undefined) return undefined;
  const known = new Map<string, number>([
    ["p(50)", times.p50],
    ["med", times.p50],
    ["p(95)", times.p95],
    ["p(99)", times.p99],
    ["p(99.9)", times.p999],
    ["max", times.max],
    ["min", times.min],
    ["avg", times.mean],
  ]);
  return known.get(aggregate);
}

export function percent(share: number): string {
  return `${Number((share * 100).toPrecision(share < 0.1 ? 2 : 3))} %`;
}

export function milliseconds(ms: number): string {
  return ms >= 10_000 ? `${Number((ms / 1000).toPrecision(3))} s` : `${Number(ms.toPrecision(3))} ms`;
}
