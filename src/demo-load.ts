import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Config } from "./config/index.ts";
import { packageFolder } from "./load-run.ts";
import { findK6 } from "./loadtest/k6-binary.ts";
import { LoadtestError } from "./loadtest/loadtest-error.ts";
import { openLoadtests } from "./loadtests.ts";

/** Small, since the lab, the daemon and k6 share the machine: it shows a load test, it does not measure the lab. */
const PARAMETERS = { RATE: "50", DURATION: "10s", P99: "2s" } as const;

/** The load test of the demo: its result stands on the page until the demo ends. */
export interface DemoLoad {
  /** Path of the database for its result. */
  readonly store: string;
  /** Loads this relay of the configuration once. Never rejects: the demo goes on without it. */
  run(config: Config, relay: string): Promise<void>;
  /** Ends what runs and forgets the result. */
  stop(): Promise<void>;
}

/** Nothing when there is no k6 with our module here; it is built with `make k6`. */
export async function prepareDemoLoad(
  env: Readonly<Record<string, string | undefined>>,
  onProblem: (message: string) => void,
): Promise<DemoLoad | undefined> {
  try {
    await findK6(env, packageFolder());
  } catch (error) {
    if (error instanceof LoadtestError) return undefined;
    throw error;
  }
  const folder = mkdtempSync(join(tmpdir(), "mailgauge-demo-"));
  const store = join(folder, "runs.db");
  const listeners = new Set<() => void>();
  let running = Promise.resolve();
  const load = async (config: Config, relay: string): Promise<void> => {
    const loadtests = openLoadtests(config);
    try {
      const request = { scenario: "throughput", relay, bare: {}, parameters: PARAMETERS, processes: 1 };
      const run = await loadtests.run(request, {
        write: () => {},
        isTerminal: false,
        columns: 80,
        onStop: (listener) => {
          listeners.add(listener);
          return () => listeners.delete(listener);
        },
      });
      loadtests.keep(run, store);
    } catch (error) {
      onProblem(
        `the load test of the demo did not run: ${error instanceof Error ? error.message : String(error)}`,
      );
    } finally {
      await loadtests.close();
    }
  };
  return {
    store,
    run: (config, relay) => {
      running = load(config, relay);
      return running;
    },
    stop: async () => {
      for (const stop of listeners) stop();
      await running;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
