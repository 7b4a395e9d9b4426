import type { DeliveryTotals, LoadTotals, Objective } from "../model/load-run.ts";
import { messagesOf } from "../model/load-timeline.ts";
import type { MergedRecord } from "./merged-record.ts";
import { judgedMessages, parseObjective, type ParsedObjective, timeOf } from "./objectives.ts";

/**
 * An objective judged on what all processes did together; undefined where their records do not tell, so that only what
 * each judged of its own part is known. A quantile of parts is none of the whole, and a rate may hold in one and not in all.
 */
export function judgeWhole(
  objective: Objective,
  { totals, parts }: Pick<MergedRecord, "totals" | "parts">,
  delivery?: DeliveryTotals,
): Objective | undefined {
  const parsed = parseObjective(objective);
  if (parsed === undefined) return undefined;
  // What must be so of nothing or of everything is so of the whole when it is so of each part.
  const value = ofDelivery(parsed, delivery) ?? measured(parsed, objective, totals, parts);
  if (value !== undefined) return { ...objective, ok: compare(value, parsed) };
  return isOfEach(parsed) ? objective : undefined;
}

function isOfEach({ aggregate, operator, limit }: ParsedObjective): boolean {
  const isAll = aggregate === "rate" && limit === 1;
  const isNone = (aggregate === "rate" || aggregate === "count") && limit === 0;
  return (isAll || isNone) && /^={2,3}$/.test(operator);
}

/** Each process sees the messages of all at the sink, and none knows which are its own. */
function ofDelivery({ metric, aggregate }: ParsedObjective, delivery?: DeliveryTotals): number | undefined {
  if (delivery === undefined) return undefined;
  if (metric === "delivery_transit_p99" && aggregate === "max") return delivery.transit?.p99;
  if (aggregate !== "count") return undefined;
  const { expected, arrived, lost, duplicated } = delivery;
  const counts = new Map([
    ["delivery_expected", expected],
    ["delivery_arrived", arrived],
    ["delivery_lost", lost],
    ["delivery_duplicated", duplicated],
  ]);
  return counts.get(metric);
}

function measured(
  { metric, scenario, aggregate }: ParsedObjective,
  { metric: full }: Objective,
  whole: LoadTotals,
  parts: MergedRecord["parts"],
): number | undefined {
  const isNarrower = full.includes("{") && (scenario === undefined || full.includes(","));
  const totals = scenario === undefined ? whole : parts.get(scenario);
  if (isNarrower || totals === undefined) return undefined;
  const messages = judgedMessages(totals);
  const share = (count: number): number | undefined => (messages === 0 ? undefined : count / messages);
  switch (`${metric} ${aggregate}`) {
    case "smtp_messages count":
      return messagesOf(totals.messages);
    case "smtp_message_failed rate":
      return share(messages - totals.messages.accepted);
    case "smtp_message_deferred rate":
      return share(totals.messages.deferred);
    case "dropped_iterations count":
      return totals.dropped;
    case "iterations count":
      return totals.iterations;
  }
  return timeOf(totals, metric, aggregate);
}

function compare(value: number, { operator, limit }: ParsedObjective): boolean {
  switch (operator) {
    case "<":
      return value < limit;
    case "<=":
      return value <= limit;
    case ">":
      return value > limit;
    case ">=":
      return value >= limit;
    case "!=":
      return value !== limit;
    default:
      return value === limit;
  }
}
