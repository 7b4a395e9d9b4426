import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { describe, expect, it, onTestFinished } from "vitest";
import { type ConfigResult, parseConfig } from "../../src/config/index.ts";
import { type Daemon, startDaemon } from "../../src/daemon.ts";
import type { Job } from "../../src/model/probe.ts";
import { configDeps, type NetSettings, openObserving, probes } from "../../src/toolkit.ts";
import { testDomain } from "../support/jobs.ts";
import { serve } from "../support/resolver.ts";

const job: Job = {
  id: "mx/domain/x.test",
  subject: testDomain("x.test"),
  probe: "mx",
  options: probes.get("mx")?.parseOptions({ reach: false }),
  timeoutMs: 5000,
};

function settings(server: { readonly address: string }): NetSettings {
  const resolver = { servers: [server.address], timeoutMs: 50, attempts: 2 };
  return { resolver, perDestination: 4, warmTls: false };
}

const MX = [
  { name: "x.test", type: "MX", ttl: 60, data: { preference: 10, exchange: "mx.x.test" } },
] as const;

describe("another resolver", () => {
  it("takes nothing from a run under way: it ends with the one that it began with", async () => {
    let reload = (): void => {};
    const before = await serve(({ type }) => {
      if (before.seen.length > 1) return { answers: type === "MX" ? MX : [] };
      // The first question stays without an answer; the run asks again after the reload.
      reload();
      return undefined;
    });
    const after = await serve(({ type }) => ({ answers: type === "MX" ? MX : [] }));
    const observing = openObserving(settings(before));
    onTestFinished(() => observing.close());
    reload = () => observing.configure(settings(after));

    expect(await observing.observe(job)).toMatchObject({ evidence: { status: "ok" } });
    expect(after.seen).toHaveLength(0);
    const asked = before.seen.length;
    expect(await observing.observe(job)).toMatchObject({ evidence: { status: "ok" } });
    expect(before.seen).toHaveLength(asked);
    expect(after.seen).not.toHaveLength(0);
  });
});

const CONFIG = "addresses: [192.0.2.10]";

/** A daemon with one address, and the log that it writes; `load` takes over at the first reload. */
async function daemonWith(load: () => ConfigResult): Promise<{ daemon: Daemon; log: string[] }> {
  const log: string[] = [];
  let next = (): ConfigResult => parseConfig(CONFIG, "test.yml", configDeps);
  const daemon = await startDaemon({
    load: () => next(),
    listen: "127.0.0.1:0",
    version: "0.0.0-test",
    logger: pino({}, { write: (line: string) => void log.push(line) }),
    warmUpMs: 3_600_000,
  });
  next = load;
  onTestFinished(() => daemon.stop());
  return { daemon, log };
}

describe("a reload", () => {
  it("that fails by a defect of ours is refused as any other, and the daemon lives on", async () => {
    const { daemon, log } = await daemonWith(() => {
      throw new TypeError("a defect");
    });
    expect(await daemon.reload()).toEqual({ ok: false, problems: ["internal error: TypeError: a defect"] });
    expect(log.join("")).toContain("the old one stays in force");
    const metrics = await (await fetch(`${daemon.url}/metrics`)).text();
    expect(metrics).toContain("mailgauge_config_last_reload_successful 0");
    expect(metrics).toContain('target="192.0.2.10"');
  });

  it("that finds a bad web configuration says so in answer, log and metric", async () => {
    const folder = mkdtempSync(join(tmpdir(), "mailgauge-reload-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const web = join(folder, "web.yml");
    const text = `${CONFIG}\nserver: { web_config: ${web} }`;
    const log: string[] = [];
    writeFileSync(web, "basic_auth_users: {}\n");
    const daemon = await startDaemon({
      load: () => parseConfig(text, "test.yml", configDeps),
      listen: "127.0.0.1:0",
      version: "0.0.0-test",
      logger: pino({}, { write: (line: string) => void log.push(line) }),
    });
    onTestFinished(() => daemon.stop());
    writeFileSync(web, "basic_auth_users: 5\n");
    const answer = await fetch(`${daemon.url}/-/reload`, { method: "POST" });
    expect(answer.status).toBe(500);
    expect(await answer.text()).toContain("basic_auth_users");
    expect(log.join("")).toContain("the web configuration was not reloaded");
    expect(log.join("")).not.toContain("configuration reloaded");
    const metrics = await (await fetch(`${daemon.url}/metrics`)).text();
    expect(metrics).toContain("mailgauge_config_last_reload_successful 0");
  });

  it("forgets what was seen of another address under the same name", async () => {
    const named = (address: string): string => `addresses: [{ address: ${address}, name: out }]`;
    let text = named("192.0.2.10");
    const silent = await serve(() => ({ rcode: 2 }));
    const load = (): ConfigResult =>
      parseConfig(`resolver: { servers: ["${silent.address}"] }\n${text}`, "test.yml", configDeps);
    const { daemon } = await daemonWith(load);
    await daemon.reload();
    const seen = async (): Promise<unknown> => {
      const { observations } = (await (await fetch(`${daemon.url}/api/v1/observations`)).json()) as {
        observations: readonly { evidence: { address: string } }[];
      };
      return observations.map(({ evidence }) => evidence.address);
    };
    daemon.trigger("blocklist/address/out");
    while (((await seen()) as unknown[]).length === 0);
    expect(await seen()).toEqual(["192.0.2.10"]);
    text = named("192.0.2.11");
    await daemon.reload();
    expect(await seen()).toEqual([]);
  });

  it("says what will not change before a restart", async () => {
    const { daemon, log } = await daemonWith(() =>
      parseConfig(`${CONFIG}\nserver: { listen: "127.0.0.1:1" }`, "test.yml", configDeps),
    );
    expect(await daemon.reload()).toEqual({ ok: true, problems: [] });
    expect(log.join("")).toContain("what changed under server takes a restart");
  });

  it("is refused while the daemon drains, and the signal for it does not kill", async () => {
    const before = process.listenerCount("SIGHUP");
    const { daemon } = await daemonWith(() => parseConfig(CONFIG, "test.yml", configDeps));
    const stopped = daemon.stop();
    expect(process.listenerCount("SIGHUP")).toBe(before + 1);
    expect(await daemon.reload()).toEqual({ ok: false, problems: ["Mailgauge is stopping"] });
    await stopped;
    expect(process.listenerCount("SIGHUP")).toBe(before);
  });
});
