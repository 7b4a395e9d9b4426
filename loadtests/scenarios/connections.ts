import { sleep } from "k6";
import { Counter, Rate } from "k6/metrics";
import type { Options } from "k6/options";
import * as params from "../lib/params.ts";
import { duration } from "../lib/scenarios.ts";
import { client } from "../lib/target.ts";

/**
 * A storm of sessions that are opened and held: how many does the relay take, and how does it turn the rest away?
 *
 * Each VU opens a session (up to where MAIL may follow) and says NOOP each second. A session that cannot be opened is
 * counted, with the code or the error, and tried again. By default every one must be opened and stay; a relay that is
 * meant to limit its sessions passes with REFUSED and LOST above 0.
 *
 * @param CONNECTIONS 200 - sessions
 * @param RAMP 10s - time in which they are opened
 * @param HOLD 30s - time for which they are all held
 * @param REFUSED 0 - largest share of attempts to open a session that may be refused, or answered by silence
 * @param LOST 0 - most open sessions that the relay may close
 * @param PATIENCE 5s - longest wait for a reply; a relay without a free process lets the client wait for its banner
 * @param P99 5s - longest 99th percentile of the time from connecting to an open session
 * @max-refusals 1
 */
const CHECK_EVERY = 1;
const refused = params.share("REFUSED", 0);
const mayLose = params.count("LOST", 0, { min: 0 });
const target = params.count("CONNECTIONS", 200);
const patience = params.seconds("PATIENCE", "5s");

const sessionRefused = new Rate("session_refused");
const sessionLost = new Counter("session_lost");
const sessionOpened = new Counter("session_opened");

export const options: Options = {
  scenarios: {
    connections: {
      executor: "ramping-vus",
      startVUs: 1,
      stages: [
        { target, duration: duration(params.seconds("RAMP", "10s")) },
        { target, duration: duration(params.seconds("HOLD", "30s")) },
      ],
      // Whoever still waits for a reply at the end gets it, or is counted as refused.
      gracefulStop: duration(2 * patience + CHECK_EVERY),
    },
  },
  thresholds: {
    session_opened: ["count>0"],
    session_refused: [
      `rate<=${refused}`,
      { threshold: `rate<=${Math.max(0.9, refused)}`, abortOnFail: true, delayAbortEval: "5s" },
    ],
    session_lost: [`count<=${mayLose}`],
    // A refusal may come as a broken connection; those are in the two above, and only where they are allowed.
    ...(refused === 0 && mayLose === 0 ? { smtp_errors: ["count==0"] } : {}),
    smtp_session_duration: [`p(99)<=${params.seconds("P99", "5s") * 1000}`],
  },
};

const session = client({ timeouts: { connect: duration(patience), command: duration(patience) } });

export default function hold(): void {
  if (session.connected) {
    const alive = session.noop().ok;
    sessionLost.add(alive ? 0 : 1);
    if (!alive) session.close();
  } else {
    const opened = session.open();
    sessionRefused.add(!opened.ok, opened.ok ? {} : { reason: opened.error || String(opened.code) });
    sessionOpened.add(opened.ok ? 1 : 0);
    if (!opened.ok) session.close();
  }
  sleep(CHECK_EVERY);
}
