import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { BlocklistEvidence, Listing, MxEvidence, MxHost, SmtpEvidence } from "../../model/evidence.ts";
import type { Observation } from "../../model/observation.ts";
import type { Job } from "../../model/probe.ts";
import type { Subject } from "../../model/subject.ts";
import type { TlsFacts } from "../../model/tls.ts";
import { blocklistSeries } from "./blocklist-series.ts";
import type { SubjectFamily } from "./families.ts";
import { mxSeries } from "./mx-series.ts";
import type { Declared } from "./probe-series.ts";
import { MAX_REPLY_SERIES, smtpSeries } from "./smtp-series.ts";
import { SubjectRegistry } from "./subject-registry.ts";
import { tlsSeries } from "./tls-series.ts";

const DECLARED: Declared = { phases: ["connect", "ehlo", "starttls", "tls", "body"], causes: [] };
const subject: Subject = { kind: "address", name: "t", labels: {}, address: "192.0.2.1" };
const JOB: Job = { id: "j", subject, probe: "p", options: {}, timeoutMs: 1 };

function saw<E>(evidence: Partial<E>): Observation<E> {
  return {
    id: "1",
    target: "t",
    probe: "p",
    startedAt: 0,
    durationMs: 0,
    phases: [],
    evidence,
    findings: [],
    verdict: "pass",
  };
}

async function lines(registry: SubjectRegistry, name: SubjectFamily): Promise<string[]> {
  registry.touch();
  const text = await registry.lines(name);
  return text.split("\n").filter((line) => line !== "");
}

describe("TLS", () => {
  const facts: TlsFacts = {
    version: "TLSv1.3",
    cipher: "TLS_AES_256_GCM_SHA384",
    serverName: "relay.example.com",
    trusted: true,
    chain: [
      {
        subject: "CN=relay.example.com",
        issuer: "CN=ca",
        dnsNames: [],
        ipAddresses: [],
        notBefore: 0,
        notAfter: 1_900_000_000_000,
        serialNumber: "1",
        fingerprint: "00",
        keyType: "ec",
        keyBits: 256,
        signatureAlgorithm: "",
        selfSigned: false,
      },
    ],
  };
  const notAfter = 'mailgauge_tls_certificate_not_after_timestamp_seconds{target="t"} 1900000000';

  it("keeps the expiry when verification fails, and when no handshake happens; the validity falls", async () => {
    const registry = new SubjectRegistry();
    const record = tlsSeries(registry, JOB, DECLARED);
    record?.(saw({ tls: facts }));
    expect(await lines(registry, "tls_certificate_valid")).toEqual([
      'mailgauge_tls_certificate_valid{target="t"} 1',
    ]);
    for (const evidence of [{ tls: { ...facts, trusted: false } }, {}]) {
      record?.(saw(evidence));
      expect(await lines(registry, "tls_certificate_valid")).toEqual([
        'mailgauge_tls_certificate_valid{target="t"} 0',
      ]);
      expect(await lines(registry, "tls_certificate_not_after_timestamp_seconds")).toEqual([notAfter]);
    }
  });

  it("shows the last version and cipher only, and no name that is none", async () => {
    const registry = new SubjectRegistry();
    const record = tlsSeries(registry, JOB, DECLARED);
    record?.(saw({ tls: facts }));
    record?.(saw({ tls: { ...facts, version: "TLSv1.2", cipher: 'evil"\n' } }));
    expect(await lines(registry, "tls_info")).toEqual([
      'mailgauge_tls_info{target="t",version="TLSv1.2",cipher="other"} 1',
    ]);
    record?.(saw({}));
    expect(await lines(registry, "tls_info")).toEqual([]);
  });

  it("has no series for a probe without TLS", () => {
    expect(tlsSeries(new SubjectRegistry(), JOB, { phases: ["connect"], causes: [] })).toBeUndefined();
  });
});

