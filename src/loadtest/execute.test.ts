import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { LoadInterval } from "../model/load-run.ts";
import { execute, type Execution, joinProcesses } from "./execute.ts";
import type { K6LogLine } from "./k6-log.ts";

const folder = mkdtempSync(join(tmpdir(), "mailgauge-execute-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let programs = 0;

/** A program in place of k6, for what the real one cannot be made to do at will. */
function program(body: string): string {
  programs += 1;
  const path = join(folder, `k6-${programs}`);
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
}

const interval = { at: 1, seconds: 1 } as LoadInterval;

async function run(body: string, changes: Partial<Execution> = {}) {
  const lines: string[] = [];
  const log: K6LogLine[] = [];
  const result = await execute({
    binary: program(body),
    processes: [{ args: [], env: { PATH: process.env.PATH ?? "" } }],
    record: (line) => {
      lines.push(line);
      return [interval];
    },
    guard: { add: () => undefined },
    onIntervals: () => {},
    onLog: (line) => void log.push(line),
    onStop: () => () => {},
    ...changes,
  });
  return { ...result, lines, log };
}

describe("a run that ends by itself", () => {
  it("gives every line of the record, also the last one without its end", async () => {
    expect(await run("printf 'one\\ntwo\\n\\nthree' >&3")).toMatchObject({
      end: "finished",
      exitCode: 0,
      recorded: true,
      lines: ["one", "two", "three"],
    });
  });

  it("is finished as well when objectives failed", async () => {
    expect(await run("echo x >&3; exit 99")).toMatchObject({ end: "finished", exitCode: 99 });
  });

  it("has nothing of this process' environment", async () => {
    const { lines } = await run("env >&3", {
      processes: [{ args: [], env: { PATH: "/usr/bin:/bin", SIZE: "1KB" } }],
    });
    const names = lines
      .map((line) => line.split("=")[0])
      .filter((name) => !["PWD", "SHLVL", "_", "OLDPWD"].includes(name ?? ""));
    expect(new Set(names)).toEqual(new Set(["PATH", "SIZE"]));
  });

  it("shows what k6 said before the record began, once it has begun", async () => {
    const { log } = await run(`echo '{"level":"info","msg":"early"}' >&2; echo x >&3`);
    expect(log).toEqual([{ level: "info", source: "", message: "early" }]);
  });

  it("gives the beginning of a line without end, so that it is missed, and goes on behind it", async () => {
    const { lines } = await run("head -c 20000000 /dev/zero | tr '\\0' x >&3; echo >&3; echo good >&3");
    expect(lines.map((line) => line.length < 9_000_000 && line.slice(0, 4))).toEqual(["xxxx", "good"]);
  });

  it("is watched without a warning, however many processes share the work", async () => {
    const warnings: string[] = [];
    const listen = (warning: Error): void => void warnings.push(warning.message);
    process.on("warning", listen);
    const one = { args: [], env: { PATH: process.env.PATH ?? "" } };
    const before = process.listenerCount("exit");
    await run("echo x >&3", { processes: Array.from({ length: 12 }, () => one) });
    process.off("warning", listen);
    expect(warnings).toEqual([]);
    expect(process.listenerCount("exit")).toBe(before);
  });
});

describe("k6 that dies", () => {
  it("leaves what was measured, and its last words", async () => {
    const result = await run(`echo one >&3; echo '{"level":"error","msg":"boom"}' >&2; kill -9 $$`);
    expect(result).toMatchObject({
      end: "broken",
      reason: "k6 died: signal SIGKILL: boom",
      recorded: true,
      lines: ["one"],
      log: [{ level: "error", source: "", message: "boom" }],
    });
  });

  it("is told apart from a script error, with its file and line", async () => {
    const words =
      '{"level":"error","msg":"ReferenceError: x is not defined\\n\\tat file:///t.ts:3:5(2)\\n","source":"stacktrace"}';
    expect(await run(`printf '%s\\n' '${words}' >&2; exit 107`)).toMatchObject({
      end: "broken",
      reason: "k6 died: the script has an error: ReferenceError: x is not defined at file:///t.ts:3:5(2)",
      recorded: false,
      // It is said once, by whoever reports that the test did not begin.
      log: [],
    });
  });

  it("keeps no more than the last 64 KiB of what it says", async () => {
    const { lastWords } = await run(
      "head -c 300000 /dev/zero | tr '\\0' x | fold -w 100 >&2; echo >&2; echo last >&2; exit 1",
    );
    expect(lastWords.length).toBeLessThanOrEqual(65_536);
    expect(lastWords.endsWith("\nlast")).toBe(true);
  });

  it("could not even be started", async () => {
    const result = await run("", { binary: join(folder, "absent") });
    expect(result).toMatchObject({
      end: "broken",
      reason: expect.stringContaining("it could not be started"),
      recorded: false,
    });
  });

  it("takes the other processes with it: less load than was asked for would lie", async () => {
    const mark = join(folder, "interrupted");
    const body = `if [ "$PART" = 1 ]; then echo '{"level":"error","msg":"no memory"}' >&2; exit 2; fi
trap 'echo x > ${mark}; exit 105' INT; echo one >&3; while :; do sleep 0.05; done`;
    const env = (part: string) => ({ PATH: process.env.PATH ?? "", PART: part });
    const result = await run(body, {
      processes: [
        { args: [], env: env("0") },
        { args: [], env: env("1") },
      ],
    });
    expect(result).toMatchObject({ end: "broken", reason: "k6 died: exit code 2: no memory" });
    expect(existsSync(mark)).toBe(true);
  });
});

it("waits for nothing when k6 has ended", async () => {
  const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  const before = timers();
  await run("exit 107");
  expect(timers()).toBeLessThanOrEqual(before);
});

describe("the intervals of several processes", () => {
  const told = (intervals: readonly LoadInterval[]) =>
    intervals.map(({ at, scenario }) => `${scenario} ${at}`);
  const one = (at: number): LoadInterval[] => [{ ...interval, scenario: "a", at }];

  it("come together once each has told its own", () => {
    const join = joinProcesses(2);
    expect(told(join(one(1), 0))).toEqual([]);
    expect(told(join(one(1.1), 1))).toEqual(["a 1.1", "a (2) 1.1"]);
    expect(told(join(one(2), 1))).toEqual([]);
    expect(told(join(one(2), 0))).toEqual(["a (2) 2", "a 2"]);
  });

  it("wait for nobody who is an interval behind", () => {
    const join = joinProcesses(2);
    join(one(1), 0);
    expect(told(join(one(2), 0))).toEqual(["a 1"]);
  });

  it("of a single one pass as they are", () => {
    expect(told(joinProcesses(1)(one(1), 0))).toEqual(["a 1"]);
  });
});

describe("a script that throws in its iterations", () => {
  it("makes the run worthless, though k6 exits with 0", async () => {
    const line =
      '{"level":"error","msg":"TypeError: no\\n\\tat default (file:///t.ts:9:1(1))","source":"stacktrace"}';
    expect(await run(`echo x >&3; printf '%s\\n' '${line}' '${line}' >&2`)).toMatchObject({
      end: "broken",
      reason: "the script threw (2 times): TypeError: no at default (file:///t.ts:9:1(1))",
    });
  });
});

describe("a run that is ended", () => {
  /** Calls back as soon as the record has begun. */
  function stopper(times: number) {
    let listener = (): void => {};
    return {
      onStop: (given: () => void) => {
        listener = given;
        return () => {};
      },
      onIntervals: () => {
        for (let i = 0; i < times; i++) listener();
      },
    };
  }
  const PATIENT = "trap 'echo last >&3; exit 105' INT; echo first >&3; while :; do sleep 0.05; done";
  const DEAF = "trap '' INT; echo first >&3; while :; do sleep 0.05; done";

  it("by the user: k6 completes the record first", async () => {
    const result = await run(PATIENT, { ...stopper(1) });
    expect(result).toMatchObject({
      end: "interrupted",
      reason: "stopped by the user",
      lines: ["first", "last"],
    });
  });

  it("by the user, twice: k6 is killed, and what it had recorded stays", async () => {
    expect(await run(DEAF, { ...stopper(2) })).toMatchObject({
      end: "interrupted",
      exitCode: -1,
      lines: ["first"],
    });
  });

  it("by the user, while k6 hangs: it is killed after its time of grace", async () => {
    expect(await run(DEAF, { ...stopper(1), graceMs: 100 })).toMatchObject({
      end: "interrupted",
      lines: ["first"],
    });
  });

  it("by the ramp guard, with its reason", async () => {
    const result = await run(PATIENT, { guard: { add: () => "too much" } });
    expect(result).toMatchObject({ end: "stopped", reason: "too much", lines: ["first", "last"] });
  });

  it("leaves no process behind", async () => {
    const file = join(folder, "pid");
    await run(`echo $$ > ${file}; ${DEAF}`, { ...stopper(2) });
    const pid = Number(readFileSync(file, "utf8"));
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  });
});
