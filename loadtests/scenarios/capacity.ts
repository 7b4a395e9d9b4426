import type { Options } from "k6/options";
import { mail, sending } from "../lib/mail.ts";
import { aliveness, allOf, objectives, p99 } from "../lib/objectives.ts";
import * as params from "../lib/params.ts";
import { describe, openModel, stepRates } from "../lib/rates.ts";
import { constantRate, inTurn, startsOf, type Timed } from "../lib/scenarios.ts";
import { client } from "../lib/target.ts";

/**
 * Rising rates until an objective breaks: how many messages a second does the relay take, and what fails first?
 *
 * Each rate is held for a step, with two seconds of rest before the next; the first step that breaks an objective ends the run (and k6 fails). The capacity lies
 * between it and the step before: give them as LOW and HIGH to look closer. A closed loop could not find it: it sends
 * less as soon as the relay takes longer.
 *
 * @param START 50 - first rate, messages a second
 * @param FACTOR 1.5 - each step's rate against the one before
 * @param STEPS 10 - number of steps
 * @param STEP_DURATION 20s - length of each
 * @param LOW none - with HIGH: first rate of equal steps in place of START and FACTOR
 * @param HIGH none - last rate of them
 * @param SIZE 1KB - size of a message
 * @param RECIPIENTS 1 - recipients of a message
 * @param P99 1s - longest 99th percentile of the time of a message
 * @param ERRORS 0.01 - largest share of messages that the relay does not accept
 * @param BATCH none - messages an iteration; without it 1, or what the highest rate needs
 * @param WINDOW 1 - messages in flight on a connection in a batch; more than 1 needs CHUNKING=yes
 * @param STALL 1s - stall of the relay that the VUs shall sit out
 * @param MAX_VUS 100 - most VUs, which are sessions, that STALL may ask for
 * @param VUS none - VUs, in place of what the rate and STALL ask for
 * @param SEED 1 - seed of the text
 */
const rates = stepRates(plan());
const highest = openModel(Math.max(...rates));
const seconds = params.seconds("STEP_DURATION", "20s");

// One size of batch and one number of sessions for all steps: only the rate may differ between them.
const steps: Record<string, Timed> = Object.fromEntries(
  rates.map((rate) => [`step_${rate}`, constantRate({ ...highest, rate }, seconds)]),
);

/** What is judged before has too few messages for a percentile. */
const settled = Math.min(5, seconds / 2);

export const options: Options = {
  scenarios: inTurn(steps),
  thresholds: allOf(
    aliveness(),
    ...Object.entries(startsOf(steps)).map(([scenario, begin]) =>
      objectives({ scenario, p99: p99(), abortAfter: begin + settled }),
    ),
  ),
};

export function setup(): void {
  console.info(
    `steps of ${seconds} s: ${rates.join(", ")} messages a second; the last: ${describe(highest)}`,
  );
}

export default sending(client(), mail(), highest.batch);

function plan(): Parameters<typeof stepRates>[0] {
  const stepCount = params.count("STEPS", 10, { max: 100 });
  const low = params.optionalCount("LOW", {}, 400);
  const high = params.optionalCount("HIGH", {}, 600);
  if (low === undefined && high === undefined) {
    return {
      steps: stepCount,
      start: params.count("START", 50),
      factor: params.number("FACTOR", 1.5, { min: 1.01, max: 10 }),
    };
  }
  if (low === undefined) throw params.wrong("LOW", "a rate together with HIGH", "400");
  if (high === undefined || high <= low) throw params.wrong("HIGH", "a rate above LOW", String(low + 200));
  return { steps: stepCount, low, high };
}
