import * as z from "zod";
import { say } from "../say.ts";
import { MAILBOX_SCHEMES, parseServiceUrl } from "../service-url.ts";
import { duration, judgedText, labels, cron, list, mailAddress, mapping, name, referable } from "./fields.ts";
import { auth, mailboxTls } from "./relay.ts";

const mailboxUrl = () =>
  judgedText("URL", say("is not a URL", "write one such as imaps://imap.example.com"), (value) => {
    const result = parseServiceUrl(value, MAILBOX_SCHEMES);
    return typeof result === "string" ? result : undefined;
  }).meta({ title: "URL", examples: ["imaps://imap.example.com"] });

const mailbox = () =>
  mapping(
    {
      name: name().describe("Unique among the mailboxes."),
      address: referable(mailAddress()).describe("Mail address whose mail arrives in this mailbox."),
      url: referable(mailboxUrl()).describe(
        "`imap://` (port 143, STARTTLS), `imaps://` (993), `pop3://` (110, STLS) or `pop3s://` (995), and host and optional port. Holds no password.",
      ),
      auth: auth().describe("Credentials of the mailbox.").optional(),
      tls: mailboxTls().describe("TLS of this mailbox.").prefault({}),
      labels: labels().describe("Static labels, as for relays.").default({}),
    },
    '{ name: seed, address: seed@example.net, url: "imaps://imap.example.net" }',
  );

export const mailboxes = () =>
  list(mailbox(), '[{ name: seed, address: seed@example.net, url: "imaps://imap.example.net" }]');

const route = () =>
  mapping(
    {
      name: name().describe("Unique among the routes; the metric label `route`."),
      relay: z
        .string(say("is not the name of a relay", "write the name of a relay"))
        .meta({ title: "relay name" })
        .describe("Relay that takes the message."),
      mailbox: z
        .string(say("is not the name of a mailbox", "write the name of a mailbox"))
        .meta({ title: "mailbox name" })
        .describe("Mailbox in which the message must arrive."),
      interval: duration("1s", "30d")
        .describe("Time between two messages. Default: `defaults.interval`.")
        .optional(),
      cron: cron().describe("When to send, in UTC, in place of `interval`.").optional(),
      timeout: duration("1s", "10m").describe("Deadline of one run. Default: `defaults.timeout`.").optional(),
      labels: labels().describe("Static labels, as for relays.").default({}),
    },
    "{ name: eu-to-seed, relay: eu, mailbox: seed }",
  );

export const routes = () => list(route(), "[{ name: eu-to-seed, relay: eu, mailbox: seed }]");
