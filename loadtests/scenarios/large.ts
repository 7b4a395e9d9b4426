import exec from "k6/execution";
import type { Options } from "k6/options";
import { mail } from "../lib/mail.ts";
import { aliveness, allOf, objectives, p99 } from "../lib/objectives.ts";
import * as params from "../lib/params.ts";
import { constantVus, inTurn } from "../lib/scenarios.ts";
import { client } from "../lib/target.ts";

/**
 * Larger and larger messages: how many octets a second does the relay take, and which size does it refuse?
 *
 * One part for each size, one after another. A closed model: few sessions, each busy all the time. A size above the
 * relay's limit is refused at MAIL and fails its part.
 *
 * @param SIZES 1KB,10KB,100KB,1MB,10MB,25MB - sizes of a message, part by part
 * @param VUS 2 - sessions
 * @param DURATION 10s - length of each part
 * @param P99 30s - longest 99th percentile of the time of a message
 * @param ERRORS 0.01 - largest share of messages that the relay does not accept
 * @param RECIPIENTS 1 - recipients of a message
 * @param SEED 1 - seed of the text
 * @max-refusals 1
 */
const sizes = params.sizes("SIZES", "1KB,10KB,100KB,1MB,10MB,25MB").map(({ label, bytes }) => ({
  name: `size_${label.replace(".", "_")}`,
  bytes,
}));
const vus = params.count("VUS", 2);
const seconds = params.seconds("DURATION", "10s");

export const options: Options = {
  scenarios: inTurn(Object.fromEntries(sizes.map(({ name }) => [name, constantVus(vus, seconds)]))),
  thresholds: allOf(
    ...sizes.map(({ name }) => objectives({ scenario: name, p99: p99("30s"), open: false })),
    aliveness(),
  ),
};

const relay = client();
const envelopes = new Map(sizes.map(({ name, bytes }) => [name, mail({ size: bytes })]));

export default function send(): void {
  const envelope = envelopes.get(exec.scenario.name);
  if (envelope !== undefined) relay.send(envelope);
}
