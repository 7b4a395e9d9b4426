import { setTimeout as wait } from "node:timers/promises";
import { pino } from "pino";
import { parseConfig } from "../../src/config/index.ts";
import { type Daemon, startDaemon } from "../../src/daemon.ts";
import type { Lab } from "../../src/lab/lab.ts";
import type { ReadFile } from "../../src/config/outside.ts";
import { configDeps } from "../../src/toolkit.ts";

export interface TestDaemon extends Daemon {
  /** Body of a GET. */
  get(path: string): Promise<string>;
  /** What the next reload reads. */
  configure(text: string): void;
  /** Everything that was logged. */
  readonly log: string[];
  /** Runs the job out of turn, and waits until its observation is there. */
  observe(jobId: string): Promise<ObservationJson>;
}

export interface ObservationJson {
  readonly id: string;
  readonly target: string;
  readonly probe: string;
  readonly startedAt: number;
  readonly verdict: string;
  readonly fault?: { readonly code: string };
  readonly cause?: { readonly code: string; readonly remedy: string };
}

export interface TestDaemonOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
  /** All jobs run within this time of the start; by default they wait for their slot or for `observe`. */
  readonly warmUpMs?: number;
}

/** The whole daemon on a free port, with a configuration text, secrets and files from memory. */
export async function startTestDaemon(config: string, options: TestDaemonOptions = {}): Promise<TestDaemon> {
  const log: string[] = [];
  const readFile: ReadFile = (path) => {
    const name = path.split("/").at(-1) ?? "";
    const text = options.files?.[name];
    if (text === undefined) throw Object.assign(new Error(`no such file: ${name}`), { code: "ENOENT" });
    return text;
  };
  const state = { config };
  const daemon = await startDaemon({
    load: () => parseConfig(state.config, "test.yml", { ...configDeps, env: options.env ?? {}, readFile }),
    listen: "127.0.0.1:0",
    version: "0.0.0-test",
    logger: pino({ level: "debug" }, { write: (line: string) => void log.push(line) }),
    drainMs: 1000,
    warmUpMs: options.warmUpMs ?? 3_600_000,
  });
  const get = async (path: string) => (await fetch(`${daemon.url}${path}`)).text();
  const latest = async (jobId: string) => {
    const [probe = "", , target = ""] = jobId.split("/");
    const query = `probe=${probe}&target=${encodeURIComponent(target)}&limit=1`;
    const body = JSON.parse(await get(`/api/v1/observations?${query}`)) as {
      observations: ObservationJson[];
    };
    return body.observations[0];
  };
  return Object.assign(daemon, {
    get,
    log,
    configure: (text: string) => void (state.config = text),
    observe: async (jobId: string) => {
      const before = (await latest(jobId))?.id;
      if (!daemon.trigger(jobId)) throw new Error(`${jobId} cannot run now`);
      for (;;) {
        const observation = await latest(jobId);
        if (observation !== undefined && observation.id !== before) return observation;
        await wait(10);
      }
    },
  });
}

/** What a user would write to watch a lab's first relay; more entries are appended. */
export function labConfig(lab: Lab, more = ""): string {
  return `
defaults: { interval: 1h, timeout: 3s, helo: probe.lab.test, from: probe@lab.test }
resolver: { servers: ["${lab.dns.server}"], timeout: 1s }
relays:
  - name: eu
    url: "submission://${lab.host}:${lab.ports.submission}"
    auth: { username: ${lab.users[0]?.username}, password: { env: RELAY_PASSWORD } }
    to: seed@lab.test
    depth: data
    tls: { ca: ca.pem }
${more}`;
}
