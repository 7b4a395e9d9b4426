import { Command, Option } from "commander";
import type { CliIo } from "./io.ts";
import { outPaint } from "./io.ts";
import { duration } from "./options.ts";
import { untilStopped } from "./run.ts";
import type { LoadServices } from "./services.ts";

/** `mailgauge demo` */
export function demoCommand(load: LoadServices, io: CliIo): Command {
  return new Command("demo")
    .summary("watch real probes on an embedded lab: relay, mailbox, DNS and blocklist in this process")
    .description(
      "Start an SMTP relay, a mailbox, a DNS server and a blocklist on loopback ports, and the daemon that watches them. The page has a panel to break things.",
    )
    .option(
      "--listen <address:port>",
      "address to serve the page on (default: 127.0.0.1:9825, or any free port when that is in use)",
    )
    .addOption(
      new Option("--interval <duration>", "time between two runs of a probe, at least 2s")
        .argParser(duration)
        .default(5000, "5s"),
    )
    .action(async ({ listen, interval }: { listen?: string; interval: number }) => {
      const services = await load();
      const starting = services.demo({
        intervalMs: interval,
        ...(listen === undefined ? {} : { listen }),
      });
      await untilStopped(starting, ({ url, hints }) => {
        const paint = outPaint(io);
        io.out(`\n  ${paint("bold", "Mailgauge demo")}   ${paint(["cyan", "underline"], url)}\n\n`);
        for (const hint of hints) io.out(hint === "" ? "\n" : `  ${hint}\n`);
        io.out("\n");
      });
    });
}
