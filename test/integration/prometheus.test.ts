import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Blackbox, startBlackbox } from "../support/servers/blackbox.ts";
import { type Certificates, makeCertificates, SERVER_NAME } from "../support/servers/certificates.ts";
import { type Dovecot, DOVECOT_PASSWORD, startDovecot } from "../support/servers/dovecot.ts";
import { sampleValue } from "../support/servers/exposition.ts";
import { type Knot, startKnot } from "../support/servers/knot.ts";
import { type Mailgauge, startMailgauge } from "../support/servers/mailgauge.ts";
import { LOOPBACK } from "../support/servers/ports.ts";
import { type Postfix, startPostfix } from "../support/servers/postfix.ts";
import { lintMetrics, type Prometheus, startPrometheus } from "../support/servers/prometheus.ts";
import { startRbldnsd } from "../support/servers/rbldnsd.ts";
import type { RunningServer } from "../support/servers/server.ts";
import { startUnbound } from "../support/servers/unbound.ts";

/** The whole of it: the daemon as a process, real servers that it watches, a real Prometheus that scrapes it. */

const INTERVAL = "2s";
/** Prometheus looks for targets every five seconds; then come the first scrapes. */
const PATIENCE_MS = 45_000;

const stops: (() => void | Promise<void>)[] = [];
let certificates: Certificates;
let dovecot: Dovecot;
let postfix: Postfix<"expired">;
let knot: Knot;
let rbldnsd: RunningServer<"dns">;
let unbound: RunningServer<"dns">;
let blackbox: Blackbox;
let mailgauge: Mailgauge;
let prometheus: Prometheus;

/** Registers the end of each server as it starts, so that a failure half-way leaves nothing behind. */
async function start<S extends RunningServer<string>>(starting: Promise<S>): Promise<S> {
  const server = await starting;
  stops.push(() => server.stop());
  return server;
}

async function startWorld(): Promise<void> {
  certificates = makeCertificates();
  stops.push(() => certificates.remove());
  const certificate = certificates.get("good");
  const expired = certificates.get("expired");
  dovecot = await start(startDovecot({ certificate }));
  postfix = await start(
    startPostfix({
      certificate,
      lmtpPort: dovecot.ports.lmtp,
      saslPort: dovecot.ports.sasl,
      listeners: { expired: { smtpd_tls_cert_file: expired.chainFile, smtpd_tls_key_file: expired.keyFile } },
    }),
  );
  knot = await start(startKnot({ "y.test": { signed: true, records: `@ MX 10 mx\nmx A ${LOOPBACK}` } }));
  rbldnsd = await start(
    startRbldnsd({
      "bl.test": { type: "ip4set", data: ":127.0.0.2:Listed $\n127.0.0.2\n192.0.2.66" },
      "dead.test": { type: "ip4set", data: ":127.0.0.2:Listed $\n192.0.2.66" },
    }),
  );
  unbound = await start(
    startUnbound({
      "y.test": { port: knot.ports.dns, ds: knot.ds("y.test") },
      "bl.test": { port: rbldnsd.ports.dns },
      "dead.test": { port: rbldnsd.ports.dns },
    }),
  );
  blackbox = await start(startBlackbox({ caFile: certificates.caFile, serverName: SERVER_NAME }));
}

function relay(name: string, scheme: string, port: number, more: object = {}): object {
  const tls = { ca: certificates.caFile, server_name: SERVER_NAME };
  return {
    name,
    url: `${scheme}://${LOOPBACK}:${port}`,
    to: ["ok@y.test"],
    interval: INTERVAL,
    tls,
    ...more,
  };
}

function configuration(): object {
  const { smtp, submission, expired } = postfix.ports;
  return {
    defaults: { timeout: "1500ms", helo: "probe.x.test", from: "probe@x.test" },
    resolver: { servers: [`${LOOPBACK}:${unbound.ports.dns}`] },
    relays: [
      relay("good", "smtp", smtp, { depth: "data", labels: { site: "test" } }),
      relay("login", "submission", submission, { auth: { username: "ok", password: DOVECOT_PASSWORD } }),
      relay("wrong-password", "submission", submission, { auth: { username: "ok", password: "not-it" } }),
      relay("unknown-recipient", "smtp", smtp, { to: ["nobody@y.test"] }),
      relay("expired", "submission", expired),
      relay("gone", "smtp", 1),
    ],
    // Its MX is on port 25 as far as anybody knows, and nothing of ours is.
    domains: [{ name: "y.test", interval: INTERVAL, options: { mx: { reach: false } } }],
    addresses: [
      { address: "192.0.2.66", interval: INTERVAL },
      { address: "192.0.2.1", interval: INTERVAL },
    ],
    blocklists: [{ zone: "bl.test" }, { zone: "dead.test" }],
  };
}

