import exec from "k6/execution";
import type { Options } from "k6/options";
import { mail, sending } from "../lib/mail.ts";
import { aliveness, allOf, errors, objectives, p99 } from "../lib/objectives.ts";
import * as params from "../lib/params.ts";
import { describe, openModel } from "../lib/rates.ts";
import { duration } from "../lib/scenarios.ts";
import { client } from "../lib/target.ts";

/**
 * A quiet rate, a sudden peak, the quiet rate again: does the relay recover?
 *
 * Four parts, without a pause between them: `base`, `peak`, `settle` (judged by errors only) and `recovery`, which must
 * be as good as `base` was asked to be. The tag `part` of each sample names its part.
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
const rate = params.count("RATE", 20);
if (rate >= peak.rate) throw params.wrong("PEAK", `a rate above RATE (${rate})`, String(rate * 10));

const quiet = params.seconds("DURATION", "30s");
const ramp = params.seconds("RAMP", "2s");
const held = params.seconds("PEAK_DURATION", "20s");
const settle = params.seconds("SETTLE", "10s");

/** The parts and when each ends, in seconds from the start; the last has no end. */
const PARTS = [
  { name: "base", end: quiet },
  { name: "peak", end: quiet + ramp + held + ramp },
  { name: "settle", end: quiet + ramp + held + ramp + settle },
];

export const options: Options = {
  scenarios: {
    spike: {
      executor: "ramping-arrival-rate",
      startRate: rate,
      timeUnit: `${peak.batch}s`,
      stages: [
        { target: rate, duration: duration(quiet) },
        { target: peak.rate, duration: duration(ramp) },
        { target: peak.rate, duration: duration(held) },
        { target: rate, duration: duration(ramp) },
        { target: rate, duration: duration(settle + quiet) },
      ],
      preAllocatedVUs: peak.vus,
    },
  },
  thresholds: allOf(objectives(), aliveness(), {
    "smtp_message_duration{part:base}": [`p(99)<=${p99() * 1000}`],
    "smtp_message_duration{part:peak}": [`p(99)<=${params.seconds("PEAK_P99", "5s") * 1000}`],
    "smtp_message_duration{part:recovery}": [`p(99)<=${p99() * 1000}`],
    "smtp_message_failed{part:base}": [`rate<=${errors()}`],
    "smtp_message_failed{part:peak}": [`rate<=${errors()}`],
    "smtp_message_failed{part:recovery}": [`rate<=${errors()}`],
    "smtp_messages{part:recovery}": ["count>0"],
  }),
};

export function setup(): void {
  console.info(`${rate} messages a second; at the peak ${describe(peak)}`);
}

const send = sending(client(), mail(), peak.batch);

export default function spike(): void {
  const elapsed = (Date.now() - exec.scenario.startTime) / 1000;
  exec.vu.metrics.tags["part"] = PARTS.find(({ end }) => elapsed < end)?.name ?? "recovery";
  send();
}
