import * as z from "zod";
import type { Objective } from "../model/load-run.ts";
import { answerText } from "./answer-text.ts";
import { LoadtestError } from "./loadtest-error.ts";

export interface PrometheusQuestion {
  /** Base URL, without `/api/v1/…`. */
  readonly url: string;
  /** What the series of the run carry as `testid`. */
  readonly id: string;
  /** Largest share of messages that are not accepted. */
  readonly errors: number;
  /** Milliseconds; not judged without it. */
  readonly p99Ms?: number;
  readonly login?: PrometheusLogin;
  readonly timeoutMs?: number;
}

/** As k6's remote write takes it from its environment. */
export interface PrometheusLogin {
  readonly authorization: string;
}

const TIMEOUT_MS = 15_000;

const answerSchema = z.object({
  status: z.string(),
  error: z.string().optional(),
  data: z
    .object({
      result: z.array(
        z.object({ metric: z.record(z.string(), z.string()), value: z.tuple([z.number(), z.string()]) }),
      ),
    })
    .optional(),
});

/**
 * The verdict on a run out of what all of its processes have sent to Prometheus: k6 itself merges neither counts nor
 * percentiles of several processes. Rejects with `LoadtestError` when Prometheus cannot be asked, or knows nothing.
 */
export async function prometheusVerdict(question: PrometheusQuestion): Promise<readonly Objective[]> {
  const { errors, p99Ms } = question;
  const messages = await ask(question, `sum by (outcome) (${series("smtp_messages_total", question.id)})`);
  const total = sum(messages, () => true);
  if (total === 0) throw nothingKnown(question);
  const notAccepted = sum(messages, (outcome) => outcome !== "accepted") / total;
  const broken = sum(await ask(question, `sum(${series("smtp_errors_total", question.id)})`), () => true);
  const dropped = sum(
    await ask(question, `sum(${series("dropped_iterations_total", question.id)})`),
    () => true,
  );
  return [
    objective("smtp_messages not accepted", `share<=${errors}`, notAccepted, notAccepted <= errors),
    objective("smtp_errors", "count==0", broken, broken === 0),
    objective("dropped_iterations", "count==0", dropped, dropped === 0),
    ...(p99Ms === undefined ? [] : [await latency(question, p99Ms)]),
  ];
}

async function latency(question: PrometheusQuestion, p99Ms: number): Promise<Objective> {
  const histogram = `sum(${series("smtp_message_duration_seconds", question.id)})`;
  const [first] = await ask(question, `histogram_quantile(0.99, ${histogram})`);
  const seconds = Number(first?.value[1] ?? "NaN");
  if (Number.isNaN(seconds))
    throw new LoadtestError(
      `Prometheus at ${question.url} has no histogram of the run ${question.id}`,
      "It must take native histograms: version 3, or 2.40 and later with --enable-feature=native-histograms.",
      "broken",
    );
  return objective("smtp_message_duration", `p(99)<${p99Ms}`, seconds * 1000, seconds * 1000 < p99Ms);
}

function objective(metric: string, expression: string, value: number, ok: boolean): Objective {
  return {
    metric: `prometheus: ${metric}`,
    expression: `${expression} (${Number(value.toPrecision(3))})`,
    ok,
  };
}

/**
 * Of the last five minutes, which is Prometheus' own look-back: `last_over_time` of a native histogram is empty before
 * version 3.
 */
function series(metric: string, id: string): string {
  return `k6_${metric}{testid=${JSON.stringify(id)}}`;
}

type Series = {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
};

function sum(series: readonly Series[], wanted: (outcome: string) => boolean): number {
  return series
    .filter(({ metric }) => wanted(metric.outcome ?? ""))
    .reduce((total, { value }) => total + Number(value[1]), 0);
}

async function ask(question: PrometheusQuestion, query: string): Promise<readonly Series[]> {
  const { url, login, timeoutMs = TIMEOUT_MS } = question;
  let text: string;
  let status: number;
  try {
    const response = await fetch(`${url}/api/v1/query`, {
      method: "POST",
      body: new URLSearchParams({ query }),
      redirect: "error",
      signal: AbortSignal.timeout(timeoutMs),
      ...(login === undefined ? {} : { headers: { authorization: login.authorization } }),
    });
    status = response.status;
    text = await answerText(response);
  } catch (error) {
    throw unreachable(url, error, timeoutMs);
  }
  const answer = answerSchema.safeParse(parse(text));
  if (!answer.success)
    throw new LoadtestError(`${url} answers ${status}, and not as Prometheus does`, REMEDY_URL, "broken");
  if (answer.data.status !== "success")
    throw new LoadtestError(
      `Prometheus at ${url} refuses a query: ${answer.data.error ?? "without a reason"}`,
      REMEDY_URL,
      "broken",
    );
  return answer.data.data?.result ?? [];
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const REMEDY_URL = "Give --prometheus its base URL, such as http://127.0.0.1:9090.";

function unreachable(url: string, error: unknown, timeoutMs: number): LoadtestError {
  const { name, message, cause } = error as Error;
  const why = cause instanceof Error ? cause.message : message;
  const reason = name === "TimeoutError" ? `no answer within ${timeoutMs / 1000} s` : why;
  return new LoadtestError(`Prometheus at ${url} cannot be asked: ${reason}`, REMEDY_URL, "broken");
}

function nothingKnown({ url, id }: PrometheusQuestion): LoadtestError {
  return new LoadtestError(
    `Prometheus at ${url} knows no messages of the run ${id}`,
    "It must take remote write (--web.enable-remote-write-receiver), and the run must have sent to it in the last five minutes.",
    "broken",
  );
}
