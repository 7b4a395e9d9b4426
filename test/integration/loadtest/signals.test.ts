import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { loadtest, runOf } from "../../support/loadtest-command.ts";
import { poll } from "../../support/servers/ports.ts";

const LONG = ["throughput", "--sink", "--rate", "50", "--duration", "10m", "--json"];
const PATIENCE_MS = 30_000;

/** Calls back once, when the test is under way, with the process of mailgauge. */
function atBegin(act: (pid: number) => void): (err: string, pid: number) => void {
  let isDone = false;
  return (err, pid) => {
    if (isDone || !err.includes("messages a second")) return;
    isDone = true;
    act(pid);
  };
}

/** k6 and the sink. */
function childrenOf(pid: number): readonly number[] {
  return execFileSync("ps", ["--ppid", String(pid), "-o", "pid="], { encoding: "utf8" })
    .split("\n")
    .map(Number)
    .filter((child) => child > 0);
}

/** Not there, or a zombie that nobody has collected. */
function hasEnded(pid: number): boolean {
  try {
    return / Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return true;
  }
}

describe("mailgauge loadtest that is ended", () => {
  it("by SIGKILL leaves neither k6 nor a sink at work", async () => {
    let children: readonly number[] = [];
    const done = await loadtest(
      LONG,
      atBegin((pid) => {
        children = childrenOf(pid).filter((child) => !hasEnded(child));
        process.kill(pid, "SIGKILL");
      }),
    );
    expect(done.code).toBeNull();
    expect(children).toHaveLength(2);
    const gone = async (): Promise<true | undefined> => (children.every(hasEnded) ? true : undefined);
    await poll(gone, AbortSignal.timeout(PATIENCE_MS));
  });

  it.each(["SIGINT", "SIGTERM"] as const)(
    "by %s prints all of its JSON, with the exit code of its verdict",
    async (signal) => {
      const done = await loadtest(
        LONG,
        atBegin((pid) => process.kill(pid, signal)),
      );
      const run = runOf(done);
      expect(run).toMatchObject({ end: "interrupted", endReason: "stopped by the user" });
      expect(done.out.endsWith("}\n")).toBe(true);
      expect(run.totals.messages.accepted).toBe(run.delivery?.arrived);
      expect(done.code).toBe({ pass: 0, warn: 1, fail: 2, unknown: 3 }[run.verdict]);
      expect(run.verdict).not.toBe("pass");
    },
  );
});
