import type * as z from "zod";
import { mapping } from "./fields.ts";
import { defaults, limits, loadtest, log, modules, resolver, server, store } from "./process.ts";
import { relays } from "./relay.ts";
import { mailboxes, routes } from "./routes.ts";
import { addresses, blocklists, domains } from "./targets.ts";

/** The whole file. Each section, and so an empty mapping, may be left out. */
export const configSchema = mapping(
  {
    defaults: defaults().describe("Values for all entries that do not set their own.").prefault({}),
    relays: relays().describe("Servers that take mail from you: probes `smtp` and `tls`.").default([]),
    domains: domains()
      .describe("Domains whose incoming mail is watched: probe `mx`. A domain alone may stand for a mapping.")
      .default([]),
    addresses: addresses()
      .describe(
        "Addresses that send your mail, and domains in it: probe `blocklist`. An address alone may stand for a mapping.",
      )
      .default([]),
    blocklists: blocklists()
      .describe("Lists in which `addresses` are looked up. Default: presets that need no key.")
      .default([]),
    mailboxes: mailboxes()
      .describe("Mailboxes in which test messages arrive. Checked, and not used yet.")
      .default([]),
    routes: routes()
      .describe("Paths of mail from a relay to a mailbox. Checked, and not used yet.")
      .default([]),
    modules: modules()
      .describe(
        "Modules of `/probe`, beside the built-in ones: a probe by name. All keys but `probe` and `timeout` are options of the probe.",
      )
      .default({}),
    resolver: resolver().describe("How DNS is asked.").prefault({}),
    limits: limits().describe("How much is done at once.").prefault({}),
    server: server().describe("The HTTP server of `mailgauge run`.").prefault({}),
    store: store().describe("Where load tests are kept, the last 500 of them.").optional(),
    log: log().describe("The log, on standard error.").prefault({}),
    loadtest: loadtest().describe("Whom `mailgauge loadtest` may load.").prefault({}),
  },
  "relays: [ … ]",
).meta({ title: "Mailgauge configuration" });

/** The file as checked and filled with the schema's defaults; durations and URLs still as text. */
export type Settings = z.output<typeof configSchema>;
export type RelaySettings = Settings["relays"][number];
export type DomainSettings = Settings["domains"][number];
export type AddressSettings = Settings["addresses"][number];
export type MailboxSettings = Settings["mailboxes"][number];
export type RouteSettings = Settings["routes"][number];
