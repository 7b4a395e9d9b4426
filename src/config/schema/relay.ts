import * as z from "zod";
import { SMTP_DEPTHS, SMTP_EXPECTATIONS } from "../../model/evidence.ts";
import { say } from "../say.ts";
import { parseServiceUrl, RELAY_SCHEMES } from "../service-url.ts";
import { watched } from "./entry.ts";
import {
  choice,
  flag,
  helo,
  hostName,
  ipAddress,
  judgedText,
  list,
  mailAddress,
  mapping,
  name,
  oneOrMany,
  path,
  referable,
  reversePath,
  secret,
  text,
  wholeNumber,
} from "./fields.ts";

export const SASL_MECHANISMS = [
  "PLAIN",
  "LOGIN",
  "CRAM-MD5",
  "SCRAM-SHA-1",
  "SCRAM-SHA-256",
  "XOAUTH2",
  "OAUTHBEARER",
  "EXTERNAL",
] as const;

export const auth = () =>
  mapping(
    {
      username: referable(text("text", "is not text", "write the user name", (value) => value !== ""))
        .describe("User name; may be left out for EXTERNAL.")
        .optional(),
      password: secret().describe("Password.").optional(),
      access_token: secret()
        .describe("OAuth 2.0 access token, for XOAUTH2 and OAUTHBEARER, in place of `password`.")
        .optional(),
      mechanism: choice(SASL_MECHANISMS)
        .describe(
          "Only this SASL mechanism. Default: the strongest that the server offers and the secret allows.",
        )
        .optional(),
      allow_cleartext: flag().describe("Send credentials over a connection without TLS.").default(false),
    },
    "{ username: probe, password: { env: RELAY_PASSWORD } }",
  );

/** TLS of any server that is connected to. */
const tlsKeys = () => ({
  ca: path()
    .describe("PEM file of the certificate authorities to trust, in place of the system's.")
    .optional(),
  cert: path().describe("PEM file of the client certificate, leaf first; needs `key`.").optional(),
  key: path().describe("PEM file of the client certificate's private key.").optional(),
  server_name: hostName()
    .describe("Name for SNI and for the certificate check. Default: the host of the URL.")
    .optional(),
  min_version: choice(["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"])
    .describe("Oldest TLS version to accept. Default: TLSv1.2.")
    .optional(),
  verify: flag()
    .describe("`false` reports a certificate that is not trusted as a warning, not as a failure.")
    .default(true),
});

export const mailboxTls = () => mapping(tlsKeys(), "{ ca: ca.pem, min_version: TLSv1.2 }");

const relayTls = () =>
  mapping(
    {
      ...tlsKeys(),
      starttls: choice(["required", "opportunistic", "never"])
        .describe(
          "Whether to go on without STARTTLS; not for `submissions://`. Default: `required` for `submission://`, `opportunistic` for `smtp://`, `never` for `lmtp://`.",
        )
        .optional(),
      certificate_warn_days: wholeNumber(0, 3650)
        .describe("Warn this many days before the certificate ends.")
        .default(14),
    },
    "{ ca: ca.pem, min_version: TLSv1.2 }",
  );

const relayUrl = () =>
  judgedText("URL", say("is not a URL", "write one such as submission://relay.example.com"), (value) => {
    const result = parseServiceUrl(value, RELAY_SCHEMES);
    return typeof result === "string" ? result : undefined;
  }).meta({ title: "URL", examples: ["submission://relay.example.com"] });

export const relay = () =>
  mapping(
    {
      name: name().describe("Unique among the relays; the metric label `target`."),
      url: referable(relayUrl()).describe(
        "`smtp://` (port 25, STARTTLS when offered), `submission://` (587, STARTTLS required), `submissions://` (465, TLS from the first byte; `smtps://` means the same) or `lmtp://` (24), and host and optional port. Holds no password.",
      ),
      auth: auth().describe("Credentials for AUTH.").optional(),
      helo: referable(helo()).describe("Argument of EHLO. Default: `defaults.helo`.").optional(),
      from: referable(reversePath())
        .describe(
          'Reverse-path of the envelope; `""` is the null reverse-path. Default: `defaults.from`, else the user name when it is a mail address, else the null reverse-path.',
        )
        .optional(),
      to: oneOrMany(referable(mailAddress()), "[seed@example.net]")
        .describe("Forward-path of the envelope, or several; needed by depth `rcpt` and `data`.")
        .optional(),
      depth: choice(SMTP_DEPTHS)
        .describe(
          "How far the probe goes before QUIT. `rcpt` ends before a message is sent; `data` sends one on each run. Default: `rcpt` with `to`, else `auth` with `auth`, else `tls`, or `ehlo` where STARTTLS is `never`.",
        )
        .optional(),
      expect: choice(SMTP_EXPECTATIONS)
        .describe(
          "What the server must do. All but `accept` are negative tests: the probe passes when the server refuses. They go as far as they need to, and never send a message.",
        )
        .default("accept"),
      foreign_recipient: referable(mailAddress())
        .describe(
          "Recipient of `expect: refuse_relay`, in a domain for which the relay is not responsible. Default: relay-test@example.com.",
        )
        .optional(),
      forged_sender: referable(mailAddress())
        .describe(
          "Sender of `expect: refuse_sender`. Default: an invented one in the domain of `from`, or without `auth` in that of `to`.",
        )
        .optional(),
      mode: choice(["lockstep", "pipelined"])
        .describe(
          "`lockstep` times each command alone; `pipelined` sends the envelope in one write (RFC 2920).",
        )
        .default("lockstep"),
      chunking: flag()
        .describe("Send the message with BDAT (RFC 3030) where CHUNKING is offered.")
        .default(false),
      tls: relayTls().describe("TLS of this relay.").prefault({}),
      source_address: ipAddress().describe("Local address to connect from.").optional(),
      family: z
        .literal([4, 6], say("is not an address family", "write 4 or 6, or leave it out for both"))
        .describe("Only IPv4 or only IPv6. Default: both.")
        .optional(),
      ...watched(
        "Time between two runs. Beside other probes, the `tls` probe runs every 10m, or every `interval` where that is longer. Default: `defaults.interval`, or 10m with `probes: [tls]`.",
        "Probes to run. Default: `[smtp, tls]`, without `tls` where STARTTLS is `never`.",
      ),
    },
    '{ name: eu, url: "submission://relay.example.com" }',
  );

export const relays = () => list(relay(), '[{ name: eu, url: "submission://relay.example.com" }]');
