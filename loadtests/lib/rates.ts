import * as params from "./params.ts";

/** One message an iteration up to here: beyond, k6's own work for each iteration would set the pace. */
const MOST_ITERATIONS = 3_000;

/** In batches so many iterations a second suffice, and leave the machine to the messages. */
const BATCHED_ITERATIONS = 500;

/** How an arrival rate is made. */
export interface Load {
  /** Messages a second. */
  readonly rate: number;
  /** Messages an iteration. */
  readonly batch: number;
  /** Each has a session of its own. */
  readonly vus: number;
}

/**
 * What an open model needs for `rate` messages a second: BATCH, or batches above `mostIterations` a second, and as many
 * VUs as iterations begin while the relay stalls for STALL, but no more than MAX_VUS: a VU is a session, and a session
 * that the relay has no process for waits in its backlog. VUS overrules both.
 */
export function openModel(rate: number, mostIterations = MOST_ITERATIONS): Load {
  const batched = Math.ceil(rate / Math.min(mostIterations, BATCHED_ITERATIONS));
  const batch = params.optionalCount("BATCH", {}, 10) ?? (rate > mostIterations ? batched : 1);
  const most = params.count("MAX_VUS", 100);
  const wanted = Math.max(4, Math.ceil((rate / batch) * params.seconds("STALL", "1s")));
  return { rate, batch, vus: params.optionalCount("VUS", {}, 50) ?? Math.min(most, wanted) };
}

/** In words what an open model will do, and which stall of the relay its VUs can sit out. */
export function describe(load: Load): string {
  const stall = (load.vus * load.batch) / load.rate;
  const batches = load.batch === 1 ? "one an iteration" : `in batches of ${load.batch}`;
  return (
    `${load.rate} messages a second, ${batches}, over ${load.vus} sessions: ` +
    `a stall of the relay of more than ${stall.toPrecision(2)} s drops iterations and fails the run`
  );
}

/**
 * The rates of a capacity test, in whole messages a second, each once. From `start`, each `factor` times the one
 * before; or, with `low` and `high`, in equal distances between them, both included.
 */
export function stepRates(plan: StepPlan): number[] {
  const { steps } = plan;
  const at = (index: number): number =>
    "low" in plan
      ? plan.low + ((plan.high - plan.low) * index) / Math.max(1, steps - 1)
      : plan.start * plan.factor ** index;
  return [...new Set(Array.from({ length: steps }, (_, index) => Math.round(at(index))))];
}

type StepPlan = { readonly steps: number } & (
  | { readonly start: number; readonly factor: number }
  | { readonly low: number; readonly high: number }
);
