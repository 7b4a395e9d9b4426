import type { Options } from "k6/options";
import { mail, sending } from "../lib/mail.ts";
import { aliveness, allOf, objectives, p99 } from "../lib/objectives.ts";
import * as params from "../lib/params.ts";
import { describe, openModel } from "../lib/rates.ts";
import { constantRate, inTurn, rampingRate } from "../lib/scenarios.ts";
import { client } from "../lib/target.ts";

/**
 * A quiet rate, a sudden peak, the quiet rate again: does the relay recover?
 *
 * Four parts: `base`, `peak`, `settle` (judged by errors only) and `recovery`, which must be as good as `base` was
 * asked to be. The sessions are the same in all.
 *
 * @param RATE 20 - messages a second before and after
 * @param PEAK 200 - messages a second at the peak
 * @param DURATION 30s - length of base and of recovery, each
 * @param PEAK_DURATION 20s - length of the peak
 * @param RAMP 2s - time from RATE to PEAK, and back
 * @param SETTLE 10s - time after the peak until the relay must be as before
 * @param P99 1s - longest 99th percentile of the time of a message, before and after
 * @param PEAK_P99 5s - the same at the peak
 * @param ERRORS 0.01 - largest share of messages that the relay does not accept, in each part
 * @param SIZE 1KB - size of a message
 * @param RECIPIENTS 1 - recipients of a message
 * @param BATCH none - messages an iteration; without it 1, or what PEAK needs
 * @param WINDOW 1 - messages in flight on a connection in a batch; more than 1 needs CHUNKING=yes
 * @param STALL 1s - stall of the relay that the VUs shall sit out
 * @param MAX_VUS 100 - most VUs, which are sessions, that STALL may ask for
 * @param VUS none - VUs, in place of what PEAK and STALL ask for
 * @param SEED 1 - seed of the text
 */
const peak = openModel(params.count("PEAK", 200));
const base = { ...peak, rate: params.count("RATE", 20) };
if (base.rate >= peak.rate)
  throw params.wrong("PEAK", `a rate above RATE (${base.rate})`, String(base.rate * 10));

const seconds = params.seconds("DURATION", "30s");
const held = params.seconds("PEAK_DURATION", "20s");

export const options: Options = {
  scenarios: inTurn({
    base: constantRate(base, seconds),
    peak: rampingRate(base, peak, params.seconds("RAMP", "2s"), held),
    settle: constantRate(base, params.seconds("SETTLE", "10s")),
    recovery: constantRate(base, seconds),
  }),
  thresholds: allOf(
    objectives({ scenario: "base", p99: p99() }),
    objectives({ scenario: "peak", p99: params.seconds("PEAK_P99", "5s") }),
    objectives({ scenario: "settle" }),
    objectives({ scenario: "recovery", p99: p99() }),
    aliveness("base"),
  ),
};

export function setup(): void {
  console.info(`${base.rate} messages a second; at the peak ${describe(peak)}`);
}

export default sending(client(), mail(), peak.batch);
