import { Rate } from "k6/metrics";
import type { Options } from "k6/options";
import { Client } from "k6/x/smtp";
import { mail } from "../lib/mail.ts";
import { aliveness, allOf, objectives } from "../lib/objectives.ts";
import * as params from "../lib/params.ts";
import { constantVus, inTurn } from "../lib/scenarios.ts";
import { target } from "../lib/target.ts";

/**
 * TLS handshakes as fast as they go, in full and then resumed: what does a connection cost the relay?
 *
 * Each iteration opens a connection, sends a message (unless SEND=no) and closes it. A closed model: the figure is how
 * much gets done. Two runs compare only with the same SMTP_KEY_EXCHANGE and SMTP_TLS_MIN; the sessions of the second
 * part must really be resumed, else it would measure the first again.
 *
 * @param SMTP_TLS starttls - starttls or implicit
 * @param VUS 8 - connections at a time
 * @param DURATION 20s - length of each part
 * @param SEND yes - no: closes the connection as soon as it is open
 * @param RESUMED 0.9 - least share of sessions that must be resumed in the second part; 0 for a relay without
 * @param P99 2s - longest 99th percentile of the time of a handshake
 * @param ERRORS 0.01 - largest share of messages that the relay does not accept
 * @param SIZE 1KB - size of a message
 * @param RECIPIENTS 1 - recipients of a message
 * @param SEED 1 - seed of the text
 */
const vus = params.count("VUS", 8);
const seconds = params.seconds("DURATION", "20s");
const send = params.flag("SEND", "yes");
const longest = params.seconds("P99", "2s") * 1000;
// Where STARTTLS is used when it is offered, it must be offered: without a handshake there is nothing to measure.
const wanted = params.choice("SMTP_TLS", ["starttls", "implicit", "opportunistic"], "starttls");
const tls = wanted === "opportunistic" ? "starttls" : wanted;

const sessionResumed = new Rate("session_resumed");

export const options: Options = {
  scenarios: inTurn({
    full: constantVus(vus, seconds, "full"),
    resumed: constantVus(vus, seconds, "resumed"),
  }),
  thresholds: allOf(send ? allOf(objectives({ open: false }), aliveness()) : { smtp_errors: ["count==0"] }, {
    "smtp_tls_handshaking{scenario:full}": [`p(99)<=${longest}`],
    "smtp_tls_handshaking{scenario:resumed}": [`p(99)<=${longest}`],
    "session_resumed{scenario:full}": ["rate==0"],
    "session_resumed{scenario:resumed}": [`rate>=${params.share("RESUMED", 0.9)}`],
  }),
};

const common = target();
const clients = { full: handshaking("none"), resumed: handshaking("resume") };
const envelope = mail();

export function full(): void {
  connect(clients.full);
}

export function resumed(): void {
  connect(clients.resumed);
}

function handshaking(session: "none" | "resume"): Client {
  return new Client({ ...common, tls, tlsOptions: { ...common.tlsOptions, session } });
}

function connect(relay: Client): void {
  const opened = relay.open();
  if (opened.tls !== null) sessionResumed.add(opened.tls.resumed);
  if (send) relay.send(envelope);
  relay.quit();
}
