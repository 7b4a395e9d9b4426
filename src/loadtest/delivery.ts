import * as z from "zod";
import type { DeliveryTotals, Distribution } from "../model/load-run.ts";
import { answerText } from "./answer-text.ts";
import { LoadtestError } from "./loadtest-error.ts";
import { decodeHistogram, distributionOf, type HistogramRecord } from "./histogram.ts";

const TIMEOUT_MS = 10_000;

/** What mailgauge-sink says of a run: `GET /api/v1/runs/RUN`. */
const answerSchema = z.object({
  arrived: z.int().nonnegative(),
  duplicates: z.int().nonnegative(),
  transit: z
    .object({
      histogram: z
        .object({
          count: z.number(),
          sum: z.number(),
          min: z.number(),
          max: z.number(),
          buckets: z.array(z.tuple([z.int().nonnegative(), z.int().nonnegative()])).max(8192),
        })
        .nullable(),
    })
    .optional(),
});

const refusalSchema = z.object({ error: z.string().startsWith("run: ") });

export type SinkAnswer = z.output<typeof answerSchema>;

/** Asks the sink behind the relay what arrived of a run; nothing when it cannot say. Never rejects. */
export async function askSink(url: string, id: string): Promise<SinkAnswer | undefined> {
  try {
    const response = await fetch(`${url.replace(/\/+$/, "")}/api/v1/runs/${id}`, {
      redirect: "error",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const value: unknown = JSON.parse(await answerText(response));
    // So it answers as long as no message of the run has come: then all are missing, and not merely unknown.
    if (response.status === 404 && refusalSchema.safeParse(value).success)
      return { arrived: 0, duplicates: 0 };
    const answer = answerSchema.safeParse(value);
    return answer.success ? answer.data : undefined;
  } catch {
    // The scenario has said already what it makes of a sink that does not answer.
    return undefined;
  }
}

/** Rejects with `LoadtestError` when no sink answers there: what the run is about could not be known later. */
export async function requireSink(url: string): Promise<void> {
  let why: string;
  try {
    const response = await fetch(`${url.replace(/\/+$/, "")}/-/healthy`, {
      redirect: "error",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await answerText(response);
    if (response.ok) return;
    why = `it answers ${response.status}`;
  } catch (error) {
    const { message, cause } = error as Error;
    why = cause instanceof Error ? cause.message : message;
  }
  throw new LoadtestError(
    `no mailgauge-sink answers at ${url}: ${why}`,
    "Start one behind the relay, with --http, and give -e SINK_URL=URL; or load one without a relay: --sink.",
    "broken",
  );
}

/** `accepted`: messages that the relay took, and so owes to the sink. */
export function deliveryTotals(
  accepted: number,
  { arrived, duplicates, transit }: SinkAnswer,
): DeliveryTotals {
  const spread = distributionFrom(transit?.histogram ?? undefined);
  return {
    expected: accepted,
    arrived,
    lost: Math.max(0, accepted - arrived),
    duplicated: duplicates,
    ...(spread === undefined ? {} : { transit: spread }),
  };
}

function distributionFrom(record: HistogramRecord | undefined): Distribution | undefined {
  const histogram = record === undefined ? undefined : decodeHistogram(record);
  return histogram === undefined ? undefined : distributionOf(histogram);
}
