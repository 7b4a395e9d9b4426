import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { testRelay } from "../../../test/support/jobs.ts";
import type { SmtpEvidence } from "../../model/evidence.ts";
import type { Observation } from "../../model/observation.ts";
import type { Job } from "../../model/probe.ts";
import type { Relay } from "../../model/subject.ts";
import type { TlsFacts } from "../../model/tls.ts";
import type { SubjectFamily } from "./families.ts";
import type { Declared } from "./probe-series.ts";
import { MAX_REPLY_SERIES, smtpSeries } from "./smtp-series.ts";
import { SubjectRegistry } from "./subject-registry.ts";
import { tlsSeries } from "./tls-series.ts";

const DECLARED: Declared = { phases: ["connect", "ehlo", "starttls", "tls", "body"], causes: [] };
const jobOf = (change: Partial<Relay>): Job => {
  const subject = testRelay({ name: "t", ...change });
  return { id: "j", subject, probe: "p", options: {}, timeoutMs: 1 };
};
const JOB = jobOf({});

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

function lines(registry: SubjectRegistry, name: SubjectFamily): string[] {
  return registry
    .lines(name)
    .split("\n")
    .filter((line) => line !== "");
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
    expect(lines(registry, "tls_certificate_valid")).toEqual([
      'mailgauge_tls_certificate_valid{target="t"} 1',
    ]);
    for (const evidence of [{ tls: { ...facts, trusted: false } }, {}]) {
      record?.(saw(evidence));
      expect(lines(registry, "tls_certificate_valid")).toEqual([
        'mailgauge_tls_certificate_valid{target="t"} 0',
      ]);
      expect(lines(registry, "tls_certificate_not_after_timestamp_seconds")).toEqual([notAfter]);
    }
  });

  it("shows the last version and cipher only, and no name that is none", async () => {
    const registry = new SubjectRegistry();
    const record = tlsSeries(registry, JOB, DECLARED);
    record?.(saw({ tls: facts }));
    record?.(saw({ tls: { ...facts, version: "TLSv1.2", cipher: 'evil"\n' } }));
    expect(lines(registry, "tls_info")).toEqual([
      'mailgauge_tls_info{target="t",version="TLSv1.2",cipher="other"} 1',
    ]);
    record?.(saw({}));
    expect(lines(registry, "tls_info")).toEqual([]);
  });

  it.each<[string, Partial<Relay>, Declared["phases"]]>([
    ["has no phase for it", {}, ["connect"]],
    ["ends before STARTTLS", { scheme: "smtp" }, ["connect", "tls"]], // `tls` is declared for implicit TLS
    ["never uses STARTTLS", { scheme: "lmtp", tls: { starttls: "never" } }, ["connect", "starttls", "tls"]],
  ])("has no series for a job that %s: nobody could verify a certificate", (_what, relay, phases) => {
    expect(tlsSeries(new SubjectRegistry(), jobOf(relay), { phases, causes: [] })).toBeUndefined();
  });

  it("has them under implicit TLS, however early a job ends", () => {
    const job = jobOf({ scheme: "submissions" });
    expect(tlsSeries(new SubjectRegistry(), job, { phases: ["connect", "tls"], causes: [] })).toBeDefined();
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
    expect(lines(registry, "smtp_replies_total")).toEqual([
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
        const found = lines(registry, "smtp_replies_total");
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
      expect(lines(registry, "starttls_offered")).toEqual([
        `mailgauge_starttls_offered{target="t"} ${value}`,
      ]);
    }
  });

  it.each<[string, Partial<Relay>]>([
    ["implicit TLS", { scheme: "submissions" }],
    ["STARTTLS switched off", { tls: { starttls: "never" } }],
  ])("says nothing about STARTTLS with %s", async (_what, relay) => {
    const registry = new SubjectRegistry();
    smtpSeries(registry, jobOf(relay), DECLARED)(saw({}));
    expect(lines(registry, "starttls_offered")).toEqual([]);
  });

  it("counts submissions by result", async () => {
    const registry = new SubjectRegistry();
    smtpSeries(registry, JOB, DECLARED)(saw({ submission: "deferred" }));
    expect(lines(registry, "submissions_total")).toContain(
      'mailgauge_submissions_total{target="t",result="deferred"} 1',
    );
  });
});
