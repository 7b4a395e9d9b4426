import { sleep } from "k6";
import { Rate } from "k6/metrics";
import type { Options } from "k6/options";
import { mail } from "../lib/mail.ts";
import { allOf, aliveness, objectives, p99 } from "../lib/objectives.ts";
import * as params from "../lib/params.ts";
import { openModel } from "../lib/rates.ts";
import { constantRate, constantVus } from "../lib/scenarios.ts";
import { client } from "../lib/target.ts";

/**
 * Bad clients beside good ones: does the relay still serve while others drip, hang and break off?
 *
 * `drip` sends its message a few octets at a time, `half_open` connects and says nothing, `abort` breaks off in the
 * middle of DATA, again and again. `probe` sends normal mail at the same time and is what is judged: the relay may do
 * with the others what it likes, and `session_shed` tells how many of the hanging ones it has closed.
 *
 * @param DURATION 60s - how long
 * @param DRIPPING 20 - sessions that send slowly
 * @param BYTES_PER_SECOND 100 - octets a second of each of them
 * @param HALF_OPEN 20 - sessions that say nothing after connecting
 * @param HOLD 30s - how long each of these waits before it looks whether it is still open
 * @param ABORTS 5 - messages a second that are broken off
 * @param RATE 5 - messages a second of the probe
 * @param SIZE 1KB - size of a message of the probe
 * @param RECIPIENTS 1 - recipients of a message
 * @param P99 2s - longest 99th percentile of the time of a message of the probe
 * @param ERRORS 0 - largest share of the probe's messages that the relay does not accept
 * @param SEED 1 - seed of the text
 */
const seconds = params.seconds("DURATION", "60s");
const bytesPerSec = params.count("BYTES_PER_SECOND", 100);
const hold = Math.min(seconds, params.seconds("HOLD", "30s"));

const sessionShed = new Rate("session_shed");

export const options: Options = {
  scenarios: {
    drip: { ...constantVus(params.count("DRIPPING", 20), seconds, "drip").scenario, gracefulStop: "1s" },
    half_open: {
      ...constantVus(params.count("HALF_OPEN", 20), seconds, "halfOpen").scenario,
      gracefulStop: "1s",
    },
    abort: constantRate(openModel(params.count("ABORTS", 5)), seconds, "abort").scenario,
    probe: constantRate(openModel(params.count("RATE", 5)), seconds, "probe").scenario,
  },
  thresholds: allOf(
    objectives({ scenario: "probe", p99: p99("2s"), errors: params.share("ERRORS", 0) }),
    aliveness("probe"),
    // What breaks in the other parts is meant to break; but they must have taken place.
    { "dropped_iterations{scenario:abort}": ["count==0"], "iterations{scenario:abort}": ["count>0"] },
  ),
};

// Long enough to drip until the end.
const long = mail({ size: Math.max(1000, bytesPerSec * seconds) });
const envelope = mail();
const clients = {
  drip: client({ slow: { bytesPerSec } }),
  halfOpen: client(),
  abort: client({ abort: { after: "sending" } }),
  probe: client(),
};

export function drip(): void {
  sessionShed.add(!clients.drip.send(long).ok);
}

export function halfOpen(): void {
  if (clients.halfOpen.connect().ok) {
    sleep(hold);
    sessionShed.add(!clients.halfOpen.quit().ok);
  } else {
    // Turned away at the door, as it should be; not a hundred times a second.
    sleep(1);
  }
  clients.halfOpen.close();
}

export function abort(): void {
  clients.abort.send(envelope);
}

export function probe(): void {
  clients.probe.send(envelope);
}
