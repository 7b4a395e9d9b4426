import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { lockTarget } from "./run-lock.ts";

const folder = mkdtempSync(join(tmpdir(), "mailgauge-lock-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Name of the lock that somebody else would have. */
function lockOf(pid: number, started: string): string {
  const release = lockTarget("a", folder);
  const [own = ""] = readdirSync(folder);
  release();
  return join(folder, own.replace(/-\d+-\d*\.lock$/, `-${pid}-${started}.lock`));
}

describe("lockTarget", () => {
  it("admits one run at a target at a time", () => {
    const release = lockTarget("a", folder);
    expect(() => lockTarget("a", folder)).toThrow(
      `another load test of a is running (process ${process.pid}), and each would measure the other`,
    );
    lockTarget("b", folder)();
    release();
    lockTarget("a", folder)();
    expect(readdirSync(folder)).toEqual([]);
  });

  it("gives way to another process, and leaves nothing of its own", () => {
    const other = lockOf(process.ppid, "");
    writeFileSync(other, "");
    expect(() => lockTarget("a", folder)).toThrow(`is running (process ${process.ppid})`);
    expect(readdirSync(folder).map((name) => join(folder, name))).toEqual([other]);
    rmSync(other);
  });

  it.each([
    ["of a process that has ended", 2_147_483_646],
    ["of a process whose number is another's by now", process.ppid],
  ])("counts a lock %s for nothing", (_what, pid) => {
    const other = lockOf(pid, "1");
    writeFileSync(other, "");
    lockTarget("a", folder)();
    expect(readdirSync(folder)).toEqual([]);
  });

  it("takes its own name from a process that had the same", () => {
    const release = lockTarget("a", folder);
    const [own = ""] = readdirSync(folder);
    release();
    writeFileSync(join(folder, own), "left");
    lockTarget("a", folder)();
    expect(readdirSync(folder)).toEqual([]);
  });

  it("says when it cannot be taken", () => {
    expect(() => lockTarget("a", join(folder, "absent"))).toThrow(/^the lock .* cannot be taken: ENOENT/);
  });
});
