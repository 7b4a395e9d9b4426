import type { Options } from "k6/options";
import { mail, sending } from "../lib/mail.ts";
import { aliveness, allOf, objectives, p99 } from "../lib/objectives.ts";
import * as params from "../lib/params.ts";
import { describe, openModel } from "../lib/rates.ts";
import { constantRate, inTurn } from "../lib/scenarios.ts";
import { awaitDelivery, COMPLETE, requireSink } from "../lib/sink.ts";
import { client } from "../lib/target.ts";

/**
 * Through the relay into mailgauge-sink: does every accepted message arrive, once, and how old is it then?
 *
 * The relay must route the domain of SMTP_TO to the sink. After the last message the run waits for the rest for PATIENCE;
 * what the relay accepted and the sink never saw is lost, and fails the run.
 *
 * @param RATE 50 - messages a second
 * @param DURATION 30s - how long
 * @param SINK_URL http://127.0.0.1:9826 - HTTP interface of the sink
 * @param PATIENCE 60s - longest wait for the last message to arrive
 * @param TRANSIT 10s - longest 99th percentile of the time from the final dot to the arrival; clocks must agree
 * @param P99 1s - longest 99th percentile of the time of a message at the relay
 * @param ERRORS 0.01 - largest share of messages that the relay does not accept
 * @param SIZE 1KB - size of a message
 * @param BATCH none - messages an iteration; without it 1, or what RATE needs
 * @param WINDOW 1 - messages in flight on a connection in a batch; more than 1 needs CHUNKING=yes
 * @param STALL 1s - stall of the relay that the VUs shall sit out
 * @param MAX_VUS 100 - most VUs, which are sessions, that STALL may ask for
 * @param VUS none - VUs, in place of what RATE and STALL ask for
 * @param SEED 1 - seed of the text
 */
const load = openModel(params.count("RATE", 50));
const patience = params.seconds("PATIENCE", "60s");

export const options: Options = {
  scenarios: inTurn({ delivery: constantRate(load, params.seconds("DURATION", "30s")) }),
  thresholds: allOf(objectives({ p99: p99() }), aliveness(), COMPLETE, {
    delivery_transit_p99: [`max<=${params.seconds("TRANSIT", "10s") * 1000}`],
  }),
  teardownTimeout: `${Math.ceil(patience) + 30}s`,
};

export function setup(): void {
  requireSink();
  console.info(describe(load));
}

export default sending(client(), mail({ recipients: 1 }), load.batch);

export function teardown(): void {
  awaitDelivery(patience);
}
