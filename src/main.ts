#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { processIo } from "./cli/io.ts";
import { runCli } from "./cli/program.ts";

enableCompileCache();

/** The package's own version; package.json stands one folder above `src`, two above `dist/src`. */
function version(): string {
  for (const path of ["../package.json", "../../package.json"]) {
    try {
      return (JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8")) as { version: string })
        .version;
    } catch {
      // The other place holds it.
    }
  }
  return "0.0.0";
}

process.exitCode = await runCli(process.argv.slice(2), {
  version: version(),
  // Loaded only when a command needs it: `--help` must not pay for parsers, resolvers and servers.
  load: async () => (await import("./app.ts")).services,
  io: processIo,
});
