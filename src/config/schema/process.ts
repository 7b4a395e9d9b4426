import { isIPv4, isIPv6 } from "node:net";
import * as z from "zod";
import { parseHostPort, toDomain, toHost } from "../host.ts";
import { say } from "../say.ts";
import {
  choice,
  duration,
  flag,
  helo,
  list,
  mapping,
  name,
  path,
  referable,
  reversePath,
  text,
  wholeNumber,
} from "./fields.ts";

export const defaults = () =>
  mapping(
    {
      interval: duration("1s", "30d")
        .describe("Time between two runs for a relay or a route.")
        .default("60s"),
      timeout: duration("1s", "10m").describe("Deadline of one run.").default("15s"),
      helo: referable(helo())
        .describe(
          "Argument of EHLO. Default: the name of this machine when it is fully qualified, else its address as a literal.",
        )
        .optional(),
      from: referable(reversePath())
        .describe('Reverse-path of the envelope; `""` is the null reverse-path.')
        .optional(),
    },
    "{ interval: 60s, timeout: 15s }",
  );

const dnsServer = () =>
  text(
    "address and port",
    "is not the address of a DNS server",
    'write an IP address with an optional port, such as "127.0.0.1:53" or "[::1]:53"',
    (value) => {
      const end = parseHostPort(value);
      return end !== undefined && /^[0-9.]+$|:/.test(end.host) && end.port !== 0;
    },
  );

export const resolver = () =>
  mapping(
    {
      servers: list(dnsServer(), '["127.0.0.1:53"]')
        .min(1, say("is an empty list", "name a server, or leave `servers` out for the system's"))
        .meta({ title: "list of addresses" })
        .describe(
          "DNS servers, asked in turn. The search list of /etc/resolv.conf holds for the system's alone; " +
            "the hosts file always does. Default: the system's.",
        )
        .optional(),
      timeout: duration("100ms", "30s")
        .describe("Time to wait for one answer. Default: the system's with the system's servers, else 2s.")
        .optional(),
      attempts: wholeNumber(1, 10)
        .describe(
          "How often each question is asked in all. Default: the system's with the system's servers, else 2.",
        )
        .optional(),
    },
    '{ servers: ["127.0.0.1:53"] }',
  );

export const limits = () =>
  mapping(
    {
      concurrency: wholeNumber(1, 10_000).describe("Runs at the same time, in all.").default(200),
      per_destination: wholeNumber(1, 1000)
        .describe("Runs at the same time towards one host, and towards all hosts of one operator.")
        .default(4),
    },
    "{ concurrency: 200, per_destination: 4 }",
  );

const listenAddress = () =>
  text(
    "address and port",
    "is not an address to listen on",
    'write an address and a port, such as "127.0.0.1:9825", "[::1]:9825" or ":9825"',
    (value) => parseHostPort(value)?.port !== undefined,
  );

export const server = () =>
  mapping(
    {
      listen: listenAddress()
        .describe("Address and port of the HTTP server; an empty address means all of them.")
        .default("127.0.0.1:9825"),
      web_config: path()
        .describe(
          "Web configuration file, as of the Prometheus exporter-toolkit: TLS and basic authentication.",
        )
        .optional(),
      unrestricted_probe_targets: flag()
        .describe(
          "Let `/probe` reach targets that this file does not name. Whoever reaches the server can then make it connect anywhere.",
        )
        .default(false),
    },
    '{ listen: "127.0.0.1:9825" }',
  );

export const store = () =>
  mapping(
    {
      path: path().describe("Database file (SQLite)."),
      retention: duration("1h", "3650d")
        .describe(
          "How long a load test is kept, of which there are 500 at most; older ones are deleted when the next is kept.",
        )
        .default("30d"),
    },
    "{ path: mailgauge.db }",
  );

export const log = () =>
  mapping(
    {
      level: choice(["debug", "info", "warn", "error"])
        .describe("Least important lines to write.")
        .default("info"),
      format: choice(["json", "logfmt"])
        .describe(
          "`json`: one object a line, for a collector; `logfmt`: for a person. Default: `logfmt` on a terminal, else `json`.",
        )
        .optional(),
    },
    "{ level: info }",
  );

const isNetwork = (value: string): boolean => {
  const [address = "", bits = "", ...more] = value.split("/");
  const width = isIPv4(address) ? 32 : isIPv6(address) ? 128 : -1;
  return more.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= width;
};

export const loadtest = () =>
  mapping(
    {
      owned: list(
        text(
          "host",
          "is not a host",
          "write a domain name, an address or a network such as 192.0.2.0/24",
          (value) =>
            toHost(value) !== undefined ||
            isNetwork(value) ||
            (parseHostPort(value)?.port === undefined && parseHostPort(value) !== undefined),
        ),
        "[relay.example.com]",
      )
        .meta({ title: "list of hosts" })
        .describe(
          "Hosts that are yours to load: names, addresses, networks. Load tests refuse every other one but loopback. " +
            "A listed name may have any address; another name must have listed addresses only.",
        )
        .default([]),
      sink_domains: list(
        text("domain", "is not a domain", "write a domain name", (value) => toDomain(value) !== undefined),
        "[sink.example.com]",
      )
        .meta({ title: "list of domains" })
        .describe(
          "Domains whose mail, and that of the domains below them, ends in a sink of yours. Load tests send to these, " +
            "to `owned` names and to the reserved `.test`, `.example`, `.invalid` and `localhost` only.",
        )
        .default([]),
    },
    "{ owned: [relay.example.com] }",
  );

/** The probe reads its own options, so that a new probe needs no key here. */
const module = () =>
  z.looseObject(
    {
      probe: z
        .string(say("is not the name of a probe", "write one such as smtp"))
        .meta({ title: "probe" })
        .describe("Probe that the module runs."),
      timeout: duration("1s", "10m")
        .describe("Deadline, where the scraper's own timeout is not shorter. Default: `defaults.timeout`.")
        .optional(),
    },
    say("is not a mapping", "write keys and values, such as { probe: smtp, depth: ehlo }"),
  );

export const modules = () =>
  z.record(
    name(),
    module(),
    say("is not a mapping", "write modules by name, such as { smtp_ehlo: { probe: smtp } }"),
  );
