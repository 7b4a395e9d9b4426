import type { Options } from "k6/options";
import smtp from "k6/x/smtp";
import type { Corpus, Envelope } from "k6/x/smtp";
import { recipients, sender } from "../lib/addresses.ts";
import { mixOf, randomOf } from "../lib/corpus.ts";
import { aliveness, allOf, objectives, p99 } from "../lib/objectives.ts";
import * as params from "../lib/params.ts";
import { describe, openModel } from "../lib/rates.ts";
import { constantRate, inTurn } from "../lib/scenarios.ts";
import { client } from "../lib/target.ts";

/**
 * Mail as it comes: many senders, sizes from 1 kB to 5 MB, 1 to 50 recipients; or the messages of a folder of your own.
 *
 * The mix is drawn from SEED, so that two runs send the same kinds of mail. With CORPUS the messages are the .eml files
 * of that folder, chosen by SEED, read while the test runs.
 *
 * @param RATE 50 - messages a second
 * @param DURATION 30s - how long
 * @param CORPUS none - folder of .eml files, in place of generated messages
 * @param KINDS 100 - kinds of mail in the generated mix
 * @param SENDERS 20 - senders in the mix, made up in the domain of SMTP_FROM
 * @param P99 5s - longest 99th percentile of the time of a message
 * @param ERRORS 0.01 - largest share of messages that the relay does not accept
 * @param STALL 1s - stall of the relay that the VUs shall sit out
 * @param MAX_VUS 100 - most VUs, which are sessions, that STALL may ask for
 * @param VUS none - VUs, in place of what RATE and STALL ask for
 * @param SEED 1 - seed of the mix and of what is sent when
 */
const load = openModel(params.count("RATE", 50));
const seed = params.count("SEED", 1);

export const options: Options = {
  scenarios: inTurn({ mixed: constantRate(load, params.seconds("DURATION", "30s")) }),
  thresholds: allOf(objectives({ p99: p99("5s") }), aliveness()),
};

const relay = client();
const envelopes = mix();
const random = randomOf(seed + __VU);

export function setup(): void {
  console.info(describe(load));
}

export default function send(): void {
  const envelope = envelopes[Math.floor(random() * envelopes.length)];
  if (envelope === undefined) return;
  if (load.batch === 1) relay.send(envelope);
  else relay.sendBatch(load.batch, envelope);
}

function mix(): Envelope[] {
  const directory = params.text("CORPUS");
  const own: Corpus | undefined = directory === undefined ? undefined : smtp.corpus({ directory, seed });
  const domain = sender().split("@").pop() ?? "";
  return mixOf(params.count("KINDS", 100), params.count("SENDERS", 20), seed).map((kind, at) => ({
    from: `${kind.sender}@${domain}`,
    to: recipients(kind.recipients, at),
    message: own ?? smtp.message({ size: kind.size, seed: seed + at }),
  }));
}
