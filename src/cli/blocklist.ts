import { Command } from "commander";
import type { CliIo } from "./io.ts";
import { observeAndReport, type ReportOptions } from "./observing.ts";
import { collect, configOption, configPath, duration, withReport } from "./options.ts";
import type { LoadServices } from "./services.ts";
import { jobsOfTargets } from "./targets.ts";

interface BlocklistFlags extends ReportOptions {
  readonly config?: string;
  readonly resolver?: string[];
  readonly timeout?: number;
}

/** `mailgauge blocklist IP|DOMAIN…` */
export function blocklistCommand(load: LoadServices, io: CliIo, exit: (code: number) => void): Command {
  const command = new Command("blocklist")
    .summary("look addresses and domains up in blocklists")
    .description(
      "Look addresses and domains up in the configured blocklists, or in the built-in ones. A list that refuses to answer, or that is dead, is reported as unknown: never as clean, never as listed.",
    )
    .argument("<subject...>", "IPv4 or IPv6 address, or domain")
    .addOption(configOption())
    .option(
      "--resolver <server>",
      "DNS server to ask (many lists refuse public resolvers); may be given several times",
      collect,
    )
    .option("--timeout <duration>", "deadline (default: 15s)", duration);
  return withReport(command)
    .addHelpText("after", EXAMPLES)
    .action(async (subjects: string[], flags: BlocklistFlags) => {
      const services = await load();
      const toolkit = await services.openToolkit(configPath(flags.config, io), flags.resolver);
      try {
        const bare = flags.timeout === undefined ? {} : { timeoutMs: flags.timeout };
        const jobs = jobsOfTargets(subjects, toolkit, bare, { probes: ["blocklist"], wanted: LISTABLE });
        exit(await observeAndReport(jobs, toolkit, io, flags));
      } finally {
        await toolkit.close();
      }
    });
}

const LISTABLE = {
  what: "IP address, domain or configured address",
  hint: "Give what lists have entries for, such as 192.0.2.10, 2001:db8::10 or example.com.",
};

const EXAMPLES = `
Examples:
  mailgauge blocklist 192.0.2.10 example.com
  mailgauge blocklist 192.0.2.10 --resolver 127.0.0.1

Exit status: 0 not listed, 1 listed only where it hardly counts, 2 listed, 3 unknown, 64 usage, 78 configuration.`;
