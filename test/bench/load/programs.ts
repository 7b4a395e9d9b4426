import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "../../..");
export const GO_MODULE = join(ROOT, "loadtests/xk6-smtp");

/** A program of the Go module, as `make k6 sink` built it. */
export function built(name: "k6" | "mailgauge-sink"): string {
  const path = join(ROOT, ".cache/bin", name);
  if (!existsSync(path)) throw new Error(`${name} is not built: run make k6 sink`);
  return path;
}

/** Builds a program that only the benchmarks use; quick when nothing has changed. */
export function coreBench(): string {
  const path = join(ROOT, ".cache/bin/corebench");
  execFileSync("go", ["build", "-o", path, "./internal/corebench"], { cwd: GO_MODULE });
  return path;
}

/** A peer that is written in Go, at one version; nothing when it cannot be had here. */
export function peer(name: string, module: string): string | undefined {
  const path = join(ROOT, ".cache/bin", name);
  if (existsSync(path)) return path;
  try {
    execFileSync("go", ["install", module], {
      env: { ...process.env, GOBIN: join(ROOT, ".cache/bin") },
      stdio: "ignore",
      timeout: 180_000,
    });
    return existsSync(path) ? path : undefined;
  } catch {
    return undefined;
  }
}