describe("SMTP", () => {
  it("counts replies by phase, code and enhanced code", async () => {
    const registry = new SubjectRegistry();
    const record = smtpSeries(registry, JOB, DECLARED);
    const replies: SmtpEvidence["replies"] = [
      { phase: "banner", code: 220 },
      { phase: "rcpt", code: 550, enhanced: "5.1.1" },
      { phase: "rcpt", code: 550, enhanced: "5.1.1" },
      { phase: "rcpt", code: 550, enhanced: "5.01.1" },
    ];
    record(saw({ replies }));
    expect(await lines(registry, "smtp_replies_total")).toEqual([
      'mailgauge_smtp_replies_total{target="t",phase="banner",code="220",enhanced_code="none"} 1',
      'mailgauge_smtp_replies_total{target="t",phase="rcpt",code="550",enhanced_code="5.1.1"} 2',
      'mailgauge_smtp_replies_total{target="t",phase="rcpt",code="550",enhanced_code="other"} 1',
    ]);
  });

  /** Of the generated replies; classes: 2xx to 5xx and other. */
  const PHASES = 4;
  const CLASSES = 5;

  it("bounds the series whatever a server answers, and loses no reply", async () => {
    const reply = fc.record({
      phase: fc.constantFrom("banner", "mail", "rcpt", "body" as const),
      code: fc.integer({ min: 0, max: 999 }),
      enhanced: fc.oneof(
        fc.tuple(fc.constantFrom(2, 4, 5), fc.nat(999), fc.nat(999)).map((parts) => parts.join(".")),
        fc.string(),
      ),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(reply, { minLength: 200, maxLength: 400 }), async (replies) => {
        const registry = new SubjectRegistry();
        smtpSeries(registry, JOB, DECLARED)(saw({ replies }));
        const found = await lines(registry, "smtp_replies_total");
        expect(found.length).toBeLessThanOrEqual(MAX_REPLY_SERIES + PHASES * CLASSES);
        const counted = found.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
        expect(counted).toBe(replies.length);
      }),
      { numRuns: 30 },
    );
  });

  it("says that STARTTLS is not offered when a run does not get that far", async () => {
    const registry = new SubjectRegistry();
    const record = smtpSeries(registry, JOB, DECLARED);
    const runs: [Partial<SmtpEvidence>, number][] = [
      [{ starttlsOffered: true }, 1],
      [{ starttlsOffered: false }, 0],
      [{ starttlsOffered: true }, 1],
      [{}, 0],
    ];
    for (const [evidence, value] of runs) {
      record(saw(evidence));
      expect(await lines(registry, "starttls_offered")).toEqual([
        `mailgauge_starttls_offered{target="t"} ${value}`,
      ]);
    }
  });

  it("counts submissions by result", async () => {
    const registry = new SubjectRegistry();
    smtpSeries(registry, JOB, DECLARED)(saw({ submission: "deferred" }));
    expect(await lines(registry, "submissions_total")).toContain(
      'mailgauge_submissions_total{target="t",result="deferred"} 1',
    );
  });
});

describe("MX", () => {
  const host = (exchange: string, rest: Partial<MxHost> = {}): MxHost => ({
    preference: 10,
    exchange,
    a: [],
    aaaa: [],
    reach: [],
    ...rest,
  });
  const reach = (family: 4 | 6, reachable: boolean) => ({
    family,
    address: "192.0.2.1",
    reachable,
    durationMs: 1,
  });
  const at = (mx: string, family: string, value: number) =>
    `mailgauge_mx_reachable{domain="t",mx="${mx}",family="${family}"} ${value}`;

  function setUp() {
    const registry = new SubjectRegistry();
    const record = mxSeries(registry, JOB);
    return { registry, run: (evidence: Partial<MxEvidence>) => record(saw(evidence)) };
  }

  it("shows a host by family, reached when one address is", async () => {
    const { registry, run } = setUp();
    run({ hosts: [host("MX1.example.com", { reach: [reach(4, false), reach(4, true), reach(6, false)] })] });
    expect(await lines(registry, "mx_reachable")).toEqual([
      at("mx1.example.com", "ipv4", 1),
      at("mx1.example.com", "ipv6", 0),
    ]);
    expect(await lines(registry, "mx_records")).toEqual(['mailgauge_mx_records{domain="t"} 1']);
  });

  it("keeps the hosts as unreached when the set cannot be had", async () => {
    const { registry, run } = setUp();
    run({ hosts: [host("mx1.example.com", { reach: [reach(4, true)] })] });
    run({ status: "servfail" });
    run({ status: "timeout" });
    expect(await lines(registry, "mx_reachable")).toEqual([at("mx1.example.com", "ipv4", 0)]);
    expect(await lines(registry, "mx_records")).toEqual(['mailgauge_mx_records{domain="t"} 0']);
  });

  it("keeps a host that the run did not come to as unreached", async () => {
    const { registry, run } = setUp();
    run({ hosts: [host("mx1.example.com", { reach: [reach(4, true)] })] });
    run({ hosts: [host("mx1.example.com")] });
    expect(await lines(registry, "mx_reachable")).toEqual([at("mx1.example.com", "ipv4", 0)]);
  });

  it("drops a host that left the set and counts the change", async () => {
    const { registry, run } = setUp();
    run({ hosts: [host("mx1.example.com", { reach: [reach(4, true)] })] });
    run({ hosts: [host("mx2.example.com", { reach: [reach(4, true)] })], previous: ["10 mx1.example.com"] });
    expect(await lines(registry, "mx_reachable")).toEqual([at("mx2.example.com", "ipv4", 1)]);
    expect(await lines(registry, "mx_changes_total")).toEqual(['mailgauge_mx_changes_total{domain="t"} 1']);
  });

  it("shows a host without address as unreached", async () => {
    const { registry, run } = setUp();
    run({ hosts: [host("mx1.example.com", { problem: "no_address" })] });
    expect(await lines(registry, "mx_reachable")).toEqual([at("mx1.example.com", "none", 0)]);
  });
});

