import * as z from "zod";
import { say } from "../say.ts";
import { watched } from "./entry.ts";
import {
  choice,
  domainName,
  duration,
  flag,
  helo,
  ipOrDomain,
  list,
  mapping,
  name,
  referable,
  secret,
  text,
  wholeNumber,
} from "./fields.ts";

const domain = () =>
  mapping(
    {
      name: name().describe(
        "Unique among the domains; the metric label `target`. The domain itself, unless `domain` is set.",
      ),
      domain: domainName().describe("The domain, when `name` is another. Default: `name`.").optional(),
      dkim_selectors: list(
        text("DKIM selector", "is not a DKIM selector", "write one such as s1", (value) =>
          /^[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?$/.test(value),
        ),
        "[s1, s2]",
      )
        .meta({ title: "list of DKIM selectors" })
        .describe(
          "Selectors under `_domainkey` that senders of this domain sign with (RFC 6376 section 3.1). Checked, and not used yet.",
        )
        .default([]),
      sends_via: list(z.string(say("is not the name of a relay", "write the name of a relay")), "[eu]")
        .meta({ title: "list of relay names" })
        .describe("Relays that send mail of this domain. Checked, and not used yet.")
        .default([]),
      helo: referable(helo())
        .describe("Argument of EHLO at the MX hosts. Default: `defaults.helo`.")
        .optional(),
      port: wholeNumber(1, 65_535).describe("TCP port of the MX hosts.").default(25),
      ...watched("Time between two runs. Default: 5m.", "Probes to run. Default: `[mx]`."),
    },
    "{ name: example.com }",
  );

/** An entry that needs nothing but its name may be written as that name alone. */
export const domains = () =>
  list(z.union([domainName(), domain()]).meta({ title: "domain, or mapping" }), "[example.com]");

const address = () =>
  mapping(
    {
      address: ipOrDomain().describe("IPv4 or IPv6 address, or a domain for lists of domains."),
      name: name()
        .describe("Unique among the addresses; the metric label `target`. Default: `address`.")
        .optional(),
      ...watched("Time between two runs. Default: 30m.", "Probes to run. Default: `[blocklist]`."),
    },
    "{ address: 192.0.2.10, name: outbound-1 }",
  );

export const addresses = () =>
  list(z.union([ipOrDomain(), address()]).meta({ title: "address, or mapping" }), "[192.0.2.10]");

const blocklist = () =>
  mapping(
    {
      preset: z
        .string(say("is not the name of a preset", "write one such as spamhaus-zen"))
        .meta({ title: "preset" })
        .describe("A list that Mailgauge knows, such as `spamhaus-zen`. Either this or `zone`.")
        .optional(),
      key: secret().describe("Key of the subscription, for presets that take one.").optional(),
      zone: domainName().describe("DNS zone of any other list. Either this or `preset`.").optional(),
      name: text("name", "is not a valid name", "write letters, digits and . _ -, 63 at most", (value) =>
        /^[A-Za-z0-9._-]{1,63}$/.test(value),
      )
        .describe("Name of a zone's list, and its metric label `list`. Default: the zone.")
        .optional(),
      kinds: list(choice(["ipv4", "ipv6", "domain"]), "[ipv4, ipv6]")
        .min(1, say("is an empty list", "write at least one, such as [ipv4]"))
        .meta({ title: "list of kinds" })
        .describe("What a zone's list has entries for: `ipv4`, `ipv6`, `domain`. Default: `[ipv4]`.")
        .optional(),
      codes: z
        .record(
          z.string(),
          z.string(say("is not text", "write what the answer means")),
          say("is not a mapping", "write answers and meanings, such as { 127.0.0.2: spam source }"),
        )
        .meta({ title: "mapping of answer to meaning" })
        .describe(
          "What a zone's answers mean, such as `127.0.0.4-7: exploited host`. With this, any other answer says nothing; without it, every answer in 127.0.0.0/8 is a listing.",
        )
        .optional(),
      white: flag().describe("A zone of good senders: being listed is good news. Default: false.").optional(),
      informational: flag()
        .describe("Show what a zone says, and never let it fail a run. Default: false.")
        .optional(),
      test_points: z
        .union([
          z.literal(false),
          mapping(
            {
              listed: z.string(say("is not text", "write an address or a name")).describe("Must be listed."),
              unlisted: z
                .string(say("is not text", "write an address or a name"))
                .describe("Must not be listed.")
                .optional(),
            },
            "{ listed: 127.0.0.2, unlisted: 127.0.0.1 }",
          ),
        ])
        .meta({ title: "mapping, or false" })
        .describe(
          "Entries by which a zone shows that it works; `false`: it has none. Default: as RFC 5782 section 5 says.",
        )
        .optional(),
      min_interval: duration("1s", "30d")
        .describe(
          "Least time between two look-ups of one address in this list. Default: 15m, or what the preset asks for, which is also its least.",
        )
        .optional(),
      delist_url: z
        .string(say("is not a URL", "write one such as https://example.org/remove"))
        .regex(/^https?:\/\/\S+$/, say("is not a URL", "write one such as https://example.org/remove"))
        .meta({ title: "URL" })
        .describe("Where a zone's list takes requests for removal; for the remedy.")
        .optional(),
    },
    "{ preset: spamhaus-zen } or { zone: bl.example.org }",
  );

export const blocklists = () => list(blocklist(), "[{ preset: spamhaus-zen }]");
