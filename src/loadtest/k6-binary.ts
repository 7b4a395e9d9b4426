import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { LoadtestError } from "./loadtest-error.ts";
import { findProgram } from "./own-program.ts";

const run = promisify(execFile);
const VERSION_TIMEOUT_MS = 15_000;
/** What a k6 must hold to run our scenarios: the client, and the output that writes the record. */
const EXTENSIONS = ["k6/x/smtp", "smtp-record"] as const;
const REMEDY =
  "Run `make k6` in a checkout of Mailgauge, or name a k6 with k6/x/smtp in it: K6_BINARY=/path/to/k6 mailgauge loadtest …";

export interface K6Binary {
  readonly path: string;
  /** Such as `v2.2.0`. */
  readonly version: string;
}

/**
 * The k6 to run: the one that `K6_BINARY` names, else the one that `make k6` has built below `packageFolder`, else the
 * one in PATH. Throws `LoadtestError` when there is none, or when it is of another version or lacks our module.
 */
export async function findK6(
  env: Readonly<Record<string, string | undefined>>,
  packageFolder: string,
): Promise<K6Binary> {
  if (env.K6_BINARY) return inspect(env.K6_BINARY, "K6_BINARY names ");
  const path = findProgram("k6", env, packageFolder);
  if (path === undefined) throw new LoadtestError("there is no k6 with k6/x/smtp here", REMEDY, "broken");
  return inspect(path, "");
}

async function inspect(path: string, prefix: string): Promise<K6Binary> {
  const text = await versionText(path, prefix);
  // It calls itself as its file is called.
  const version = /^\S+ (v\d+\.\S+) \(/.exec(text)?.[1];
  if (version === undefined)
    throw new LoadtestError(
      `${prefix}${path}, which is no k6: it does not say its version`,
      REMEDY,
      "broken",
    );
  if (!version.startsWith("v2."))
    throw new LoadtestError(`${prefix}${path}, which is k6 ${version}; k6 v2 is needed`, REMEDY, "broken");
  const missing = EXTENSIONS.filter((extension) => !text.includes(extension));
  if (missing.length > 0)
    throw new LoadtestError(`${prefix}${path}, a k6 without ${missing.join(" and ")}`, REMEDY, "broken");
  return { path, version };
}

async function versionText(path: string, prefix: string): Promise<string> {
  try {
    const { stdout } = await run(path, ["version"], {
      timeout: VERSION_TIMEOUT_MS,
      killSignal: "SIGKILL",
      env: { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "", K6_NO_USAGE_REPORT: "true" },
    });
    return stdout;
  } catch (error) {
    throw new LoadtestError(`${prefix}${path}, which cannot be run: ${reasonOf(error)}`, REMEDY, "broken");
  }
}

function reasonOf(error: unknown): string {
  const { code, killed, message } = error as NodeJS.ErrnoException & { killed?: boolean };
  if (killed === true) return `\`k6 version\` said nothing for ${VERSION_TIMEOUT_MS / 1000} s`;
  if (code === "ENOENT") return "there is no such file";
  if (code === "EACCES") return "it is no program that you may run";
  return message.split("\n")[0] ?? message;
}
