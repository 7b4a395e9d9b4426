import type { Options } from "k6/options";
import { mail, sending } from "../lib/mail.ts";
import { aliveness, allOf, objectives, p99 } from "../lib/objectives.ts";
import * as params from "../lib/params.ts";
import { describe, openModel } from "../lib/rates.ts";
import { constantRate, inTurn } from "../lib/scenarios.ts";
import { client, metrics } from "../lib/target.ts";

/**
 * A moderate rate for hours: does the relay become slower, or answer otherwise, with time?
 *
 * k6 keeps each value of a Trend until the end, so only counts are given to it, and above 100 messages a second they
 * are sent in batches. Times are in the record of the run, whose histograms do not grow: the first tenth is compared
 * with the last, and P99 is judged from there by `mailgauge loadtest`; with METRICS=lean k6 judges it itself.
 *
 * @param RATE 50 - messages a second
 * @param DURATION 1h - how long
 * @param SIZE 1KB - size of a message
 * @param RECIPIENTS 1 - recipients of a message
 * @param P99 1s - longest 99th percentile of the time of a message
 * @param ERRORS 0.01 - largest share of messages that the relay does not accept
 * @param METRICS counters - lean or full: k6 keeps times, too, at 20 to 28 bytes each
 * @param BATCH none - messages an iteration; without it 1, or what RATE needs
 * @param WINDOW 1 - messages in flight on a connection in a batch; more than 1 needs CHUNKING=yes
 * @param STALL 1s - stall of the relay that the VUs shall sit out
 * @param MAX_VUS 100 - most VUs, which are sessions, that STALL may ask for
 * @param VUS none - VUs, in place of what RATE and STALL ask for
 * @param SEED 1 - seed of the text
 */
const MOST_ITERATIONS = 100;
const load = openModel(params.count("RATE", 50), MOST_ITERATIONS);
const kept = metrics("counters");
const limits = kept === "counters" ? {} : { p99: p99() };

export const options: Options = {
  scenarios: inTurn({ soak: constantRate(load, params.seconds("DURATION", "1h")) }),
  thresholds: allOf(objectives(limits), aliveness()),
};

export function setup(): void {
  console.info(describe(load));
}

export default sending(client({ metrics: kept }), mail(), load.batch);