describe("blocklist", () => {
  const listing = (list: string, verdict: Listing["verdict"], rest: Partial<Listing> = {}): Listing => ({
    list,
    verdict,
    answers: [],
    meanings: [],
    durationMs: 1,
    ...rest,
  });
  const at = (list: string, value: number) =>
    `mailgauge_blocklist_listed{address="t",list="${list}"} ${value}`;

  function setUp() {
    const registry = new SubjectRegistry();
    const record = blocklistSeries(registry, JOB, ["zen"]);
    return { registry, run: (evidence: Partial<BlocklistEvidence>) => record(saw(evidence)) };
  }

  it("is 1, 0 or absent, never a guess", async () => {
    const { registry, run } = setUp();
    run({
      listings: [
        listing("a", "listed"),
        listing("b", "not_listed"),
        listing("c", "unknown", { reason: "dead" }),
      ],
    });
    expect(await lines(registry, "blocklist_listed")).toEqual([at("a", 1), at("b", 0)]);
    run({
      listings: [
        listing("a", "unknown", { reason: "timeout" }),
        listing("b", "unknown", { reason: "min_interval" }),
      ],
    });
    expect(await lines(registry, "blocklist_listed")).toEqual([at("b", 0)]);
    run({});
    expect(await lines(registry, "blocklist_listed")).toEqual([]);
  });

  it("does not call a white or informational list a listing, but shows its codes", async () => {
    const { registry, run } = setUp();
    const answers = ["127.0.0.2", "127.0.0.2", "192.0.2.1"];
    run({
      listings: [
        listing("w", "listed", { white: true, answers }),
        listing("i", "listed", { informational: true, answers: [] }),
      ],
    });
    expect(await lines(registry, "blocklist_listed")).toEqual([]);
    expect(await lines(registry, "blocklist_listing_info")).toEqual([
      'mailgauge_blocklist_listing_info{address="t",list="w",code="127.0.0.2"} 1',
    ]);
  });

  it("replaces the codes of the last listing", async () => {
    const { registry, run } = setUp();
    run({ listings: [listing("a", "listed", { answers: ["127.0.0.2", "127.0.0.4"] })] });
    run({ listings: [listing("a", "listed", { answers: ["127.0.0.4"] })] });
    expect(await lines(registry, "blocklist_listing_info")).toEqual([
      'mailgauge_blocklist_listing_info{address="t",list="a",code="127.0.0.4"} 1',
    ]);
    run({});
    expect(await lines(registry, "blocklist_listing_info")).toEqual([]);
  });

  it("counts queries, and look-ups that said nothing by reason, but not those left out by plan", async () => {
    const { registry, run } = setUp();
    run({
      queries: { zen: 3 },
      listings: [
        listing("zen", "unknown", { reason: "refused_quota" }),
        listing("b", "unknown", { reason: "min_interval" }),
      ],
    });
    expect(await lines(registry, "blocklist_queries_total")).toEqual([
      'mailgauge_blocklist_queries_total{address="t",list="zen"} 3',
    ]);
    const failures = await lines(registry, "blocklist_failures_total");
    expect(failures.filter((line) => !line.endsWith(" 0"))).toEqual([
      'mailgauge_blocklist_failures_total{address="t",list="zen",reason="refused_quota"} 1',
    ]);
  });
});
