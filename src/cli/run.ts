import { Command } from "commander";
import { CliError, EXIT } from "./exit.ts";
import type { CliIo } from "./io.ts";
import { configOption, configPath } from "./options.ts";
import type { LoadServices, Running } from "./services.ts";

/** `mailgauge run` */
export function runCommand(load: LoadServices, io: CliIo): Command {
  return new Command("run")
    .summary("watch everything that the configuration names; serve page, metrics and probes over HTTP")
    .description(
      "Run the daemon in the foreground. SIGHUP reloads the configuration, SIGTERM and SIGINT drain and stop.",
    )
    .addOption(configOption())
    .option("--listen <address:port>", "address to serve HTTP on, in place of the configured one")
    .action(async (flags: { config?: string; listen?: string }) => {
      const path = configPath(flags.config, io);
      if (path === undefined) {
        throw new CliError(
          "no configuration file",
          EXIT.usage,
          "Give --config FILE, or try `mailgauge demo`, which needs none.",
        );
      }
      const services = await load();
      const starting = services.run({
        configPath: path,
        ...(flags.listen === undefined ? {} : { listen: flags.listen }),
      });
      await untilStopped(starting, ({ url }) => {
        // A collector reads the log: it says so too, as a record like the others.
        if (io.errIsTerminal) io.err(`mailgauge: serving ${url}\n`);
      });
    });
}

/**
 * Waits for the daemon; the first SIGINT or SIGTERM drains it, also while it starts, a second one ends the process at
 * once.
 */
export async function untilStopped<R extends Running>(
  starting: Promise<R>,
  onStarted: (running: R) => void,
): Promise<void> {
  const stop = (): void => {
    process.once("SIGINT", () => process.exit(130));
    process.once("SIGTERM", () => process.exit(143));
    starting.then(
      (running) => running.stop(),
      // That it did not start is said below.
      () => {},
    );
  };
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  try {
    const running = await starting;
    onStarted(running);
    await running.stopped;
  } finally {
    process.removeAllListeners("SIGINT");
    process.removeAllListeners("SIGTERM");
  }
}
