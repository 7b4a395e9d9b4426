import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import * as z from "zod";
import { LoadtestError } from "./loadtest-error.ts";
import { findProgram } from "./own-program.ts";

/** A `mailgauge-sink` of our own, on free ports of loopback. */
export interface OwnSink {
  /** `smtp://127.0.0.1:PORT`. */
  readonly url: string;
  /** Base URL of its HTTP interface. */
  readonly http: string;
  /** PEM text of the authority of its certificate. */
  readonly ca: string;
  stop(): Promise<void>;
}

const REMEDY =
  "Run `make sink` in a checkout of Mailgauge, or name one: MAILGAUGE_SINK=/path/to/mailgauge-sink mailgauge loadtest …";
const START_MS = 15_000;
/** Of what it says when it does not start. */
const WORDS_MAX = 2_000;

const announcement = z.object({
  listen: z.tuple([z.object({ address: z.string() })]),
  http: z.string(),
  ca: z.string(),
});

/**
 * Starts the sink that `MAILGAUGE_SINK` names, else one that is found as k6 is. `profile` is one of its own or a file.
 * It ends with this process, however that ends. Rejects with `LoadtestError`.
 */
export async function startOwnSink(
  profile: string,
  env: Readonly<Record<string, string | undefined>>,
  packageFolder: string,
): Promise<OwnSink> {
  const path = env.MAILGAUGE_SINK ? env.MAILGAUGE_SINK : findProgram("mailgauge-sink", env, packageFolder);
  if (path === undefined) throw new LoadtestError("there is no mailgauge-sink here", REMEDY, "broken");
  const listen = ["--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"];
  // Its standard input ends with this process, and it with that.
  const child = spawn(path, [...listen, "--profile", profile, "--until-eof", "--quiet"], {
    stdio: ["pipe", "pipe", "pipe"],
    env: { PATH: env.PATH ?? "" },
    // Ctrl-C is for k6 first: what is under way still needs the sink.
    detached: true,
  });
  const { line, said } = await firstLine(child);
  const told = announcement.safeParse(parse(line));
  if (!told.success) {
    child.kill("SIGKILL");
    throw new LoadtestError(`the sink did not start: ${said}`, remedyOf(said), kindOf(said));
  }
  const {
    listen: [{ address }],
    http,
    ca,
  } = told.data;
  return {
    url: `smtp://${address}`,
    http: `http://${http}`,
    ca,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, "close");
      child.kill("SIGTERM");
      await ended;
    },
  };
}

/** Its first line, or what it said in place of one. */
async function firstLine(child: ChildProcess): Promise<{ line: string; said: string }> {
  let words = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    if (words.length < WORDS_MAX) words += text;
  });
  child.stdin?.on("error", () => {});
  const line = await new Promise<string>((resolve) => {
    const timer = setTimeout(() => {
      words ||= `it said nothing for ${START_MS / 1000} s`;
      resolve("");
    }, START_MS);
    const done = (text: string): void => {
      clearTimeout(timer);
      resolve(text);
    };
    createInterface({ input: child.stdout as Readable }).once("line", done);
    child.once("error", (error) => {
      words ||= error.message;
      done("");
    });
    child.once("close", () => done(""));
  });
  const said = words.trim().replace(/^mailgauge-sink: /, "");
  return { line, said: said === "" ? "it is no mailgauge-sink of this version" : said };
}

/** A profile that it does not know is the user's to mend; all else is the program's. */
function kindOf(said: string): "usage" | "broken" {
  return /profile/i.test(said) ? "usage" : "broken";
}

function remedyOf(said: string): string {
  return kindOf(said) === "usage"
    ? "Give --sink a profile of its own, such as accept, slow or gmail, or a YAML file."
    : REMEDY;
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
