import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { accepts, freePorts, poll } from "./ports.ts";

/** How to run one real server in the foreground. */
export interface ServerSpec<Port extends string> {
  readonly name: string;
  /** Names of the ports that it listens on; each must accept a TCP connection before the server counts as up. */
  readonly ports: readonly Port[];
  /** Ports that only answer UDP: chosen, but not waited for by TCP. */
  readonly udpOnly?: readonly Port[];
  /** Writes the configuration into `dir` and says what to run. */
  readonly prepare: (dir: string, ports: Readonly<Record<Port, number>>) => Command;
  /** One more thing to wait for, such as a first answer over UDP; asked again until `true`. */
  readonly ready?: (ports: Readonly<Record<Port, number>>) => Promise<boolean>;
}

export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** `nobody` by default when the tests run as root; `root` through sudo when they do not; `self`: as the tests. */
  readonly user?: "root" | "self";
  /** File that the server logs to, beside its standard output. */
  readonly logFile?: string;
}

export interface RunningServer<Port extends string> {
  readonly ports: Readonly<Record<Port, number>>;
  /** Working directory of the run: configuration, data and logs. */
  readonly dir: string;
  /** What the server wrote so far: standard output, standard error, log file. */
  log(): string;
  /** Kills the server and all its processes at once, as a crash would; `dir` and what was logged stay until `stop`. */
  kill(): Promise<void>;
  /** Ends the server, waits for its end and removes `dir`, unless the environment has `KEEP=1`. Idempotent. */
  stop(): Promise<void>;
}

const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 5_000;
const ATTEMPTS = 4;
const LOG_LIMIT = 1_000_000;
const PORT_TAKEN = /address (already )?in use|could not bind|can.t bind|bind: |bind\(\)|unable to bind/i;

export const isRoot = process.getuid?.() === 0;

/** The user that a server without need of root runs as, and its group. */
export const unprivileged = isRoot
  ? { user: "nobody", group: "nogroup" }
  : { user: idName("-un"), group: idName("-gn") };

const DROP_ROOT = [`--reuid=${unprivileged.user}`, `--regid=${unprivileged.group}`, "--clear-groups"];

/** Debian's servers stand in sbin, which the PATH of an ordinary user lacks. */
const ENVIRONMENT = { PATH: "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" };

function idName(flag: string): string {
  return execFileSync("id", [flag], { encoding: "utf8" }).trim();
}

/**
 * Runs a command as root, through `sudo` when the tests are not root themselves, and gives what it prints. Says so
 * when that cannot be.
 */
export function runAsRoot(command: string, args: readonly string[]): string {
  const [program, rest] = isRoot ? [command, args] : ["sudo", ["-n", command, ...args]];
  try {
    return execFileSync(program, rest, { encoding: "latin1", stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    throw new Error(`Root is needed for: ${command} ${args.join(" ")} (run as root or allow sudo)`, {
      cause: error,
    });
  }
}

/** Runs a command as the user that the servers run as, and gives what it prints. Throws when it fails. */
export function runUnprivileged(command: string, args: readonly string[], input = ""): string {
  const user = isRoot ? ["setpriv", ...DROP_ROOT] : [];
  const [program = command, ...rest] = [...user, command, ...args];
  return execFileSync(program, rest, { encoding: "utf8", input, env: ENVIRONMENT });
}

/** A fresh directory that servers of other users can enter. */
export function makeWorkDir(name: string): string {
  const dir = mkdtempSync(join(tmpdir(), `mailgauge-${name}-`));
  chmodSync(dir, 0o755);
  return dir;
}

export function removeWorkDir(dir: string): void {
  if (process.env["KEEP"] === "1") {
    console.log(`kept: ${dir}`);
    return;
  }
  try {
    rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
  } catch {
    runAsRoot("rm", ["-rf", dir]); // files of a server that ran as another user
  }
}

/** Starts a server on free ports; with other ports again when one was taken in the meantime. */
export async function startServer<Port extends string>(spec: ServerSpec<Port>): Promise<RunningServer<Port>> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOnce(spec);
    } catch (error) {
      const taken = error instanceof Error && PORT_TAKEN.test(error.message);
      if (!taken || attempt === ATTEMPTS) throw error;
    }
  }
}