function scrapeConfig(): object {
  const targets = [`${LOOPBACK}:${mailgauge.ports.http}`];
  const probe = (module: string, names: readonly string[]): object => ({
    job_name: `probe_${module}`,
    metrics_path: "/probe",
    params: { module: [module] },
    static_configs: [{ targets: names }],
    relabel_configs: [
      { source_labels: ["__address__"], target_label: "__param_target" },
      { source_labels: ["__param_target"], target_label: "instance" },
      { target_label: "__address__", replacement: targets[0] },
    ],
  });
  return {
    global: { scrape_interval: "2s", scrape_timeout: "2s" },
    scrape_configs: [
      { job_name: "mailgauge", static_configs: [{ targets }] },
      probe("smtp", ["good", "gone"]),
      probe("tls", ["good", "expired"]),
      {
        job_name: "discovered",
        metrics_path: "/probe",
        http_sd_configs: [{ url: `${mailgauge.url}/sd`, refresh_interval: "5s" }],
        relabel_configs: [
          { source_labels: ["__meta_mailgauge_probe"], regex: "smtp", action: "keep" },
          { source_labels: ["__address__"], target_label: "__param_target" },
          { source_labels: ["__param_target"], target_label: "instance" },
          { target_label: "__address__", replacement: targets[0] },
        ],
      },
    ],
  };
}

beforeAll(async () => {
  await startWorld();
  mailgauge = await start(startMailgauge(configuration()));
  prometheus = await start(startPrometheus(scrapeConfig()));
}, 120_000);

afterAll(async () => {
  for (const stop of stops.toReversed()) await stop();
});

/** The only value of the expression, once it has one. */
async function value(promql: string): Promise<number | undefined> {
  const series = await prometheus.queryUntilFound(promql, AbortSignal.timeout(PATIENCE_MS));
  expect(series).toHaveLength(1);
  return series[0]?.value;
}

describe("Prometheus scraping /metrics", { timeout: PATIENCE_MS + 15_000 }, () => {
  it.each([
    ['up{job="mailgauge"}', 1],
    ['mailgauge_probe_success{target="good",probe="smtp"} == 1', 1],
    ['mailgauge_probe_success{target="login",probe="smtp"} == 1', 1],
    ['mailgauge_probe_success{target="good",probe="tls"} == 1', 1],
    // A relay that was never there has its series too, and they say failure.
    ...["wrong-password", "unknown-recipient", "expired", "gone"].map(
      (target) => [`mailgauge_probe_success{target="${target}",probe="smtp"} == 0`, 0] as const,
    ),
    ['mailgauge_probe_success{target="y.test",probe="mx"} == 1', 1],
    ['mailgauge_probe_success{target="192.0.2.66",probe="blocklist"} == 0', 0],
    ['mailgauge_tls_certificate_valid{target="good"} == 1', 1],
    ['mailgauge_tls_certificate_valid{target="expired"} == 0', 0],
    ['mailgauge_starttls_offered{target="good"} == 1', 1],
    ['mailgauge_blocklist_listed{address="192.0.2.66",list="bl.test"} == 1', 1],
    ['mailgauge_blocklist_listed{address="192.0.2.1",list="bl.test"} == 0', 0],
    ['mailgauge_mx_records{domain="y.test"} == 1', 1],
    ["mailgauge_config_last_reload_successful", 1],
    ['count(mailgauge_tls_info{target="good",version="TLSv1.3"})', 1],
  ] as const)("%s is %d", async (promql, expected) => {
    expect(await value(promql)).toBe(expected);
  });

  it.each([
    ["wrong-password", "wrong_credentials"],
    ["unknown-recipient", "recipient_unknown"],
    ["expired", "certificate_expired"],
    ["gone", "server_down"],
  ])("counts failures of %s under %s, and under no other cause", async (target, cause) => {
    const failures = `mailgauge_probe_failures_total{target="${target}",probe="smtp"`;
    expect(await value(`${failures},cause="${cause}"} > 0`)).toBeGreaterThan(0);
    expect(await value(`sum(${failures},cause!="${cause}"})`)).toBe(0);
  });

  it.each([
    [
      'mailgauge_smtp_replies_total{target="wrong-password",phase="auth",code="535",enhanced_code="5.7.8"} > 0',
    ],
    [
      'mailgauge_smtp_replies_total{target="unknown-recipient",phase="rcpt",code="550",enhanced_code="5.1.1"} > 0',
    ],
    ['mailgauge_submissions_total{target="good",result="accepted"} > 0'],
    ['sum(mailgauge_probe_phase_duration_seconds_count{target="good",phase="body"}) > 0'],
    [
      'histogram_quantile(0.5, sum by (le) (mailgauge_probe_phase_duration_seconds_bucket{phase="ehlo"})) > 0',
    ],
    ['time() - max(mailgauge_probe_last_run_timestamp_seconds{target="good"}) < 60'],
    ['increase(mailgauge_probe_runs_total{target="good",probe="smtp"}[1m]) > 0'],
  ])("has %s", async (promql) => {
    expect(await value(promql)).toBeDefined();
  });

  it("keeps the expiry of a certificate that has expired", async () => {
    const expiry = await value('mailgauge_tls_certificate_not_after_timestamp_seconds{target="expired"} > 0');
    expect(expiry).toBe(certificates.get("expired").notAfter / 1000);
  });

  it("has no series for a list that cannot be believed", async () => {
    await value('mailgauge_blocklist_listed{address="192.0.2.66",list="bl.test"} == 1');
    expect(await prometheus.query('mailgauge_blocklist_listed{list="dead.test"}')).toEqual([]);
    expect(
      await value('sum(mailgauge_blocklist_failures_total{list="dead.test",reason="dead"}) > 0'),
    ).toBeGreaterThan(0);
  });

  it("has its series from the first scrape, so that nothing begins above zero", async () => {
    const never = await value('sum(mailgauge_probe_failures_total{target="good",cause="greylisted"})');
    expect(never).toBe(0);
  });

  it("delivered what it counts as accepted", async () => {
    await value('mailgauge_submissions_total{target="good",result="accepted"} > 0');
    const text = await dovecot.delivered("ok", "X-Mailgauge-Token", AbortSignal.timeout(15_000));
    expect(text).toContain("Return-Path: <probe@x.test>");
  });

  it("passes promtool's check of metric names and help", async () => {
    const text = await (await fetch(`${mailgauge.url}/metrics`)).text();
    expect(lintMetrics(text)).toBe("");
  });
});

