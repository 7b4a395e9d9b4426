import { sleep } from "k6";
import type { Options } from "k6/options";
import { mail, sending } from "../lib/mail.ts";
import { aliveness, allOf, objectives, p99 } from "../lib/objectives.ts";
import * as params from "../lib/params.ts";
import { describe, openModel } from "../lib/rates.ts";
import { constantRate, inTurn } from "../lib/scenarios.ts";
import { awaitDelivery, COMPLETE, profile, requireSink, setProfile } from "../lib/sink.ts";
import { client } from "../lib/target.ts";

/**
 * The far end defers everything for a while: does the relay keep accepting, and does its queue empty afterwards?
 *
 * The relay must route the domain of SMTP_TO to mailgauge-sink. In the middle third of the run the sink answers every
 * recipient with 451; the relay must accept new mail all the same, queue it, and deliver all of it within CATCH_UP of
 * the end, once each. A relay waits longer from attempt to attempt, so CATCH_UP must be above its longest wait.
 *
 * @param RATE 20 - messages a second
 * @param DURATION 60s - how long, the deferral in the middle included
 * @param SINK_URL http://127.0.0.1:9826 - HTTP interface of the sink
 * @param CATCH_UP 10m - longest time after the last message until the relay has delivered all
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
const load = openModel(params.count("RATE", 20));
const third = params.seconds("DURATION", "60s") / 3;
const catchUp = params.seconds("CATCH_UP", "10m");

const DEFERRING = JSON.stringify({
  rules: [{ phase: "rcpt", probability: 1, reply: "451 4.7.1 Deferred by the load test, try again later" }],
});

export const options: Options = {
  scenarios: {
    ...inTurn({ backpressure: constantRate(load, 3 * third) }),
    far_end: { executor: "per-vu-iterations", vus: 1, iterations: 1, exec: "deferFor", maxDuration: "24h" },
  },
  thresholds: allOf(objectives({ p99: p99() }), aliveness(), COMPLETE, {
    delivery_catch_up: [`max<=${catchUp * 1000}`],
  }),
  teardownTimeout: `${Math.ceil(catchUp) + 30}s`,
};

/** Gives the profile that the sink had, to be put back. */
export function setup(): string {
  requireSink();
  console.info(`${describe(load)}; the sink defers from second ${third} to ${2 * third}`);
  return profile();
}

export default sending(client(), mail({ recipients: 1 }), load.batch);

export function deferFor(before: string): void {
  sleep(third);
  setProfile(DEFERRING);
  sleep(third);
  setProfile(before);
}

/** Puts the profile back also when the run was broken off. */
export function teardown(before: string): void {
  setProfile(before);
  awaitDelivery(catchUp);
}
