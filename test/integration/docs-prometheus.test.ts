import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { type Lab, startLab } from "../../src/lab/lab.ts";
import { webConfigSchema } from "../../src/server/web-config/schema.ts";
import { startTestDaemon, type TestDaemon } from "../support/daemon.ts";
import { isPrometheusConfig, isWebConfig, places } from "../support/docs.ts";
import { poll } from "../support/servers/ports.ts";
import { type Prometheus, type Series, startPrometheus } from "../support/servers/prometheus.ts";

/**
 * What the guides say about Prometheus, on a real one: it scrapes as the guides configure it, and their expressions
 * find what is wrong in a world where much is, and nothing else.
 */

/** Where the guides take Mailgauge to be. */
const USUAL_ADDRESS = /127\.0\.0\.1:9825/g;
const PATIENCE_MS = 30_000;
/** Comes with Prometheus. */
const PROMTOOL = "promtool";
/** An alert may wait for something to happen no more; its series are still there then. */
const LATER_S = 60;

let lab: Lab;
let daemon: TestDaemon;
let prometheus: Prometheus;
let folder: string;

const scrapes = places("yaml", isPrometheusConfig);
const webConfigs = places("yaml", isWebConfig);
const expressions = places("promql");

/** `broken` runs every two seconds and shows an expired certificate, `listed` is listed; with the others all is well. */
function config(): string {
  const [user] = lab.users;
  const relay = (name: string, host: string, when: string): string => `
  - { name: ${name}, url: "submission://${host}.lab.test:${lab.relays[host]?.ports.submission}", to: seed@lab.test,
      auth: { username: ${user?.username}, password: { env: PASSWORD } }, tls: { ca: ca.pem }, ${when} }`;
  const address = (name: string, value: string): string => `
  - { name: ${name}, address: ${value}, options: { blocklist: { lists: [{ zone: ${lab.blocklists.address}, min_interval: 0s }] } } }`;
  return `
defaults: { interval: 1h, timeout: 1500ms, helo: probe.lab.test, from: probe@lab.test }
resolver: { servers: ["${lab.dns.server}"], timeout: 1s }
relays: ${relay("broken", "eu", "interval: 2s")} ${relay("well", "us", "interval: 1h")}
  ${relay("well-next-year", "us", 'cron: "0 0 1 1 *"')}
addresses: ${address("listed", lab.addresses.listed)} ${address("well-known", "192.0.2.1")}
`;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "mailgauge-docs-"));
  lab = await startLab({ relays: ["eu", "us"] });
  await lab.set("certificate_expired", true, { relay: "eu" });
  const env = { PASSWORD: lab.users[0]?.password ?? "" };
  daemon = await startTestDaemon(config(), { env, files: { "ca.pem": lab.ca }, warmUpMs: 500 });
  const text = scrapes.map(([, block]) => block.replaceAll(USUAL_ADDRESS, new URL(daemon.url).host));
  const jobs = text.flatMap((block) => (parse(block) as { scrape_configs: unknown[] }).scrape_configs);
  prometheus = await startPrometheus({
    global: { scrape_interval: "1s", scrape_timeout: "1s" },
    scrape_configs: jobs,
  });
}, 60_000);

afterAll(async () => {
  await prometheus.stop();
  await daemon.stop();
  await lab.stop();
  rmSync(folder, { recursive: true });
});

/** Whatever the expression finds, now or when nothing has happened for a while. */
function found(promql: string): Promise<readonly Series[]> {
  return poll(async () => {
    const now = await prometheus.query(promql);
    const series = now.length > 0 ? now : await prometheus.query(promql, Date.now() / 1000 + LATER_S);
    return series.length > 0 ? series : undefined;
  }, AbortSignal.timeout(PATIENCE_MS));
}

describe("the guides", () => {
  it("have something of each kind", () => {
    expect([scrapes.length > 0, webConfigs.length > 0, expressions.length > 0]).toEqual([true, true, true]);
  });
});

describe("scrape configurations", { timeout: PATIENCE_MS + 10_000 }, () => {
  it.each(scrapes)("%s passes promtool", (_place, text) => {
    const file = join(folder, "prometheus.yml");
    writeFileSync(file, text);
    expect(execFileSync(PROMTOOL, ["check", "config", file], { encoding: "utf8" })).toContain("SUCCESS");
  });

  it.each(scrapes)("%s scrapes what is there", async (_place, text) => {
    const { scrape_configs: jobs } = parse(text) as { scrape_configs: { job_name: string }[] };
    for (const { job_name: job } of jobs) {
      expect((await found(`up{job="${job}"} == 1`)).length, job).toBeGreaterThan(0);
      expect(await prometheus.query(`up{job="${job}"} == 0`), job).toEqual([]);
    }
  });

  it("find every target through /sd", async () => {
    const names = ["broken", "well", "well-next-year", "listed", "well-known"];
    const series = await poll(async () => {
      const some = await prometheus.query("count by (instance) (probe_success)");
      return some.length >= names.length ? some : undefined;
    }, AbortSignal.timeout(PATIENCE_MS));
    expect(new Set(series.map(({ metric }) => metric["instance"]))).toEqual(new Set(names));
  });
});

describe("expressions", { timeout: PATIENCE_MS + 10_000 }, () => {
  it.each(expressions)("%s finds what is wrong, and nothing else", async (_place, text) => {
    const series = await found(text);
    for (const { metric } of series) expect(Object.values(metric).join(" ")).not.toMatch(/\bwell/);
  });

  it.each(expressions)("%s names metrics that exist", async (_place, text) => {
    const names = new Set(text.match(/\b(?:mailgauge|probe)_[a-z_]+\b/g));
    expect(names.size).toBeGreaterThan(0);
    for (const name of names) expect((await found(`count(${name})`)).length, name).toBe(1);
  });
});

describe("web configuration files", () => {
  it.each(webConfigs)("%s has the format of the exporter-toolkit", (_place, text) => {
    expect(webConfigSchema.safeParse(parse(text)).error?.issues ?? []).toEqual([]);
  });
});
