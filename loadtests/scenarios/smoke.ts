import { check } from "k6";
import type { Options } from "k6/options";
import { mail } from "../lib/mail.ts";
import { aliveness, allOf, objectives, p99 } from "../lib/objectives.ts";
import * as params from "../lib/params.ts";
import { client } from "../lib/target.ts";

/**
 * A few messages, one after another: does the relay take the mail of this test at all?
 *
 * Run it first. Anything but an accepted message fails it.
 *
 * @param MESSAGES 5 - messages to send
 * @param SIZE 1KB - size of a message
 * @param RECIPIENTS 1 - recipients of a message
 * @param P99 10s - longest 99th percentile of the time of a message
 * @param SEED 1 - seed of the text
 */
export const options: Options = {
  scenarios: {
    smoke: {
      executor: "per-vu-iterations",
      vus: 1,
      iterations: params.count("MESSAGES", 5),
      maxDuration: "5m",
    },
  },
  thresholds: allOf(objectives({ p99: p99("10s"), errors: 0, open: false }), aliveness(), {
    checks: ["rate==1"],
  }),
};

const relay = client();
const envelope = mail();

export default function smoke(): void {
  const sent = relay.send(envelope);
  const accepted = check(sent, { "the relay accepts the message": ({ accepted }) => accepted });
  if (!accepted)
    console.error(`${sent.phase}: ${sent.error === "" ? `${sent.code} ${sent.text}` : sent.message}`);
}

export function teardown(): void {
  relay.close();
}
