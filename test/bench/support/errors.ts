import type { Measured } from "../workers/observer-worker.ts";
import type { Truth } from "../workers/smtp-server-worker.ts";
import type { Stage } from "./stage.ts";

const NO_DELAY = ["connect"];
/** Steps of the server in one dialogue, the second EHLO included. */
const STEPS = 10;

/** Errors in milliseconds, without sign: what was measured against what the server did by its own clock. */
export interface Errors {
  readonly phases: ReadonlyMap<string, readonly number[]>;
  readonly totals: readonly number[];
}

/** The server notes its steps in the order of the phases, `ehlo` twice; nothing is known of `connect`: it takes no time. */
export function errorsOf(measured: readonly Measured[], truths: readonly Truth[]): Errors {
  const byClient = new Map(truths.map((truth) => [truth.client, truth.steps]));
  const phases = new Map<string, number[]>();
  const totals: number[] = [];
  for (const { client, durationMs, verdict, phases: seen } of measured) {
    const steps = [...(byClient.get(client) ?? [])];
    if (verdict !== "pass" || steps.length !== STEPS)
      throw new Error(`${client}: ${verdict}, ${steps.length} steps`);
    totals.push(Math.abs(durationMs - steps.reduce((sum, { ms }) => sum + ms, 0)));
    for (const phase of seen) {
      const truth = NO_DELAY.includes(phase.name) ? 0 : (steps.shift()?.ms ?? Number.NaN);
      const errors = phases.get(phase.name) ?? [];
      phases.set(phase.name, errors);
      errors.push(Math.abs(phase.durationMs - truth));
    }
  }
  return { phases, totals };
}

export async function delayEachStep(stage: Stage, stepMs: number): Promise<void> {
  const steps = ["banner", "ehlo", "starttls", "tls", "mail", "rcpt", "data", "body", "quit"];
  const delays = Object.fromEntries(steps.map((step) => [step, stepMs]));
  // We wait for the reply to QUIT no longer than a second.
  delays["quit"] = Math.min(stepMs, 500);
  await stage.server.call("behave", { delays, record: true });
}

/** Clients say goodbye before the server has closed their connections: it notes a client when it has. */
export async function truthsOf(stage: Stage): Promise<readonly Truth[]> {
  while ((await stage.server.call("count", undefined)).open > 0) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return stage.server.call("truths", undefined);
}
