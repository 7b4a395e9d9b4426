import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { LOOPBACK } from "./ports.ts";
import { type RunningServer, startServer } from "./server.ts";

const BINARY = resolve(import.meta.dirname, "../../../.cache/bin/mailgauge-sink");

/** What the sink counted of one run, by the tokens in its messages. */
export interface SinkRun {
  readonly arrived: number;
  readonly duplicates: number;
  readonly missing_count: number;
}

export interface MailgaugeSink extends RunningServer<"smtp" | "http"> {
  readonly url: string;
  /** What arrived of the run with this id; `undefined` before its first message. */
  run(id: string): Promise<SinkRun | undefined>;
  /** From now on it behaves so. */
  setProfile(profile: unknown): Promise<void>;
}

/** Our own sink as `make sink` has built it, with these further flags. */
export async function startMailgaugeSink(flags: readonly string[] = []): Promise<MailgaugeSink> {
  if (!existsSync(BINARY)) throw new Error(`no ${BINARY}: run make sink`);
  const server = await startServer({
    name: "mailgauge-sink",
    ports: ["smtp", "http"],
    prepare: (_dir, ports) => ({
      command: BINARY,
      args: ["--listen", `${LOOPBACK}:${ports.smtp}`, "--http", `${LOOPBACK}:${ports.http}`, ...flags],
      user: "self",
    }),
  });
  const url = `http://${LOOPBACK}:${server.ports.http}`;
  return {
    ...server,
    url,
    run: async (id) => {
      const response = await fetch(`${url}/api/v1/runs/${id}`);
      return response.ok ? ((await response.json()) as SinkRun) : undefined;
    },
    setProfile: async (profile) => {
      const response = await fetch(`${url}/api/v1/profile`, { method: "PUT", body: JSON.stringify(profile) });
      if (!response.ok) throw new Error(`the sink refuses the profile: ${await response.text()}`);
    },
  };
}
