import { describe, expect, it } from "vitest";
import { CAUSE_CODES } from "../../model/codes.ts";
import type { Observation, Verdict } from "../../model/observation.ts";
import type { Job, Probe } from "../../model/probe.ts";
import type { Subject } from "../../model/subject.ts";
import { createPrometheusSink, type PrometheusSinkOptions } from "./sink.ts";

const CLOCK = { now: () => 1_800_000_000_000 };
const OPTIONS: PrometheusSinkOptions = {
  version: "1.2.3",
  clock: CLOCK,
  blocklists: () => ["zen", "white"],
  onError: (error) => {
    throw error;
  },
};

function probe(kind: string, subject: Subject["kind"], phases: Probe["phases"]): Probe {
  return {
    kind,
    subject,
    title: kind,
    phases,
    causes: ["server_down", "dns_broken"],
    parseOptions: (input) => input,
    run: () => Promise.resolve(),
    judge: () => [],
  };
}

const PROBES = new Map(
  [
    probe("smtp", "relay", () => ["dns", "connect", "banner", "ehlo", "starttls", "tls", "body"]),
    probe("tls", "relay", () => ["dns", "connect", "starttls", "tls"]),
    probe("mx", "domain", () => ["dns"]),
    probe("blocklist", "address", () => ["dns"]),
  ].map((each) => [each.kind, each]),
);

const COMMON = { labels: {} };
const relay = (name: string): Subject => ({
  ...COMMON,
  kind: "relay",
  name,
  scheme: "submission",
  host: "relay.example.com",
  port: 587,
  helo: "probe.example.com",
  from: "probe@example.com",
  to: ["seed@example.net"],
  tls: {},
});
const domain: Subject = {
  ...COMMON,
  kind: "domain",
  name: "example.com",
  domain: "example.com",
  helo: "h",
  port: 25,
};
const address: Subject = { ...COMMON, kind: "address", name: "192.0.2.10", address: "192.0.2.10" };

function job(probe: string, subject: Subject): Job {
  return {
    id: `${probe}/${subject.kind}/${subject.name}`,
    subject,
    probe,
    options: {},
    schedule: { everyMs: 60_000 },
    timeoutMs: 15_000,
  };
}

const SMTP = job("smtp", relay("eu"));
const TLS = job("tls", relay("eu"));
const MX = job("mx", domain);
const BLOCKLIST = job("blocklist", address);

function saw(of: Job, verdict: Verdict, rest: Partial<Observation> = {}): Observation {
  return {
    id: `${of.id}@1`,
    target: of.subject.name,
    probe: of.probe,
    startedAt: 1_700_000_000_000,
    durationMs: 120,
    phases: [],
    evidence: {},
    findings: [],
    verdict,
    ...rest,
  };
}

function setUp(...jobs: Job[]) {
  const sink = createPrometheusSink(OPTIONS);
  sink.registerJobs(jobs, PROBES);
  return sink;
}

/** Sample lines that start with a name, prefix left out. */
async function series(sink: ReturnType<typeof setUp>, name: string): Promise<string[]> {
  const lines = (await sink.metrics()).split("\n");
  return lines
    .filter((line) => line.startsWith(`mailgauge_${name}`))
    .map((line) => line.slice("mailgauge_".length));
}

