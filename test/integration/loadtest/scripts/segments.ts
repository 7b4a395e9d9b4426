import type { Options } from "k6/options";
import { mail } from "../../../../loadtests/lib/mail.ts";
import { client } from "../../../../loadtests/lib/target.ts";

/** One message an iteration, under each way in which k6 shares work out: to be divided among processes. */
export const options: Options = {
  scenarios: {
    shared: { executor: "shared-iterations", vus: 10, iterations: 501, maxDuration: "30s" },
    // It ends half-way between two arrivals: whether one that is due at the very end still counts is chance.
    arriving: {
      executor: "constant-arrival-rate",
      rate: 4,
      timeUnit: "1s",
      duration: "2125ms",
      preAllocatedVUs: 20,
    },
    each: { executor: "per-vu-iterations", vus: 7, iterations: 11, maxDuration: "30s" },
  },
  thresholds: { smtp_errors: ["count==0"], dropped_iterations: ["count==0"] },
};

const relay = client();
const envelope = mail();

export default function send(): void {
  relay.send(envelope);
}
