import { existsSync } from "node:fs";
import { type Command, InvalidArgumentError, Option } from "commander";
import { SMTP_DEPTHS, SMTP_EXPECTATIONS } from "../model/evidence.ts";
import type { CliIo } from "./io.ts";
import type { BareOptions } from "./services.ts";

const DEFAULT_CONFIG = "mailgauge.yml";
const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** `90s`, `5m`, `1h`, `500ms` to milliseconds. */
export function duration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text);
  const ms = match ? Number(match[1]) * (UNITS[match[2] ?? ""] ?? Number.NaN) : Number.NaN;
  if (!Number.isFinite(ms) || ms <= 0)
    throw new InvalidArgumentError("Give a duration such as 500ms, 15s, 5m or 1h.");
  return ms;
}

export function collect(value: string, previous: readonly string[] | undefined): string[] {
  return [...(previous ?? []), value];
}

export function configOption(): Option {
  return new Option(
    "-c, --config <file>",
    `configuration file (default: $MAILGAUGE_CONFIG, else ./${DEFAULT_CONFIG} when it exists)`,
  );
}

/** The configuration that a command uses: the option, the environment, or the file of the usual name. */
export function configPath(option: string | undefined, io: CliIo): string | undefined {
  if (option !== undefined) return option;
  if (io.env.MAILGAUGE_CONFIG) return io.env.MAILGAUGE_CONFIG;
  return existsSync(DEFAULT_CONFIG) ? DEFAULT_CONFIG : undefined;
}

/** Options of the report, common to `check`, `send` and `blocklist`. */
export function withReport(command: Command): Command {
  return command
    .option("--json", 'print { "verdict", "observations" } as JSON')
    .option("--junit <file>", "write JUnit XML to a file")
    .option(
      "--debug",
      "print the transcript (S: and C: with milliseconds, secrets redacted) to standard error",
    );
}

/** Options for targets that stand in no configuration. */
export function withBareTarget(command: Command): Command {
  return withLogin(withEnvelope(command)).addOption(
    new Option("--timeout <duration>", "deadline of each probe (default: 15s)").argParser(duration),
  );
}

/** Who sends to whom, under which name. */
export function withEnvelope(command: Command): Command {
  return command
    .option("--from <address>", "reverse-path of the envelope (MAIL FROM)")
    .option("--to <address>", "forward-path (RCPT TO); may be given several times", collect)
    .option("--helo <name>", "argument of EHLO");
}

/** How a target is found, trusted and logged in to. */
export function withLogin(command: Command): Command {
  return command
    .option("--username <name>", "authenticate as this user")
    .addOption(
      new Option("--password-env <name>", "take the password from this environment variable").conflicts(
        "passwordFile",
      ),
    )
    .option("--password-file <file>", "take the password from this file")
    .option("--ca <file>", "PEM file of the certificate authorities to trust in place of the system's")
    .option("--insecure", "report an untrusted certificate as a warning only")
    .option(
      "--resolver <server>",
      "DNS server to ask, address or address:port; may be given several times",
      collect,
    );
}

export function withDepth(command: Command): Command {
  return command
    .addOption(
      new Option(
        "--depth <phase>",
        "how far an SMTP probe goes before QUIT (default: rcpt with --to, else auth with --username, else tls)",
      ).choices([...SMTP_DEPTHS]),
    )
    .addOption(
      new Option("--expect <outcome>", "what the server must do (default: accept)").choices([
        ...SMTP_EXPECTATIONS,
      ]),
    );
}

export interface BareFlags {
  readonly from?: string;
  readonly to?: string[];
  readonly helo?: string;
  readonly username?: string;
  readonly passwordEnv?: string;
  readonly passwordFile?: string;
  readonly ca?: string;
  readonly insecure?: boolean;
  readonly resolver?: string[];
  readonly timeout?: number;
  readonly depth?: string;
  readonly expect?: string;
}

const BARE_FLAGS = [
  "from",
  "to",
  "helo",
  "username",
  "passwordEnv",
  "passwordFile",
  "ca",
  "insecure",
  "depth",
  "expect",
] as const satisfies readonly (keyof BareFlags & keyof BareOptions)[];

/** Out of the flags of a command, those that are about the target. */
export function bareOptions(flags: BareFlags): BareOptions {
  const { resolver, timeout } = flags;
  const given = BARE_FLAGS.filter((name) => flags[name] !== undefined);
  return {
    ...Object.fromEntries(given.map((name) => [name, flags[name]])),
    ...(resolver === undefined ? {} : { servers: resolver }),
    ...(timeout === undefined ? {} : { timeoutMs: timeout }),
  };
}
