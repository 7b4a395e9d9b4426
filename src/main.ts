#!/usr/bin/env node
import { enableCompileCache } from "node:module";
import { processIo, surviveClosedPipes } from "./cli/io.ts";
import { runCli } from "./cli/program.ts";
import { packageVersion } from "./version.ts";

enableCompileCache();
surviveClosedPipes();

process.exitCode = await runCli(process.argv.slice(2), {
  version: packageVersion(),
  // Loaded only when a command needs it: `--help` must not pay for parsers, resolvers and servers.
  load: async () => (await import("./app.ts")).services,
  io: processIo,
});
