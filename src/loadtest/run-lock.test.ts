import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { lockTarget } from "./run-lock.ts";

const folder = mkdtempSync(join(tmpdir(), "mailgauge-lock-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const file = (): string => join(folder, readdirSync(folder)[0] ?? "");

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

  it.each([
    ["of a process that has ended", JSON.stringify({ pid: 2_147_483_646, started: "1" })],
    ["of a process whose number is another's by now", JSON.stringify({ pid: process.pid, started: "1" })],
    ["that is no lock", "garbage"],
    ["that is empty", ""],
  ])("takes over a lock %s", (_what, content) => {
    const release = lockTarget("a", folder);
    const path = file();
    release();
    writeFileSync(path, content);
    const again = lockTarget("a", folder);
    expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({ pid: process.pid });
    again();
  });

  it("leaves a lock alone that somebody else has taken meanwhile", () => {
    const release = lockTarget("a", folder);
    const path = file();
    writeFileSync(path, "another's");
    release();
    expect(readFileSync(path, "utf8")).toBe("another's");
    rmSync(path);
  });

  it("says when it cannot be taken", () => {
    expect(() => lockTarget("a", join(folder, "absent"))).toThrow(/^the lock .* cannot be taken: ENOENT/);
  });
});
