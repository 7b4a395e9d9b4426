import type { Options } from "k6/options";
import { mail } from "../../../../loadtests/lib/mail.ts";
import * as params from "../../../../loadtests/lib/params.ts";
import { client } from "../../../../loadtests/lib/target.ts";

/**
 * Sends COUNT messages over VUS sessions, in batches of BATCH, and tells what became of each that was sent alone, so
 * that it can be looked up in the books of a server: `sent OUTCOME TOKEN QUEUE-ID CODE PHASE ERROR`.
 */
const batch = params.count("BATCH", 1);

export const options: Options = {
  scenarios: {
    send: {
      executor: "shared-iterations",
      vus: params.count("VUS", 5),
      iterations: Math.ceil(params.count("COUNT", 100) / batch),
      maxDuration: `${params.seconds("DURATION", "1m")}s`,
      gracefulStop: "5s",
    },
  },
};

const relay = client();
const envelope = mail();
const window = params.count("WINDOW", 1);

export default function send(): void {
  if (batch > 1) {
    relay.sendBatch(batch, { ...envelope, window });
    return;
  }
  const { outcome, token, queueId, code, phase, error } = relay.send(envelope);
  console.info(["sent", outcome, token, queueId, code, phase, error].map((word) => word || "-").join(" "));
}

export function teardown(): void {
  relay.close();
}
