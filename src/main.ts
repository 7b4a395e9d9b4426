#!/usr/bin/env node
import { nodeComplaint } from "./node-version.ts";

const complaint = nodeComplaint(process.versions.node);
if (complaint === undefined) {
  // Not imported before: an older Node would fail on what they import themselves.
  const { enableCompileCache } = await import("node:module");
  enableCompileCache();
  const { processIo, surviveClosedPipes } = await import("./cli/io.ts");
  const { runCli } = await import("./cli/program.ts");
  const { packageVersion } = await import("./version.ts");
  surviveClosedPipes();
  process.exitCode = await runCli(process.argv.slice(2), {
    version: packageVersion(),
    // Loaded only when a command needs it: `--help` must not pay for parsers, resolvers and servers.
    load: async () => (await import("./app.ts")).services,
    io: processIo,
  });
} else {
  process.stderr.write(complaint);
  process.exitCode = 64;
}
