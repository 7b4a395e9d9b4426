import { Command } from "commander";
import { CliError } from "./exit.ts";
import type { CliIo } from "./io.ts";
import { observeAndReport, type ReportOptions } from "./observing.ts";
import {
  type BareFlags,
  bareOptions,
  configOption,
  configPath,
  withBareTarget,
  withReport,
} from "./options.ts";
import type { LoadServices } from "./services.ts";
import { jobsOfTargets } from "./targets.ts";

interface SendFlags extends BareFlags, ReportOptions {
  readonly config?: string;
}

/** `mailgauge send RELAY` */
export function sendCommand(load: LoadServices, io: CliIo, exit: (code: number) => void): Command {
  const command = new Command("send")
    .summary("submit one seeded test message and time every phase")
    .description(
      "Submit one seeded test message through a relay: a configured name or a URL. The report shows the queue id, and the token in its Subject and Message-ID by which the message is found again.",
    )
    .argument("<relay>", "configured name or URL")
    .addOption(configOption());
  return withReport(withBareTarget(command))
    .addHelpText("after", EXAMPLES)
    .action(async (relay: string, flags: SendFlags) => {
      const services = await load();
      const toolkit = await services.openToolkit(configPath(flags.config, io), flags.resolver);
      try {
        const filter = { probes: ["smtp"], wanted: RELAY };
        const jobs = jobsOfTargets([relay], toolkit, bareOptions(flags), filter).map((job) => {
          if (job.subject.kind !== "relay")
            throw new CliError(`${relay} is no ${RELAY.what}`, undefined, RELAY.hint);
          const to = flags.to ?? job.subject.to;
          if (to.length === 0)
            throw new CliError("no recipient", undefined, "Give --to an address that you may send to.");
          const subject = { ...job.subject, to, ...(flags.from === undefined ? {} : { from: flags.from }) };
          return {
            ...job,
            subject,
            options: { ...(job.options as object), depth: "data", expect: "accept" },
          };
        });
        exit(await observeAndReport(jobs, toolkit, io, flags));
      } finally {
        await toolkit.close();
      }
    });
}

const RELAY = {
  what: "relay",
  hint: "Give a relay's configured name, or a URL such as submission://relay.example.com.",
};

const EXAMPLES = `
Examples:
  mailgauge send eu --to seed@example.net
  RELAY_PASSWORD=… mailgauge send submission://relay.example.com --username probe \\
    --password-env RELAY_PASSWORD --from probe@example.com --to seed@example.net --debug

Exit status: 0 accepted, 1 accepted with a warning, or greylisted, 2 refused or failed, 3 unknown, 64 usage,
78 configuration.`;
