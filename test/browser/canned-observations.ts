import type { FaultCode, PhaseName } from "../../src/model/codes.ts";
import type { BlocklistEvidence, MxEvidence, SmtpEvidence } from "../../src/model/evidence.ts";
import type { Cause, Fault, Finding, Observation, Phase, Verdict } from "../../src/model/observation.ts";
import type { Job } from "../../src/model/probe.ts";
import type { Subject } from "../../src/model/subject.ts";
import type { TlsFacts } from "../../src/model/tls.ts";
import { createRecentStore, type RecentStore } from "../../src/store/recent.ts";

/** 2026-11-22 14:00:00 UTC: the moment at which all pages of these tests are drawn. */
export const NOW = Date.UTC(2026, 10, 22, 14);

const DAY = 86_400_000;

type Noted = Partial<SmtpEvidence & MxEvidence & BlocklistEvidence>;

function relay(name: string, scheme: "smtp" | "submission" | "submissions", port: number): Subject {
  return {
    kind: "relay",
    name,
    labels: { team: "mail", site: name.includes("us") ? "us-east" : "eu-west" },
    scheme,
    host: `${name}.example.com`,
    port,
    helo: "probe.example.com",
    from: "probe@example.com",
    to: ["seed@example.net"],
    tls: {},
  };
}

export function jobOf(probe: string, subject: Subject): Job {
  return {
    id: `${probe}/${subject.kind}/${subject.name}`,
    subject,
    probe,
    options: {},
    schedule: { everyMs: 60_000 },
    timeoutMs: 15_000,
  };
}

const EU = jobOf("smtp", relay("relay-eu", "submission", 587));
const US = jobOf("smtp", relay("relay-us", "submissions", 465));
const PARTNER = jobOf("smtp", relay("partner-gateway", "smtp", 25));
const EU_TLS = jobOf("tls", relay("relay-eu", "submission", 587));
const US_TLS = jobOf("tls", relay("relay-us", "submissions", 465));
const domain = (name: string): Subject => ({
  kind: "domain",
  name,
  labels: {},
  domain: name,
  helo: "probe.example.com",
  port: 25,
});
const address = (name: string): Subject => ({ kind: "address", name, labels: {}, address: name });
const MX = jobOf("mx", domain("example.com"));
const MX_ORG = jobOf("mx", domain("example.org"));
const LIST = jobOf("blocklist", address("192.0.2.10"));
const LIST6 = jobOf("blocklist", address("2001:db8::25"));
const NEW = jobOf("smtp", relay("relay-new", "submission", 587));

export const JOBS: readonly Job[] = [EU, US, PARTNER, EU_TLS, US_TLS, MX, MX_ORG, LIST, LIST6, NEW];

function tls(daysLeft: number, trusted = true): TlsFacts {
  return {
    version: "TLSv1.3",
    cipher: "TLS_AES_256_GCM_SHA384",
    serverName: "relay.example.com",
    trusted,
    ...(trusted ? {} : { verifyError: "CERT_HAS_EXPIRED" }),
    chain: [
      {
        subject: "CN=relay.example.com",
        issuer: "CN=Example Issuing CA 3, O=Example Trust",
        dnsNames: ["relay.example.com"],
        ipAddresses: [],
        notBefore: NOW - 80 * DAY,
        notAfter: NOW + daysLeft * DAY + 3_600_000,
        serialNumber: "04a1",
        fingerprint: "ab".repeat(32),
        keyType: "ec",
        keyBits: 256,
        signatureAlgorithm: "ecdsa-with-SHA256",
        selfSigned: false,
      },
    ],
  };
}

/** Phases one after the other; the last may have failed. */
function phases(list: readonly (readonly [PhaseName, number])[], failed?: FaultCode): Phase[] {
  let startMs = 0.2;
  const seen = new Set<PhaseName>();
  return list.map(([name, durationMs], index) => {
    const outcome = failed !== undefined && index === list.length - 1 ? failed : "ok";
    const phase: Phase = { name, startMs, durationMs, outcome, ...(seen.has(name) ? { n: 2 } : {}) };
    seen.add(name);
    startMs += durationMs + 0.1;
    return phase;
  });
}

const WHOLE = [
  ["dns", 1.2],
  ["connect", 14.1],
  ["banner", 22.6],
  ["ehlo", 14.4],
  ["starttls", 14.2],
  ["tls", 31.7],
  ["ehlo", 14.3],
  ["auth", 29.5],
  ["mail", 15.8],
  ["rcpt", 19.3],
  ["data", 14.6],
  ["body", 61.9],
  ["quit", 14.1],
] as const;

interface Seen {
  readonly verdict: Verdict;
  readonly phases: Phase[];
  readonly evidence: Noted;
  readonly findings?: readonly Finding[];
  readonly cause?: Cause;
  readonly fault?: Fault;
}

export function observationOf(job: Job, startedAt: number, seen: Seen): Observation {
  const last = seen.phases.at(-1);
  return {
    id: `${job.id}@${startedAt}`,
    target: job.subject.name,
    probe: job.probe,
    startedAt,
    durationMs: (last?.startMs ?? 0) + (last?.durationMs ?? 0) + 0.3,
    findings: [],
    ...seen,
  };
}

const capabilities = {
  domain: "relay.example.com",
  keywords: { PIPELINING: [], SIZE: ["52428800"], "8BITMIME": [], CHUNKING: [], AUTH: ["PLAIN", "LOGIN"] },
  authMechanisms: ["PLAIN", "LOGIN"],
};

