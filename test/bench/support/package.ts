import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { stringify } from "yaml";
import { freePorts, LOOPBACK } from "../../support/servers/ports.ts";
import { SERVER_NAME } from "./certificate.ts";
import type { Cast, Stage } from "./stage.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
/** Beside the product's own `dist`, so that a benchmark never meets a half-built one. */
const BUILT = join(ROOT, ".cache", "bench", "dist");
const READY_POLL_MS = 10;
const READY_LIMIT_MS = 60_000;

let main: string | undefined;

/** The program as the package ships it, compiled from the present sources once for all benchmarks of a run. */
export function compiledMain(): string {
  if (main === undefined) {
    rmSync(BUILT, { recursive: true, force: true });
    // The types are checked elsewhere.
    const args = ["-p", "tsconfig.build.json", "--noCheck", "--outDir", BUILT];
    execFileSync(join(ROOT, "node_modules", ".bin", "tsc"), args, { cwd: ROOT, stdio: "inherit" });
    main = join(BUILT, "src", "main.js");
  }
  return main;
}

/** A folder with a configuration in it; removed when the benchmark is over. */
export function writeConfig(stage: Stage, config: unknown): string {
  const dir = mkdtempSync(join(tmpdir(), "mailgauge-bench-"));
  stage.onStop(async () => rmSync(dir, { recursive: true, force: true }));
  writeFileSync(join(dir, "ca.pem"), stage.certificate.ca);
  const file = join(dir, "mailgauge.yml");
  writeFileSync(file, stringify(config));
  return file;
}

/** `count` relays that all stand for the one server of the benchmark, each watched by one job. */
export function benchRelays(stage: Stage, count: number, depth: string): readonly object[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `relay${index}`,
    url: `submission://${LOOPBACK}:${stage.port}`,
    to: "seed@bench.test",
    depth,
    probes: ["smtp"],
    tls: { ca: "ca.pem", server_name: SERVER_NAME },
  }));
}

/** No limit stands in the way: all targets are one server. */
export const NO_LIMITS = { concurrency: 10_000, per_destination: 1000 };

export interface BenchDaemon {
  readonly pid: number;
  readonly url: string;
  /** From its start until it said that it is ready, milliseconds. */
  readonly readyMs: number;
  /** Ends it at once. */
  stop(): Promise<void>;
}

/** `mailgauge run`, compiled, until it is ready. */
export async function startDaemon(cast: Cast, config: string): Promise<BenchDaemon> {
  const { http } = await freePorts(["http"]);
  const url = `http://${LOOPBACK}:${http}`;
  const args = [compiledMain(), "run", "--config", config, "--listen", `${LOOPBACK}:${http}`];
  const begin = performance.now();
  const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-2000);
  });
  cast.onStop(() => end(child));
  while (!(await isReady(url))) {
    if (child.exitCode !== null || performance.now() - begin > READY_LIMIT_MS) {
      throw new Error(`mailgauge run is not ready: ${said}`);
    }
    await new Promise((resolve) => setTimeout(resolve, READY_POLL_MS));
  }
  return { pid: child.pid ?? 0, url, readyMs: performance.now() - begin, stop: () => end(child) };
}

async function isReady(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/-/ready`);
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false; // it does not listen yet
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill("SIGKILL");
  await exit;
}
