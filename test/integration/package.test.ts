import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Lab, startLab } from "../../src/lab/lab.ts";

const execute = promisify(execFile);
const root = resolve(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "mailgauge-package-"));
let lab: Lab;

beforeAll(async () => {
  lab = await startLab();
  const { stdout } = await execute("npm", ["pack", "--silent", "--pack-destination", folder], { cwd: root });
  const tarball = stdout.trim().split("\n").at(-1) ?? "";
  writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
  await execute("npm", ["install", "--silent", "--no-fund", "--no-audit", join(folder, tarball)], {
    cwd: folder,
  });
}, 240_000);

afterAll(async () => {
  await lab.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** What npm itself complains of, such as a setting of this machine, is not ours. */
const withoutNpm = (text: string): string => text.replaceAll(/^npm (?:warn|notice).*\n/gm, "");

/** `npx mailgauge …` in the folder into which the package was installed; never asks the registry. */
async function mailgauge(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  try {
    const { stdout, stderr } = await execute("npx", ["--no-install", "mailgauge", ...args], { cwd: folder });
    return { code: 0, stdout, stderr: withoutNpm(stderr) };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, stdout, stderr: withoutNpm(stderr) };
  }
}

describe("the package, installed into an empty folder", () => {
  it("says its version and its help", async () => {
    expect((await mailgauge("--version")).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect((await mailgauge("--help")).stdout).toContain("mailgauge demo");
  });

  it("checks a relay that it has never heard of", async () => {
    const ca = join(folder, "ca.pem");
    writeFileSync(ca, lab.ca);
    const port = lab.ports.smtp;
    const result = await mailgauge("check", `smtp://localhost:${port}`, "--ca", ca, "--json");
    expect(result.stderr).toBe("");
    expect(JSON.parse(result.stdout)).toMatchObject({
      verdict: "pass",
      observations: [{ probe: "smtp" }, { probe: "tls" }],
    });
    expect(result.code).toBe(0);
  });

  it("tells a dead relay from a live one by its exit code, and says why", async () => {
    const result = await mailgauge("check", "smtp://127.0.0.1:1", "--probe", "smtp");
    expect(result.code).toBe(2);
    expect(result.stdout).toMatch(/connect_refused[^]*server_down/);
  });

  it("has the scenarios of the load tests with it", async () => {
    expect((await mailgauge("loadtest", "--list", "capacity")).stdout).toMatch(/START +50 +first rate/);
    const refused = await mailgauge("loadtest", "smoke", "--relay", "smtp://192.0.2.1");
    expect(refused).toMatchObject({
      code: 64,
      stderr: expect.stringContaining("loadtest: { owned: [192.0.2.1] }"),
    });
  });

  it("refuses what is no target, with the next step", async () => {
    expect(await mailgauge("check", "not a target")).toMatchObject({
      code: 64,
      stderr: expect.stringContaining("smtp://"),
    });
  });
});