async function startOnce<Port extends string>(spec: ServerSpec<Port>): Promise<RunningServer<Port>> {
  const ports = await freePorts([...spec.ports, ...(spec.udpOnly ?? [])]);
  const dir = makeWorkDir(spec.name);
  let run: Run;
  try {
    const command = spec.prepare(dir, ports);
    if (isRoot && command.user === undefined) {
      execFileSync("chown", ["-R", `${unprivileged.user}:${unprivileged.group}`, dir]);
    }
    run = runCommand(command);
  } catch (error) {
    removeWorkDir(dir);
    throw error;
  }
  const server: RunningServer<Port> = {
    ports,
    dir,
    log: () => run.log(),
    kill: () => run.kill(),
    stop: async () => {
      await run.stop();
      removeWorkDir(dir);
    },
  };
  try {
    await waitUntilReady(spec, ports, run);
    return server;
  } catch (error) {
    const log = run.log();
    await server.stop();
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${spec.name} did not start: ${reason}\n${log}`, { cause: error });
  }
}

async function waitUntilReady<Port extends string>(
  spec: ServerSpec<Port>,
  ports: Readonly<Record<Port, number>>,
  run: Run,
): Promise<void> {
  const timeout = AbortSignal.timeout(START_TIMEOUT_MS);
  const waitFor = (what: string, check: () => Promise<boolean>): Promise<true> =>
    poll(async () => {
      // Checked first: a port that answers after the end of our process belongs to somebody else.
      if (run.hasEnded()) throw new Error(`ended while waiting for ${what}`);
      return (await check()) ? true : undefined;
    }, timeout);
  for (const name of spec.ports) await waitFor(`port ${name}`, () => accepts(ports[name]));
  const ready = spec.ready;
  if (ready !== undefined) await waitFor("a first answer", () => ready(ports));
}

interface Run {
  log(): string;
  hasEnded(): boolean;
  kill(): Promise<void>;
  stop(): Promise<void>;
}

function runCommand(what: Command): Run {
  const child = spawn("setsid", ["--wait", ...launcher(what.user), what.command, ...what.args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...ENVIRONMENT, ...what.env },
  });
  let output = "";
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString("latin1")).slice(-LOG_LIMIT);
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  child.once("error", (error) => keep(Buffer.from(`${error.message}\n`)));
  const hasEnded = (): boolean =>
    child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
  return {
    log: () => output + readLog(what.logFile),
    hasEnded,
    kill: async () => {
      if (hasEnded()) return;
      const ended = once(child, "close");
      signalGroup(child, "SIGKILL");
      await ended;
    },
    stop: () => stopChild(child, hasEnded),
  };
}

/**
 * What stands before the command. A server signals its process group, which `setsid` has made its own. Not even a
 * killed test run leaves one behind: the kernel, or the supervisor, ends it with this process.
 */
function launcher(user: Command["user"]): string[] {
  const dieWithUs = ["--pdeathsig", "TERM"];
  if (user !== "root") return ["setpriv", ...(isRoot && user === undefined ? DROP_ROOT : []), ...dieWithUs];
  return [...(isRoot ? [] : ["sudo", "-n"]), join(import.meta.dirname, "supervise.sh"), `${process.pid}`];
}

function readLog(file: string | undefined): string {
  if (file === undefined || !existsSync(file)) return "";
  try {
    return readFileSync(file, "latin1");
  } catch {
    return runAsRoot("cat", [file]);
  }
}

async function stopChild(child: ChildProcess, hasEnded: () => boolean): Promise<void> {
  if (hasEnded()) return;
  const ended = once(child, "close");
  signalGroup(child, "SIGTERM");
  const timer = setTimeout(() => signalGroup(child, "SIGKILL"), STOP_TIMEOUT_MS);
  await ended;
  clearTimeout(timer);
}

/** The whole process group, which holds nothing but the server and its own children. */
function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    // Children of another user (sudo) answer EPERM.
    if (code === "EPERM") runAsRoot("kill", [`-${signal.slice(3)}`, "--", `-${child.pid}`]);
    else if (code !== "ESRCH") throw error;
  }
}
