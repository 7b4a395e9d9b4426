import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { stringify } from "yaml";
import { LOOPBACK } from "./ports.ts";
import { type RunningServer, startServer } from "./server.ts";

const MAIN = resolve(import.meta.dirname, "../../../src/main.ts");

export interface Mailgauge extends RunningServer<"http"> {
  readonly url: string;
}

/** The product itself, as a user runs it: a process of its own, one configuration file, one port. */
export async function startMailgauge(configuration: unknown): Promise<Mailgauge> {
  const server = await startServer({
    name: "mailgauge",
    ports: ["http"],
    prepare: (dir, ports) => {
      const file = join(dir, "mailgauge.yml");
      writeFileSync(file, stringify(configuration));
      return {
        command: process.execPath,
        args: [MAIN, "run", "--config", file, "--listen", `${LOOPBACK}:${ports.http}`],
        user: "self", // `nobody` may not read the checkout
      };
    },
  });
  return { ...server, url: `http://${LOOPBACK}:${server.ports.http}` };
}
