import { Client } from "k6/x/smtp";
import type { AuthOptions, ClientOptions, TlsOptions } from "k6/x/smtp";
import * as params from "./params.ts";

/**
 * The relay under test and how to speak to it: parameters that all scenarios share.
 *
 * @param SMTP_HOST 127.0.0.1 - host name or address of the relay
 * @param SMTP_PORT none - its port; without one that of the protocol: 25, 587 with STARTTLS, 465 with TLS, 24 with LMTP
 * @param SMTP_PROTOCOL smtp - smtp or lmtp
 * @param SMTP_TLS none - none, opportunistic, starttls (required) or implicit
 * @param SMTP_SERVER_NAME none - name that the certificate must hold, where it is not the host
 * @param SMTP_CA none - PEM text of the certificate authority, in place of the system's
 * @param SMTP_CERT none - PEM text of a client certificate
 * @param SMTP_KEY none - PEM text of its key
 * @param SMTP_INSECURE no - yes: takes any certificate
 * @param SMTP_TLS_MIN 1.2 - oldest version of TLS: 1.0, 1.1, 1.2 or 1.3
 * @param SMTP_TLS_SESSION none - resume: connections of a VU resume its TLS session
 * @param SMTP_KEY_EXCHANGE default - classic: X25519 and P-256 only
 * @param SMTP_USERNAME none - user for AUTH
 * @param SMTP_PASSWORD none - its password
 * @param SMTP_TOKEN none - OAuth 2.0 token in place of the password
 * @param SMTP_AUTH_MECH auto - mechanism of AUTH, such as SCRAM-SHA-256
 * @param SMTP_AUTH_CLEARTEXT no - yes: sends credentials without TLS
 * @param SMTP_FROM loadtest@mailgauge.test - reverse-path
 * @param SMTP_TO sink@mailgauge.test - recipients, with commas between them; more are made up in the domain of the first
 * @param SMTP_EHLO localhost - name in EHLO
 * @param SMTP_XCLIENT none - attributes of XCLIENT, such as ADDR=192.0.2.7,HELO=a.example
 * @param PIPELINING auto - off: one command at a time, each timed
 * @param CHUNKING no - yes: BDAT in place of DATA
 * @param REUSE none - messages on one connection; without it a connection is kept
 * @param METRICS full - lean: only smtp_message_duration and counts; counters: only counts
 */
export function target(changes: Partial<ClientOptions> = {}): ClientOptions {
  const port = params.optionalCount("SMTP_PORT", { max: 65_535 }, 25);
  const auth = authOptions();
  const xclient = params.text("SMTP_XCLIENT");
  const reuse = params.optionalCount("REUSE", {}, 100);
  const options: ClientOptions = {
    host: params.text("SMTP_HOST") ?? "127.0.0.1",
    protocol: params.choice("SMTP_PROTOCOL", ["smtp", "lmtp"], "smtp"),
    tls: params.choice("SMTP_TLS", ["none", "opportunistic", "starttls", "implicit"], "none"),
    tlsOptions: tlsOptions(),
    ehlo: params.text("SMTP_EHLO") ?? "localhost",
    pipelining: params.choice("PIPELINING", ["auto", "off"], "auto"),
    chunking: params.flag("CHUNKING", "no"),
    metrics: metrics(),
  };
  if (port !== undefined) options.port = port;
  if (auth !== undefined) options.auth = auth;
  if (xclient !== undefined) options.xclient = attributes(xclient);
  if (reuse !== undefined) options.reuse = { maxMessages: reuse };
  return { ...options, ...changes };
}

/** How much k6 measures: METRICS. */
export function metrics(fallback: Metrics = "full"): Metrics {
  return params.choice("METRICS", ["full", "lean", "counters"], fallback);
}

type Metrics = NonNullable<ClientOptions["metrics"]>;

/** A client for the relay; `changes` are what the scenario is about. */
export function client(changes: Partial<ClientOptions> = {}): Client {
  return new Client(target(changes));
}

function tlsOptions(): TlsOptions {
  const options: TlsOptions = {
    insecureSkipVerify: params.flag("SMTP_INSECURE", "no"),
    minVersion: params.choice("SMTP_TLS_MIN", ["1.0", "1.1", "1.2", "1.3"], "1.2"),
    session: params.choice("SMTP_TLS_SESSION", ["none", "resume"], "none"),
    keyExchange: params.choice("SMTP_KEY_EXCHANGE", ["default", "classic"], "default"),
  };
  const names = {
    serverName: "SMTP_SERVER_NAME",
    cacerts: "SMTP_CA",
    cert: "SMTP_CERT",
    key: "SMTP_KEY",
  } as const;
  for (const option of ["serverName", "cacerts", "cert", "key"] as const) {
    const given = params.text(names[option]);
    if (given !== undefined) options[option] = given;
  }
  return options;
}

const MECHANISMS = [
  "auto",
  "PLAIN",
  "LOGIN",
  "CRAM-MD5",
  "SCRAM-SHA-1",
  "SCRAM-SHA-256",
  "XOAUTH2",
  "OAUTHBEARER",
  "EXTERNAL",
] as const;

/** Undefined when neither a user nor a mechanism is given: no AUTH then. */
export function authOptions(): AuthOptions | undefined {
  const user = params.text("SMTP_USERNAME");
  const mech = params.choice("SMTP_AUTH_MECH", MECHANISMS, "auto");
  if (user === undefined && mech === "auto") return undefined;
  const options: AuthOptions = { mech, allowCleartext: params.flag("SMTP_AUTH_CLEARTEXT", "no") };
  const pass = params.text("SMTP_PASSWORD");
  const token = params.text("SMTP_TOKEN");
  if (user !== undefined) options.user = user;
  if (pass !== undefined) options.pass = pass;
  if (token !== undefined) options.token = token;
  return options;
}

function attributes(given: string): Record<string, string> {
  const pairs = given.split(",").map((pair): [string, string] => {
    const at = pair.indexOf("=");
    if (at < 1) throw params.wrong("SMTP_XCLIENT", "a list of NAME=VALUE", "ADDR=192.0.2.7,HELO=a.example");
    return [pair.slice(0, at), pair.slice(at + 1)];
  });
  return Object.fromEntries(pairs);
}
