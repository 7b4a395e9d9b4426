import exec from "k6/execution";
import type { Options } from "k6/options";
import { mail } from "../lib/mail.ts";
import { aliveness, allOf, objectives, p99 } from "../lib/objectives.ts";
import * as params from "../lib/params.ts";
import { constantVus, inTurn } from "../lib/scenarios.ts";
import { client } from "../lib/target.ts";

/**
 * More and more recipients a message: what does one more cost the relay, and where does it refuse?
 *
 * One part for each number, one after another. A closed model: few sessions, each busy all the time. A refused
 * recipient fails the run, even where the message is accepted for the others.
 *
 * @param COUNTS 1,10,100,1000 - recipients of a message, part by part; RFC 5321 asks every server to take 100
 * @param VUS 4 - sessions
 * @param DURATION 10s - length of each part
 * @param P99 10s - longest 99th percentile of the time of a message
 * @param ERRORS 0.01 - largest share of messages that the relay does not accept
 * @param SIZE 1KB - size of a message
 * @param SEED 1 - seed of the text
 * @max-refusals 1
 */
const counts = params.counts("COUNTS", "1,10,100,1000", { min: 1, max: 100_000 });
const nameOf = (count: number): string => `recipients_${count}`;
const vus = params.count("VUS", 4);
const seconds = params.seconds("DURATION", "10s");

export const options: Options = {
  scenarios: inTurn(Object.fromEntries(counts.map((count) => [nameOf(count), constantVus(vus, seconds)]))),
  thresholds: allOf(
    ...counts.map((count) => objectives({ scenario: nameOf(count), p99: p99("10s"), open: false })),
    aliveness(),
    { "smtp_recipients{outcome:deferred}": ["count==0"], "smtp_recipients{outcome:rejected}": ["count==0"] },
  ),
};

const relay = client();
const envelopes = new Map(counts.map((recipients) => [nameOf(recipients), mail({ recipients })]));

export default function send(): void {
  const envelope = envelopes.get(exec.scenario.name);
  if (envelope !== undefined) relay.send(envelope);
}
