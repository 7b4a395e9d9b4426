import { check } from "k6";
import { Rate } from "k6/metrics";
import type { Options } from "k6/options";
import { Client } from "k6/x/smtp";
import { randomOf } from "../lib/corpus.ts";
import * as params from "../lib/params.ts";
import { describe, openModel } from "../lib/rates.ts";
import { constantRate, inTurn } from "../lib/scenarios.ts";
import { target } from "../lib/target.ts";

/**
 * Logins: how many a second does the relay (and the directory behind it) check, and how long does one take?
 *
 * Each iteration opens a session, authenticates and closes it. A share of them may come with a wrong password, as from
 * a guesser: each of those must be refused, and must not slow the others down.
 *
 * @param RATE 10 - logins a second
 * @param DURATION 30s - how long
 * @param FAIL_SHARE 0 - share of logins with a wrong password
 * @param SMTP_USERNAME none - user, needed
 * @param SMTP_PASSWORD none - its password
 * @param SMTP_AUTH_MECH auto - mechanism, such as SCRAM-SHA-256
 * @param P99 2s - longest 99th percentile of the time of AUTH with the right password
 * @param STALL 1s - stall of the relay that the VUs shall sit out
 * @param MAX_VUS 100 - most VUs, which are sessions, that STALL may ask for
 * @param VUS none - VUs, in place of what RATE and STALL ask for
 * @param SEED 1 - seed of who comes with a wrong password
 * @max-refusals 1
 */
const load = { ...openModel(params.count("RATE", 10)), batch: 1 };
const failShare = params.share("FAIL_SHARE", 0);
const seconds = params.seconds("DURATION", "30s");

const common = target();
if (common.auth === undefined) throw params.wrong("SMTP_USERNAME", "a user to authenticate as", "loadtest");

const loginRight = new Rate("login_right");

export const options: Options = {
  scenarios: inTurn({ auth: constantRate(load, seconds) }),
  thresholds: {
    dropped_iterations: ["count==0"],
    // A password that is refused is no error but a reply; `login_right` knows whether it is the one that was meant.
    smtp_errors: ["count==0"],
    login_right: ["rate==1", { threshold: "rate>0.5", abortOnFail: true, delayAbortEval: "3s" }],
    "smtp_auth{password:right}": [`p(99)<=${params.seconds("P99", "2s") * 1000}`],
  },
};

const right = new Client({ ...common, tags: { password: "right" } });
const wrong = new Client({
  ...common,
  auth: { ...common.auth, pass: "not-the-password", token: "not-the-token" },
  tags: { password: "wrong" },
});
const random = randomOf(params.count("SEED", 1) + __VU);

export function setup(): void {
  console.info(describe(load).replace("messages", "logins"));
}

export default function login(): void {
  const guess = random() < failShare;
  const session = guess ? wrong : right;
  const opened = session.open();
  const asExpected = guess
    ? check(opened, { "a wrong password is refused": ({ phase, code }) => phase === "auth" && code >= 500 })
    : check(opened, { "the right password is taken": ({ ok }) => ok });
  loginRight.add(asExpected);
  if (session.connected) session.quit();
}
