import type { Options } from "k6/options";
import { mail, sending } from "../lib/mail.ts";
import { aliveness, allOf, objectives, p99 } from "../lib/objectives.ts";
import * as params from "../lib/params.ts";
import { describe, openModel } from "../lib/rates.ts";
import { constantRate, inTurn } from "../lib/scenarios.ts";
import { client } from "../lib/target.ts";

/**
 * A rate of messages held for a time: does the relay keep up with it?
 *
 * An open model: messages come when they are due, also while the relay stalls, as they do from the world. Above 3,000
 * messages a second an iteration sends a batch, since k6's own work would set the pace otherwise.
 *
 * @param RATE 100 - messages a second
 * @param DURATION 30s - how long
 * @param SIZE 1KB - size of a message
 * @param RECIPIENTS 1 - recipients of a message
 * @param P99 1s - longest 99th percentile of the time of a message
 * @param ERRORS 0.01 - largest share of messages that the relay does not accept
 * @param BATCH none - messages an iteration; without it 1, or what RATE needs
 * @param WINDOW 1 - messages in flight on a connection in a batch; more than 1 needs CHUNKING=yes
 * @param STALL 1s - stall of the relay that the VUs shall sit out
 * @param MAX_VUS 100 - most VUs, which are sessions, that STALL may ask for
 * @param VUS none - VUs, in place of what RATE and STALL ask for
 * @param SEED 1 - seed of the text
 */
const load = openModel(params.count("RATE", 100));

export const options: Options = {
  scenarios: inTurn({ throughput: constantRate(load, params.seconds("DURATION", "30s")) }),
  thresholds: allOf(objectives({ p99: p99() }), aliveness()),
};

export function setup(): void {
  console.info(describe(load));
}

export default sending(client(), mail(), load.batch);
