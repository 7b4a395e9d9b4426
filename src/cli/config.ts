import { Command } from "commander";
import { CliError, EXIT } from "./exit.ts";
import { type CliIo, errPaint } from "./io.ts";
import { configPath } from "./options.ts";
import type { LoadServices } from "./services.ts";

const FILE = "configuration file (default: $MAILGAUGE_CONFIG, else ./mailgauge.yml)";

/** `mailgauge config check|print|schema` */
export function configCommand(load: LoadServices, io: CliIo, exit: (code: number) => void): Command {
  const needed = (file: string | undefined): string => {
    const path = configPath(file, io);
    if (path !== undefined) return path;
    throw new CliError(
      "no configuration file",
      EXIT.usage,
      "Name one, set MAILGAUGE_CONFIG, or create mailgauge.yml here.",
    );
  };
  const check = new Command("check")
    .summary("report every problem of a configuration with its line and column")
    .description(
      "Report every problem at once, each with line, column and what would be right. Exit status: 0 none, 78 some.",
    )
    .argument("[file]", FILE)
    .action(async (file: string | undefined) => {
      const { problems, summary } = await (await load()).checkConfig(needed(file));
      for (const problem of problems) io.err(`${errPaint(io)("red", problem)}\n`);
      if (problems.length === 0) io.out(`${summary}\n`);
      exit(problems.length === 0 ? EXIT.pass : EXIT.configuration);
    });
  const print = new Command("print")
    .summary("print the configuration with every default filled in and secrets redacted")
    .description("Print the configuration as it is understood: every default filled in, secrets redacted.")
    .argument("[file]", FILE)
    .action(async (file: string | undefined) => io.out(await (await load()).printConfig(needed(file))));
  const schema = new Command("schema")
    .summary("print the JSON Schema, for completion in editors")
    .description("Print the JSON Schema of the configuration, for completion and checks in editors.")
    .action(async () => io.out(await (await load()).configSchema()));
  return new Command("config")
    .summary("check, print or describe the configuration")
    .description(
      "Check, print or describe the configuration. Without a file: $MAILGAUGE_CONFIG, else ./mailgauge.yml.",
    )
    .addCommand(check)
    .addCommand(print)
    .addCommand(schema);
}
