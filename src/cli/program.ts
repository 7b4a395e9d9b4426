import { Command, CommanderError } from "commander";
import { blocklistCommand } from "./blocklist.ts";
import { checkCommand } from "./check.ts";
import { configCommand } from "./config.ts";
import { demoCommand } from "./demo.ts";
import { CliError, EXIT } from "./exit.ts";
import { explainCommand } from "./explain.ts";
import { type CliIo, errPaint } from "./io.ts";
import { loadtestCommand } from "./loadtest.ts";
import { runCommand } from "./run.ts";
import { sendCommand } from "./send.ts";
import type { LoadServices } from "./services.ts";

export interface ProgramDeps {
  readonly version: string;
  readonly load: LoadServices;
  readonly io: CliIo;
}

/** Runs one command line and returns its exit code; never throws. */
export async function runCli(args: readonly string[], { version, load, io }: ProgramDeps): Promise<number> {
  let code: number = EXIT.pass;
  const exit = (next: number): void => {
    code = next;
  };
  const program = new Command("mailgauge")
    .description("SMTP deliverability monitoring: probes that time every phase and say why mail fails.")
    .version(version)
    .addCommand(runCommand(load, io))
    .addCommand(checkCommand(load, io, exit))
    .addCommand(sendCommand(load, io, exit))
    .addCommand(blocklistCommand(load, io, exit))
    .addCommand(explainCommand(load, io, exit))
    .addCommand(loadtestCommand(load, io, exit))
    .addCommand(configCommand(load, io, exit))
    .addCommand(demoCommand(load, io))
    .addHelpText("after", FIRST_STEPS);
  settle(program, io);
  try {
    await program.parseAsync(args, { from: "user" });
    return code;
  } catch (error) {
    return report(error, io);
  }
}

const FIRST_STEPS = `
First steps:
  mailgauge demo                                  watch it work, with nothing to install
  mailgauge check submission://relay.example.com  one relay, now
  mailgauge run --config mailgauge.yml            the daemon`;

/** Makes commander throw instead of ending the process, and suggest and explain on every level. */
function settle(command: Command, io: CliIo, parents = ""): void {
  const path = `${parents}${command.name()}`;
  command
    .exitOverride()
    .showSuggestionAfterError(true)
    .showHelpAfterError(`(see ${path} --help)`)
    .configureOutput({
      writeOut: (text) => io.out(text),
      writeErr: (text) => io.err(text),
      outputError: (text, write) => write(text.replace(/^error: /, "mailgauge: ")),
      getOutHelpWidth: () => io.columns,
    });
  for (const child of command.commands) settle(child, io, `${path} `);
}

function report(error: unknown, io: CliIo): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.pass : EXIT.usage;
  if (error instanceof CliError) {
    io.err(`mailgauge: ${error.message}\n`);
    if (error.hint !== undefined) io.err(`${errPaint(io)("bold", "→")} ${error.hint}\n`);
    return error.exitCode;
  }
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  io.err(`mailgauge: internal error, please report it\n${detail}\n`);
  return EXIT.unknown;
}