describe("before the first run", () => {
  it("has every series of every probe", async () => {
    const sink = setUp(SMTP, MX, BLOCKLIST);
    const text = await sink.metrics();
    for (const line of [
      'mailgauge_probe_runs_total{target="eu",probe="smtp"} 0',
      'mailgauge_probe_failures_total{target="eu",probe="smtp",cause="server_down"} 0',
      'mailgauge_probe_failures_total{target="eu",probe="smtp",cause="unknown"} 0',
      'mailgauge_probe_success{target="eu",probe="smtp"} NaN',
      'mailgauge_probe_last_run_timestamp_seconds{target="eu",probe="smtp"} 0',
      'mailgauge_probe_last_success_timestamp_seconds{target="eu",probe="smtp"} 0',
      'mailgauge_probe_interval_seconds{target="eu",probe="smtp"} 60',
      'mailgauge_probe_duration_seconds_count{target="eu",probe="smtp"} 0',
      'mailgauge_probe_phase_duration_seconds_count{target="eu",probe="smtp",phase="banner"} 0',
      'mailgauge_submissions_total{target="eu",result="uncertain"} 0',
      'mailgauge_starttls_offered{target="eu"} NaN',
      'mailgauge_tls_certificate_not_after_timestamp_seconds{target="eu"} NaN',
      'mailgauge_tls_certificate_valid{target="eu"} NaN',
      'mailgauge_mx_records{domain="example.com"} NaN',
      'mailgauge_mx_changes_total{domain="example.com"} 0',
      'mailgauge_blocklist_queries_total{address="192.0.2.10",list="zen"} 0',
      'mailgauge_blocklist_failures_total{address="192.0.2.10",list="zen",reason="refused_public_resolver"} 0',
      'mailgauge_scheduler_skips_total{reason="overlap"} 0',
      "mailgauge_scheduler_lag_seconds_count 0",
      "mailgauge_in_flight 0",
      `mailgauge_build_info{version="1.2.3",node="${process.version}"} 1`,
      "mailgauge_config_last_reload_successful 0",
    ]) {
      expect(text.split("\n")).toContain(line);
    }
    expect(text).not.toContain("mailgauge_blocklist_listed{");
    expect(text).not.toContain("# TYPE mailgauge_tls_info");
  });

  it("opens each family once, with HELP and TYPE, though two probes and two subjects share it", async () => {
    const sink = setUp(SMTP, TLS, job("smtp", relay("us")));
    const text = await sink.metrics();
    const opened = [...text.matchAll(/^# TYPE (\S+) /gm)].map((m) => m[1]);
    expect(new Set(opened).size).toBe(opened.length);
    expect(opened).toContain("mailgauge_tls_certificate_valid");
    const samples = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    const names = samples.map((line) => line.slice(0, line.lastIndexOf(" ")));
    expect(new Set(names).size).toBe(names.length);
  });
});

it("gives the same text in pieces, each of bounded size however many targets there are", async () => {
  const jobs = Array.from({ length: 150 }, (_, index) => job("smtp", relay(`relay-${index}`)));
  const sink = setUp(...jobs);
  const pieces: string[] = [];
  for await (const piece of sink.metricsPieces()) pieces.push(piece);
  expect(pieces.length).toBeGreaterThan(3);
  expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThan(256 * 1024);
  const stable = (text: string) => text.replaceAll(/^process_.*$/gm, "");
  expect(stable(pieces.join(""))).toBe(stable(await sink.metrics()));
});

describe("a run", () => {
  it.each([
    ["pass", 1, "0", "a pass is a success"],
    ["warn", 1, "0", "so is a warning"],
    ["fail", 0, "1", "a failure is none"],
    ["unknown", 0, "1", "nor is not knowing"],
  ] as const)("%s: success %i", async (verdict, success, failures, _reason) => {
    const sink = setUp(SMTP);
    sink.add(SMTP, saw(SMTP, verdict));
    expect(await series(sink, "probe_success")).toEqual([
      `probe_success{target="eu",probe="smtp"} ${success}`,
    ]);
    expect(await series(sink, 'probe_failures_total{target="eu",probe="smtp",cause="unknown"}')).toEqual([
      `probe_failures_total{target="eu",probe="smtp",cause="unknown"} ${failures}`,
    ]);
    expect(await series(sink, "probe_runs_total")).toEqual(['probe_runs_total{target="eu",probe="smtp"} 1']);
    expect(await series(sink, "probe_last_run")).toEqual([
      'probe_last_run_timestamp_seconds{target="eu",probe="smtp"} 1700000000',
    ]);
    expect(await series(sink, "probe_last_success")).toEqual([
      `probe_last_success_timestamp_seconds{target="eu",probe="smtp"} ${success === 1 ? 1_700_000_000 : 0}`,
    ]);
  });

  it("counts a failure under its cause, also one that the probe did not declare", async () => {
    const sink = setUp(SMTP);
    const cause = { certainty: "certain", evidence: [], remedy: "" } as const;
    for (const code of CAUSE_CODES) sink.add(SMTP, saw(SMTP, "fail", { cause: { ...cause, code } }));
    const lines = await series(sink, "probe_failures_total");
    expect(lines).toHaveLength(CAUSE_CODES.length);
    for (const line of lines) expect(line).toMatch(/ 1$/);
  });

  it("puts a cause that no list knows under unknown", async () => {
    const sink = setUp(SMTP);
    const cause = JSON.parse('{"code":"made up","certainty":"certain","evidence":[],"remedy":""}');
    sink.add(SMTP, saw(SMTP, "fail", { cause }));
    expect((await series(sink, "probe_failures_total")).join()).not.toContain("made up");
    expect(await series(sink, 'probe_failures_total{target="eu",probe="smtp",cause="unknown"}')).toEqual([
      'probe_failures_total{target="eu",probe="smtp",cause="unknown"} 1',
    ]);
  });

  it("times itself and its phases, the second EHLO under the same name", async () => {
    const sink = setUp(SMTP);
    const ehlo = { name: "ehlo", startMs: 0, outcome: "ok" } as const;
    sink.add(
      SMTP,
      saw(SMTP, "pass", {
        phases: [
          { ...ehlo, durationMs: 20 },
          { ...ehlo, durationMs: 40, n: 2 },
        ],
      }),
    );
    const text = await sink.metrics();
    expect(text).toContain('probe_phase_duration_seconds_count{target="eu",probe="smtp",phase="ehlo"} 2');
    expect(text).toContain('probe_phase_duration_seconds_sum{target="eu",probe="smtp",phase="ehlo"} 0.06');
    expect(text).toContain('probe_duration_seconds_bucket{le="0.25",target="eu",probe="smtp"} 1');
  });

  it("replaces the findings of the run before, and keeps out ids that are no ids", async () => {
    const sink = setUp(SMTP);
    const finding = (id: string) => ({ id, verdict: "warn", message: "" }) as const;
    sink.add(SMTP, saw(SMTP, "warn", { findings: [finding("tls_old"), finding('x"} evil')] }));
    sink.add(SMTP, saw(SMTP, "warn", { findings: [finding("ptr_missing")] }));
    expect(await series(sink, "findings")).toEqual([
      'findings{target="eu",probe="smtp",id="ptr_missing",verdict="warn"} 1',
    ]);
  });
});

describe("a reload", () => {
  it("removes the series of what went and keeps the values of what stayed", async () => {
    const sink = setUp(SMTP, MX);
    sink.add(SMTP, saw(SMTP, "pass"));
    sink.registerJobs([SMTP, BLOCKLIST], PROBES);
    const text = await sink.metrics();
    expect(text).toContain('mailgauge_probe_runs_total{target="eu",probe="smtp"} 1');
    expect(text).toContain('mailgauge_probe_runs_total{target="192.0.2.10",probe="blocklist"} 0');
    expect(text).not.toContain("example.com");
  });

  it("does not bring back a job that went while it ran", async () => {
    const sink = setUp(SMTP, MX);
    sink.registerJobs([SMTP], PROBES);
    sink.add(MX, saw(MX, "fail"));
    expect(await sink.metrics()).not.toContain("example.com");
  });

  it("removes one probe of a target that keeps another", async () => {
    const sink = setUp(SMTP, TLS);
    sink.registerJobs([SMTP], PROBES);
    expect(await sink.metrics()).not.toContain('probe="tls"');
  });

  it("tells whether it worked and when one last did", async () => {
    const sink = setUp();
    sink.configReloaded(true);
    sink.configReloaded(false);
    const text = await sink.metrics();
    expect(text).toContain("mailgauge_config_last_reload_successful 0");
    expect(text).toContain("mailgauge_config_last_reload_success_timestamp_seconds 1800000000");
  });
});

describe("the scheduler", () => {
  it("is counted", async () => {
    const sink = setUp(SMTP);
    sink.events.onSkip(SMTP, "missed", 3);
    sink.events.onLag(SMTP, 0.02);
    sink.events.onStart(SMTP);
    sink.events.onStart(SMTP);
    sink.events.onSettle(SMTP);
    const text = await sink.metrics();
    expect(text).toContain('mailgauge_scheduler_skips_total{reason="missed"} 3');
    expect(text).toContain('mailgauge_scheduler_lag_seconds_bucket{le="0.05"} 1');
    expect(text).toContain("mailgauge_in_flight 1");
  });
});

it("gives an error while recording to the caller's hook and not to the scheduler", () => {
  const errors: unknown[] = [];
  const sink = createPrometheusSink({ version: "1", onError: (error) => errors.push(error) });
  sink.registerJobs([SMTP], PROBES);
  const broken = { ...saw(SMTP, "pass"), phases: JSON.parse("null") };
  expect(() => sink.add(SMTP, broken)).not.toThrow();
  expect(errors).toHaveLength(1);
});
