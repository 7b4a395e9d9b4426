import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { services } from "./app.ts";
import { CliError } from "./cli/exit.ts";

const folder = mkdtempSync(join(tmpdir(), "mailgauge-app-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function configuration(text: string): string {
  const path = join(folder, "mailgauge.yml");
  writeFileSync(path, text);
  return path;
}

async function errorOf(work: Promise<unknown> | (() => unknown)): Promise<CliError> {
  const thrown = await Promise.resolve()
    .then(() => (typeof work === "function" ? work() : work))
    .catch((error: unknown) => error);
  if (thrown instanceof CliError) return thrown;
  throw new Error(`no CliError, but ${String(thrown)}`);
}

describe("the services of the command line", () => {
  it.each(["nope", "dns.example.com", "127.0.0.1:99999"])("take no %s for a DNS server", async (server) => {
    const { message, exitCode, hint } = await errorOf(services.openToolkit(undefined, ["127.0.0.1", server]));
    expect([message, exitCode]).toEqual([`--resolver: "${server}" is not the address of a DNS server`, 64]);
    expect(hint).toContain("[::1]:53");
  });

  it.each([
    ["none", undefined, "No configuration is read"],
    ["names", "relays: [{ name: eu, url: smtp://relay.example.com }]", "Configured names: eu."],
    ["names no target", "log: { level: warn }", "The configuration names no target."],
  ])("name what could have been meant: configuration %s", async (_, text, hint) => {
    const toolkit = await services.openToolkit(text === undefined ? undefined : configuration(text));
    expect((await errorOf(() => toolkit.bareJobs("us", {}))).hint).toContain(hint);
    expect((await errorOf(() => toolkit.bareJobs("http://us", {}))).hint).toBeUndefined();
    await toolkit.close();
  });

  it("say what is wrong with a configuration once, and how much there is in a good one", async () => {
    const missing = join(folder, "none.yml");
    expect((await errorOf(services.openToolkit(missing))).message).toBe(
      `the configuration has a problem\n${missing}: cannot be read: there is no such file; create it, or correct the path`,
    );
    const path = configuration(
      "relays: [{ name: eu, url: smtp://relay.example.com }]\naddresses: [192.0.2.1, 192.0.2.2]",
    );
    expect((await services.checkConfig(path)).summary).toBe(
      `${path}: no problem found (1 relay, 0 domains, 2 addresses; 4 jobs)`,
    );
  });
});
