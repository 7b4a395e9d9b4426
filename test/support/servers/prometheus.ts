import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { LOOPBACK, poll } from "./ports.ts";
import { type RunningServer, runUnprivileged, startServer } from "./server.ts";

/** One series of an instant query's answer. */
export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Prometheus extends RunningServer<"http"> {
  /** Instant query, at a time in seconds since the epoch; rejects with Prometheus' message when the expression is wrong. */
  query(promql: string, at?: number): Promise<readonly Series[]>;
  /** Asks until the query returns at least one series: the first scrape takes its time. */
  queryUntilFound(promql: string, signal: AbortSignal): Promise<readonly Series[]>;
}

interface QueryAnswer {
  readonly status: string;
  readonly error?: string;
  readonly data?: { readonly result: readonly { metric: Record<string, string>; value: [number, string] }[] };
}

/**
 * Prometheus with a configuration of its own, such as `{ scrape_configs: [ … ], rule_files: [ … ] }`, and further flags,
 * such as `["--web.enable-remote-write-receiver"]`.
 */
export async function startPrometheus(
  configuration: unknown,
  flags: readonly string[] = [],
): Promise<Prometheus> {
  const server = await startServer({
    name: "prometheus",
    ports: ["http"],
    prepare: (dir, ports) => {
      const file = join(dir, "prometheus.yml");
      writeFileSync(file, stringify(configuration));
      return {
        command: "prometheus",
        args: [
          `--config.file=${file}`,
          `--storage.tsdb.path=${join(dir, "data")}`,
          `--web.listen-address=${LOOPBACK}:${ports.http}`,
          ...flags,
        ],
      };
    },
    ready: async (ports) => {
      const response = await fetch(`http://${LOOPBACK}:${ports.http}/-/ready`);
      await response.arrayBuffer();
      return response.ok;
    },
  });
  const query = async (promql: string, at?: number): Promise<readonly Series[]> => {
    const url = new URL(`http://${LOOPBACK}:${server.ports.http}/api/v1/query`);
    url.searchParams.set("query", promql);
    if (at !== undefined) url.searchParams.set("time", String(at));
    const response = await fetch(url);
    const answer = (await response.json()) as QueryAnswer;
    if (answer.data === undefined)
      throw new Error(`Prometheus on ${promql}: ${answer.error ?? answer.status}`);
    return answer.data.result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
  };
  return {
    ...server,
    query,
    queryUntilFound: (promql, signal) =>
      poll(async () => {
        const found = await query(promql);
        return found.length > 0 ? found : undefined;
      }, signal),
  };
}

/** What promtool complains of in a text exposition; throws on what it calls an error. Empty when all is well. */
export function lintMetrics(exposition: string): string {
  return runUnprivileged("promtool", ["check", "metrics"], exposition);
}