export const PASSING: Seen = {
  verdict: "pass",
  phases: phases(WHOLE),
  evidence: {
    remote: { address: "192.0.2.25", family: 4, port: 587, localAddress: "192.0.2.1" },
    banner: { code: 220, lines: ["relay.example.com ESMTP ready"] },
    ehloAfterTls: capabilities,
    starttlsOffered: true,
    tls: tls(62),
    auth: {
      mechanism: "PLAIN",
      reply: { code: 235, enhanced: "2.7.0", lines: ["2.7.0 Authentication successful"] },
    },
    body: { code: 250, enhanced: "2.0.0", lines: ["2.0.0 Ok: queued as 4F2A81C0"] },
    submission: "accepted",
    queueId: "4F2A81C0",
  },
  findings: [{ id: "tls_modern", verdict: "pass", message: "TLS 1.3 with a forward secret cipher." }],
};

export const FAILING: Seen = {
  verdict: "fail",
  phases: phases(
    [
      ["dns", 0.9],
      ["connect", 84.2],
      ["banner", 91.4],
      ["ehlo", 83.8],
      ["starttls", 84.9],
      ["tls", 172.3],
    ],
    "tls_certificate",
  ),
  evidence: {
    starttlsOffered: true,
    tls: tls(-3, false),
    banner: { code: 220, lines: ["mx.partner.example ESMTP"] },
  },
  findings: [
    {
      id: "certificate_expired",
      verdict: "fail",
      message: "The certificate expired 3 days ago, on 2026-11-19.",
      rfc: "RFC 5280 section 4.1.2.5",
    },
    { id: "starttls_offered", verdict: "pass", message: "STARTTLS is offered." },
  ],
  fault: { code: "tls_certificate", phase: "tls", message: "certificate has expired" },
  cause: {
    code: "certificate_expired",
    certainty: "certain",
    evidence: [
      "notAfter is 2026-11-19 14:00:00 UTC",
      "the chain is complete and its other certificates are valid",
    ],
    remedy:
      "Renew the certificate of partner-gateway.example.com and reload the mail server; then check that renewal runs by itself.",
  },
};

const TLS_SEEN: Seen = {
  verdict: "pass",
  phases: phases(WHOLE.slice(0, 6)),
  evidence: { starttlsOffered: true, tls: tls(62) },
};

const WARNING: Seen = {
  ...TLS_SEEN,
  verdict: "warn",
  evidence: { ...TLS_SEEN.evidence, tls: tls(9) },
  findings: [
    {
      id: "certificate_expires_soon",
      verdict: "warn",
      message: "The certificate expires in 9 days.",
      remedy: "Renew it now; automatic renewal should have done so 21 days ago.",
    },
  ],
};

const UNKNOWN: Seen = {
  verdict: "unknown",
  phases: phases([["dns", 4012.4]], "dns_servfail"),
  evidence: { status: "servfail", domain: "example.org" },
  fault: { code: "dns_servfail", phase: "dns", message: "the resolver answered SERVFAIL for example.org MX" },
  cause: {
    code: "dns_broken",
    certainty: "likely",
    evidence: ["SERVFAIL from 192.0.2.53:53 within 4 s", "EDE 22: No Reachable Authority"],
    remedy: "Ask the operator of the zone whether its name servers answer; try: dig MX example.org +trace",
  },
};

const MX_SEEN: Seen = {
  verdict: "pass",
  phases: phases([
    ["dns", 3.1],
    ["connect", 12.7],
    ["banner", 19.2],
  ]),
  evidence: {
    status: "ok",
    domain: "example.com",
    hosts: [10, 20].map((preference) => ({
      preference,
      exchange: `mx${preference / 10}.example.com`,
      a: ["192.0.2.26"],
      aaaa: [],
      reach: [{ family: 4, address: "192.0.2.26", reachable: true, durationMs: 12 }],
    })),
  },
};

const LIST_SEEN: Seen = {
  verdict: "pass",
  phases: phases([["dns", 41.3]]),
  evidence: {
    address: "192.0.2.10",
    listings: [
      { list: "zen", verdict: "not_listed", answers: [], meanings: [], durationMs: 12 },
      { list: "bl.example.org", verdict: "not_listed", answers: [], meanings: [], durationMs: 20 },
      {
        list: "slow.example.net",
        verdict: "unknown",
        reason: "timeout",
        answers: [],
        meanings: [],
        durationMs: 2000,
      },
    ],
  },
};

/** Forty runs, each a minute after the one before; `bad` gives those that were not as the last but one. */
function history(store: RecentStore, job: Job, usual: Seen, last: Seen, bad: readonly number[] = []): void {
  const runs = 40;
  for (let run = 0; run < runs; run += 1) {
    const isLast = run === runs - 1;
    const seen = isLast
      ? last
      : bad.includes(run)
        ? ({ ...FAILING, verdict: run % 2 === 0 ? "fail" : "warn" } as const)
        : usual;
    store.add(job, observationOf(job, NOW - (runs - run) * 60_000 + 48_000, seen));
  }
}

/** Every verdict, and one target that has not run yet. */
export function cannedStore(): RecentStore {
  const store = createRecentStore();
  history(store, EU, PASSING, PASSING, [11, 12]);
  history(store, US, PASSING, PASSING);
  history(store, PARTNER, PASSING, FAILING, [36, 37, 38]);
  history(store, EU_TLS, TLS_SEEN, TLS_SEEN);
  history(store, US_TLS, TLS_SEEN, WARNING, [33, 35, 37]);
  history(store, MX, MX_SEEN, MX_SEEN);
  history(store, MX_ORG, MX_SEEN, UNKNOWN);
  history(store, LIST, LIST_SEEN, LIST_SEEN, [20]);
  history(store, LIST6, LIST_SEEN, LIST_SEEN);
  return store;
}
