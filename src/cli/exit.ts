import type { Verdict } from "../model/observation.ts";

/** Exit codes of monitoring plugins, and of sysexits.h for what is the caller's. */
export const EXIT = { pass: 0, warn: 1, fail: 2, unknown: 3, usage: 64, configuration: 78 } as const;

/** The exit code that says a verdict. */
export function exitCodeOf(verdict: Verdict): number {
  return EXIT[verdict];
}

/** What is wrong with a configuration: each problem on a line of its own. */
export function configurationError(problems: readonly string[]): CliError {
  const count = problems.length === 1 ? "a problem" : `${problems.length} problems`;
  return new CliError(`the configuration has ${count}\n${problems.join("\n")}`, EXIT.configuration);
}

/** An error of the caller: printed as one line and, where there is one, the next step; no stack. */
export class CliError extends Error {
  readonly exitCode: number;
  readonly hint: string | undefined;

  constructor(message: string, exitCode: number = EXIT.usage, hint?: string) {
    super(message);
    this.name = "CliError";
    this.exitCode = exitCode;
    this.hint = hint;
  }
}

/** The address to listen on belongs to another process. */
export class AddressInUseError extends CliError {
  constructor(listen: string) {
    super(
      `${listen} is in use`,
      EXIT.usage,
      "Is Mailgauge running already? Give another address with --listen, such as 127.0.0.1:0 for any free port.",
    );
    this.name = "AddressInUseError";
  }
}
