import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { LOOPBACK } from "./servers/ports.ts";

const ROOT = resolve(import.meta.dirname, "../..");
/** The k6 under test; `make k6` builds it. */
export const K6 = process.env["K6_BINARY"] ?? join(ROOT, ".cache/bin/k6");
/** k6 ends by itself; a run that does not is broken, and is killed. */
const PATIENCE_MS = 120_000;

/** What one message came to, as scripts/send.ts tells it. */
export interface Sent {
  readonly outcome: string;
  readonly token: string;
  readonly queueId: string;
  readonly code: number;
  readonly phase: string;
  readonly error: string;
}

/** Sums over all scenarios of a run. */
export interface K6Counts {
  readonly iterations: number;
  readonly dropped: number;
  readonly messages: Readonly<Record<string, number>>;
  readonly recipients: Readonly<Record<string, number>>;
  readonly replies: Readonly<Record<string, number>>;
  readonly errors: Readonly<Record<string, number>>;
  readonly sessions: Readonly<Record<string, number>>;
  readonly handshakes: Readonly<Record<string, number>>;
}

export interface K6Run {
  readonly exitCode: number | null;
  /** What the script told, line by line. */
  readonly lines: readonly string[];
  readonly sent: readonly Sent[];
  readonly counts: K6Counts;
  /** The longest time of each phase in nanoseconds. */
  readonly longest: Readonly<Record<string, number>>;
  /** The text of the record, as the output smtp-record wrote it. */
  readonly record: string;
  /** Everything that k6 wrote, for a failed expectation. */
  readonly log: string;
}

export interface K6Options {
  /** Called with each line of the script while k6 runs. */
  readonly onLine?: (line: string) => void;
  /** Called with the id of the process once it runs. */
  readonly onStart?: (pid: number) => void;
  readonly args?: readonly string[];
}

/**
 * Runs a script under the k6 of this checkout against loopback, as `mailgauge loadtest` would but without its guard:
 * what the record says is compared with what a server says.
 */
export async function runK6(
  script: string,
  parameters: Readonly<Record<string, string | number>>,
  { onLine, onStart, args = [] }: K6Options = {},
): Promise<K6Run> {
  if (!existsSync(K6)) throw new Error(`no ${K6}: run make k6`);
  const dir = mkdtempSync(join(tmpdir(), "mailgauge-k6-"));
  const record = join(dir, "record.ndjson");
  try {
    const child = spawn(
      K6,
      // prettier-ignore
      [
        "run",
        "--quiet",
        "--no-color",
        "--summary-mode=disabled",
        "--log-format=json",
        `--out=smtp-record=${record}`,
        ...args,
        resolve(ROOT, script),
      ],
      {
        stdio: ["ignore", "pipe", "pipe"],
        env: {
          PATH: process.env["PATH"],
          HOME: dir,
          K6_AUTO_EXTENSION_RESOLUTION: "false",
          K6_NO_USAGE_REPORT: "true",
          SMTP_HOST: LOOPBACK,
          ...Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, `${value}`])),
        },
        timeout: PATIENCE_MS,
        killSignal: "SIGKILL",
      },
    );
    if (child.pid !== undefined) onStart?.(child.pid);
    let log = "";
    let rest = "";
    const lines: string[] = [];
    const take = (chunk: Buffer): void => {
      log += chunk.toString();
      const parts = (rest + chunk.toString()).split("\n");
      rest = parts.pop() ?? "";
      for (const line of parts.flatMap(messageOf)) {
        lines.push(line);
        onLine?.(line);
      }
    };
    child.stderr.on("data", take);
    child.stdout.on("data", (chunk: Buffer) => (log += chunk.toString()));
    const [exitCode] = (await once(child, "close")) as [number | null];
    const written = existsSync(record) ? readFileSync(record, "utf8") : "";
    const snapshots = snapshotsOf(written);
    return {
      exitCode,
      lines,
      sent: lines.flatMap(sentOf),
      counts: countsOf(snapshots),
      longest: longestOf(snapshots),
      record: written,
      log,
    };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function messageOf(line: string): string[] {
  try {
    const entry = JSON.parse(line) as { msg?: string };
    return entry.msg === undefined ? [] : [entry.msg];
  } catch {
    return [];
  }
}

function sentOf(line: string): Sent[] {
  const [word, outcome = "", token = "", queueId = "", code = "", phase = "", error = ""] = line.split(" ");
  return word === "sent" ? [{ outcome, token, queueId, code: Number(code) || 0, phase, error }] : [];
}

type Counts = Readonly<Partial<Record<keyof K6Counts, number | Readonly<Record<string, number>>>>>;
type Snapshot = Counts & { readonly phases?: Readonly<Record<string, { readonly max: number }>> };

/** The last snapshot of each scenario holds all of it. */
function snapshotsOf(record: string): readonly Snapshot[] {
  const last = new Map<string, Snapshot>();
  for (const line of record.split("\n").filter((text) => text !== "")) {
    const entry = JSON.parse(line) as { type: string; scenarios?: Record<string, Snapshot> };
    if (entry.type !== "snapshot") continue;
    for (const [name, snapshot] of Object.entries(entry.scenarios ?? {})) last.set(name, snapshot);
  }
  return [...last.values()];
}

function longestOf(snapshots: readonly Snapshot[]): Record<string, number> {
  const longest: Record<string, number> = {};
  for (const { phases = {} } of snapshots)
    for (const [name, { max }] of Object.entries(phases)) longest[name] = Math.max(longest[name] ?? 0, max);
  return longest;
}

function countsOf(snapshots: readonly Snapshot[]): K6Counts {
  const number = (key: keyof K6Counts): number =>
    snapshots.reduce((sum, snapshot) => sum + ((snapshot[key] as number | undefined) ?? 0), 0);
  const table = (key: keyof K6Counts): Record<string, number> => {
    const sums: Record<string, number> = {};
    for (const snapshot of snapshots)
      for (const [name, n] of Object.entries(snapshot[key] ?? {})) sums[name] = (sums[name] ?? 0) + Number(n);
    return sums;
  };
  return {
    iterations: number("iterations"),
    dropped: number("dropped"),
    messages: table("messages"),
    recipients: table("recipients"),
    replies: table("replies"),
    errors: table("errors"),
    sessions: table("sessions"),
    handshakes: table("handshakes"),
  };
}
