import { Command } from "commander";
import type { CliIo } from "./io.ts";
import { observeAndReport, type ReportOptions } from "./observing.ts";
import {
  type BareFlags,
  bareOptions,
  collect,
  configOption,
  configPath,
  withBareTarget,
  withDepth,
  withReport,
} from "./options.ts";
import type { LoadServices } from "./services.ts";
import { jobsOfTargets } from "./targets.ts";

interface CheckFlags extends BareFlags, ReportOptions {
  readonly config?: string;
  readonly probe?: string[];
}

/** `mailgauge check TARGET…` */
export function checkCommand(load: LoadServices, io: CliIo, exit: (code: number) => void): Command {
  const command = new Command("check")
    .summary("probe targets once and say what is wrong, why, and what to change")
    .description(
      "Probe targets once. A target is a configured name, a URL (smtp://, submission://, submissions://, lmtp://: probes smtp and tls), a domain (mx, blocklist) or an IP address (blocklist).",
    )
    .argument("<target...>", "what to check")
    .addOption(configOption())
    .option(
      "--probe <kind>",
      "run only this probe (smtp, tls, mx, blocklist); may be given several times",
      collect,
    );
  return withReport(withBareTarget(withDepth(command)))
    .addHelpText("after", EXAMPLES)
    .action(async (targets: string[], flags: CheckFlags) => {
      const services = await load();
      const toolkit = await services.openToolkit(configPath(flags.config, io), flags.resolver);
      try {
        const filter = flags.probe === undefined ? {} : { probes: flags.probe };
        const jobs = jobsOfTargets(targets, toolkit, bareOptions(flags), filter);
        exit(await observeAndReport(jobs, toolkit, io, flags));
      } finally {
        await toolkit.close();
      }
    });
}

const EXAMPLES = `
Examples:
  mailgauge check submission://relay.example.com
  mailgauge check smtp://relay.example.com --from a@example.com --to b@example.net --depth rcpt
  mailgauge check smtp://relay.example.com --expect refuse_relay     # an open relay fails
  mailgauge check example.com 192.0.2.10 --json | jq .verdict
  mailgauge check eu                                                 # a name of mailgauge.yml

Exit status: 0 pass, 1 warn, 2 fail, 3 unknown, 64 usage, 78 configuration.`;