describe("Prometheus scraping /probe", { timeout: PATIENCE_MS + 15_000 }, () => {
  it.each([
    ['probe_success{job="probe_smtp",instance="good"}', 1],
    ['probe_success{job="probe_smtp",instance="gone"}', 0],
    ['probe_success{job="probe_tls",instance="good"}', 1],
    ['probe_success{job="probe_tls",instance="expired"}', 0],
    ['probe_success{job="discovered",instance="login"}', 1],
    ['probe_success{job="discovered",instance="wrong-password"}', 0],
    ['count(probe_success{job="discovered"}) == 6', 6],
    ['min(up{job=~"probe_.*|discovered"})', 1], // a target that fails is no scrape that fails
    ['probe_tls_version_info{job="probe_tls",instance="good",version="TLS 1.3"}', 1],
  ])("%s is %d", async (promql, expected) => {
    expect(await value(promql)).toBe(expected);
  });

  it.each(["good", "expired"] as const)("agrees with blackbox_exporter on the expiry of %s", async (name) => {
    const port = name === "good" ? postfix.ports.smtp : postfix.ports.expired;
    const theirs = sampleValue(
      await blackbox.probe("starttls", port, false),
      "probe_ssl_earliest_cert_expiry",
    );
    expect(await value(`probe_ssl_earliest_cert_expiry{job="probe_tls",instance="${name}"}`)).toBe(theirs);
  });

  it("has the phases of the conversation, which blackbox_exporter lacks", async () => {
    const expected = ["connect", "banner", "ehlo", "tls", "rcpt"];
    const phases = await prometheus.queryUntilFound(
      `probe_smtp_duration_seconds{job="probe_smtp",instance="good",phase=~"${expected.join("|")}"} > 0`,
      AbortSignal.timeout(PATIENCE_MS),
    );
    expect(new Set(phases.map(({ metric }) => metric["phase"]))).toEqual(new Set(expected));
  });

  it("refuses a target that is not configured", async () => {
    const response = await fetch(`${mailgauge.url}/probe?target=elsewhere.test&module=smtp`);
    expect(response.status).toBe(400);
    expect(await response.text()).toContain("elsewhere.test");
  });
});
