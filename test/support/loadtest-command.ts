import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import type { LoadRun } from "../../src/model/load-run.ts";

const MAIN = resolve(import.meta.dirname, "../../src/main.ts");

export interface Finished {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** `mailgauge loadtest …` as a process of its own. `onErr` sees its standard error as it grows. */
export async function loadtest(
  args: readonly string[],
  onErr: (err: string, pid: number) => void = () => {},
  env: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  const child = spawn(process.execPath, [MAIN, "loadtest", ...args], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  let err = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => void (out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    err += text;
    onErr(err, child.pid ?? 0);
  });
  const [code] = (await once(child, "close")) as [number | null];
  return { code, out, err };
}

/** The run that `--json` printed. */
export function runOf({ out, err }: Finished): LoadRun {
  if (out === "") throw new Error(`there is no run: ${err}`);
  return JSON.parse(out) as LoadRun;
}
