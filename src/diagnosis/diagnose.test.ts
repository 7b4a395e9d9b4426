import { describe, expect, it } from "vitest";
import {
  CAUSE_CODES,
  FAULT_CODES,
  type CauseCode,
  type FaultCode,
  type FaultDetail,
  type PhaseName,
} from "../model/codes.ts";
import type { SmtpEvidence } from "../model/evidence.ts";
import type { Fault, Finding } from "../model/observation.ts";
import type { Diagnosable } from "../model/probe.ts";
import type { Relay } from "../model/subject.ts";
import { causeSentence, diagnose, explainReply } from "./index.ts";
import { remedyFor } from "./remedies.ts";

function relay(change: Partial<Relay> = {}): Relay {
  return {
    kind: "relay",
    name: "eu",
    labels: {},
    scheme: "submission",
    host: "mx.example.com",
    port: 587,
    helo: "probe.example.net",
    from: "probe@example.net",
    to: [],
    tls: {},
    ...change,
  };
}

interface Scene {
  readonly notes?: Partial<SmtpEvidence>;
  readonly findings?: readonly Finding[];
  readonly subject?: Relay;
  readonly message?: string;
  readonly detail?: FaultDetail;
  readonly reply?: string;
}

function diagnosable(fault: readonly [FaultCode, PhaseName] | undefined, scene: Scene = {}): Diagnosable {
  return {
    subject: scene.subject ?? relay(),
    probe: "smtp",
    phases: [],
    evidence: scene.notes ?? {},
    findings: scene.findings ?? [],
    ...(fault === undefined ? {} : { fault: faultOf(fault, scene) }),
  };
}

function faultOf(
  [code, phase]: readonly [FaultCode, PhaseName],
  { message = "it broke", detail, reply }: Scene,
): Fault {
  if (reply === undefined) return { code, phase, message, ...(detail === undefined ? {} : { detail }) };
  const enhanced = /^\d{3} ([245]\.\d+\.\d+)/.exec(reply)?.[1];
  const said = { code: Number(reply.slice(0, 3)), lines: [reply.slice(4)] };
  return { code, phase, message, reply: enhanced === undefined ? said : { ...said, enhanced } };
}

const keywords = (...names: string[]): Partial<SmtpEvidence> => ({
  ehlo: {
    domain: "mx.example.com",
    keywords: Object.fromEntries(names.map((name) => [name, []])),
    authMechanisms: [],
  },
  starttlsOffered: names.includes("STARTTLS"),
});

const attempt = (outcome: "ok" | FaultCode, family: 4 | 6 = 4) => ({
  address: family === 4 ? "192.0.2.1" : "2001:db8::1",
  family,
  outcome,
  durationMs: 1234.5,
});
const attempts = (...all: ReturnType<typeof attempt>[]): Partial<SmtpEvidence> => ({
  dial: { attempts: all },
});

const challenge = (challengeError: string): Partial<SmtpEvidence> => ({
  auth: { mechanism: "XOAUTH2", reply: { code: 535, lines: ["no"] }, challengeError },
});

const PORT25 = relay({ port: 25, scheme: "smtp" });
const IMPLICIT = relay({ scheme: "submissions", port: 465 });

const CASES: readonly (readonly [
  why: string,
  fault: readonly [FaultCode, PhaseName],
  scene: Scene,
  cause: `${CauseCode} ${"certain" | "likely" | "possible"}`,
])[] = [
  ["no such name", ["dns_nxdomain", "dns"], {}, "dns_broken certain"],
  ["no address", ["dns_nodata", "dns"], {}, "dns_broken certain"],
  ["the resolver failed", ["dns_servfail", "dns"], {}, "dns_broken likely"],
  ["the deadline came in the look-up", ["timeout", "dns"], {}, "dns_broken likely"],
  ["refused", ["connect_refused", "connect"], {}, "server_down likely"],
  ["silence on port 25", ["connect_timeout", "connect"], { subject: PORT25 }, "port_blocked possible"],
  ["silence on 587", ["connect_timeout", "connect"], {}, "firewall likely"],
  [
    "the deadline came while connecting to 25",
    ["timeout", "connect"],
    { subject: PORT25 },
    "port_blocked possible",
  ],
  [
    "silence on port 25, but the other family is refused",
    ["connect_timeout", "connect"],
    { subject: PORT25, notes: attempts(attempt("connect_refused", 6), attempt("connect_timeout")) },
    "firewall likely",
  ],
  ["no route", ["connect_unreachable", "connect"], {}, "firewall possible"],
  ["hung up before the greeting", ["closed", "banner"], {}, "connection_rejected likely"],
  ["reset before the greeting", ["reset", "banner"], {}, "connection_rejected likely"],
  ["hung up at MAIL", ["closed", "mail"], {}, "server_fault likely"],
  ["hung up in the handshake", ["closed", "tls"], {}, "server_fault possible"],
  ["no greeting", ["timeout", "banner"], {}, "server_silent likely"],
  [
    "no greeting on 465 in the clear",
    ["timeout", "banner"],
    { subject: relay({ port: 465 }) },
    "tls_mode_mismatch likely",
  ],
  ["no greeting on 465 under TLS", ["timeout", "banner"], { subject: IMPLICIT }, "server_silent likely"],
  ["no answer to RCPT", ["timeout", "rcpt"], {}, "server_silent likely"],
  ["a web server", ["protocol_error", "banner"], { message: "not an SMTP reply" }, "not_smtp likely"],
  ["a TLS record", ["protocol_error", "banner"], { detail: "tls_record" }, "tls_mode_mismatch certain"],
  ["rubbish at MAIL", ["protocol_error", "mail"], {}, "protocol_violation certain"],
  ["without end", ["limit_exceeded", "ehlo"], {}, "protocol_violation certain"],
  ["no STARTTLS", ["tls_not_offered", "starttls"], { notes: keywords("SIZE") }, "tls_not_offered certain"],
  [
    "STARTTLS overwritten",
    ["tls_not_offered", "starttls"],
    { notes: keywords("SIZE", "XXXXXXXA") },
    "starttls_stripped likely",
  ],
  [
    "STARTTLS deferred",
    ["tls_refused", "starttls"],
    { reply: "454 4.7.0 TLS not available" },
    "server_fault likely",
  ],
  [
    "plain text on a TLS port",
    ["tls_handshake_failed", "tls"],
    { subject: IMPLICIT, detail: "plain_text" },
    "tls_mode_mismatch certain",
  ],
  [
    "plain text behind STARTTLS",
    ["tls_handshake_failed", "tls"],
    { detail: "plain_text" },
    "protocol_violation certain",
  ],
  [
    "old versions only",
    ["tls_handshake_failed", "tls"],
    { detail: "no_common_version" },
    "tls_obsolete certain",
  ],
  [
    "old ciphers only",
    ["tls_handshake_failed", "tls"],
    { detail: "no_common_cipher" },
    "tls_obsolete likely",
  ],
  [
    "a key exchange of too few bits",
    ["tls_handshake_failed", "tls"],
    { detail: "weak_key_exchange" },
    "tls_obsolete likely",
  ],
  [
    "weak certificate",
    ["tls_handshake_failed", "tls"],
    { detail: "weak_certificate" },
    "certificate_weak certain",
  ],
  [
    "client certificate",
    ["tls_handshake_failed", "tls"],
    { detail: "client_certificate_refused" },
    "wrong_credentials likely",
  ],
  [
    "some TLS error",
    ["tls_handshake_failed", "tls"],
    { message: "TLS failed (no TLS version in common, the server says in its own words)" }, // words decide nothing
    "server_fault possible",
  ],
  ["a bad certificate without findings", ["tls_certificate", "tls"], {}, "certificate_untrusted likely"],
  [
    "AUTH hidden",
    ["auth_not_offered", "auth"],
    { notes: keywords("SIZE") },
    "auth_mechanism_unsupported likely",
  ],
  [
    "AUTH hidden until TLS",
    ["auth_not_offered", "auth"],
    { notes: keywords("STARTTLS") },
    "auth_requires_tls likely",
  ],
  [
    "only foreign mechanisms",
    ["auth_not_offered", "auth"],
    { notes: { ehloAfterTls: { domain: "mx", keywords: {}, authMechanisms: ["GSSAPI"] } } },
    "auth_mechanism_unsupported certain",
  ],
  [
    "wrong password",
    ["auth_failed", "auth"],
    { reply: "535 5.7.8 authentication failed" },
    "wrong_credentials certain",
  ],
  ["the server could not prove itself", ["auth_failed", "auth"], {}, "protocol_violation likely"],
  [
    "token expired (RFC 7628)",
    ["auth_failed", "auth"],
    { reply: "535 5.7.8 no", notes: challenge('{"status":"invalid_token"}') },
    "token_expired certain",
  ],
  [
    "token expired (Google)",
    ["auth_failed", "auth"],
    { reply: "535 5.7.8 no", notes: challenge('{"status":"400","schemes":"Bearer"}') },
    "token_expired likely",
  ],
  [
    "token for something else",
    ["auth_failed", "auth"],
    { reply: "535 5.7.8 no", notes: challenge('{"status":"insufficient_scope"}') },
    "wrong_credentials likely",
  ],
  [
    "an error document that is none",
    ["auth_failed", "auth"],
    { reply: "535 5.7.8 no", notes: challenge("?") },
    "wrong_credentials certain",
  ],
  ["greylisted", ["deferred", "rcpt"], { reply: "451 4.7.1 Greylisted" }, "greylisted certain"],
  [
    "by provider's name",
    ["rejected", "body"],
    { reply: "550 5.7.30 no", subject: relay({ host: "smtp.gmail.com" }) },
    "dkim_failed certain",
  ],
  ["silence after the final dot", ["uncertain", "body"], { detail: "silence" }, "server_silent likely"],
  [
    "lost after the final dot",
    ["uncertain", "body"],
    { message: "the server closed the connection after the message was sent" },
    "server_fault likely",
  ],
  ["stopped", ["aborted", "mail"], {}, "unknown certain"],
  ["no free place for the run in time", ["aborted", "connect"], { detail: "own_limit" }, "unknown certain"],
  ["our own defect", ["internal_error", "mail"], {}, "unknown certain"],
];

const finding = (id: string, verdict: Finding["verdict"] = "fail"): Finding => ({
  id,
  verdict,
  message: `about ${id}`,
});

const FINDINGS: readonly (readonly [why: string, findings: readonly Finding[], cause: string | undefined])[] =
  [
    ["nothing", [], undefined],
    ["a pass", [finding("smtp_ok", "pass")], undefined],
    ["a warning speaks for itself", [finding("certificate_expires_soon", "warn")], undefined],
    ["injection", [finding("starttls_injection")], "injection certain"],
    [
      "expired and misnamed: the first decides",
      [finding("certificate_expired"), finding("certificate_name_mismatch")],
      "certificate_expired certain",
    ],
    ["self-signed", [finding("certificate_self_signed")], "certificate_untrusted certain"],
    ["incomplete", [finding("certificate_chain_incomplete")], "certificate_untrusted certain"],
    ["STARTTLS may have stood there", [finding("starttls_stripped")], "starttls_stripped likely"],
    ["weak key", [finding("certificate_weak_key")], "certificate_weak certain"],
    ["old version", [finding("tls_version_obsolete")], "tls_obsolete certain"],
    ["open relay", [finding("open_relay")], "open_relay certain"],
    ["listed", [finding("blocklist_dead", "unknown"), finding("blocklisted")], "blocklisted certain"],
    [
      "a dead list",
      [finding("blocklist_dead", "unknown"), finding("blocklist_clean", "pass")],
      "unknown possible",
    ],
    ["all lists look dead: the resolver", [finding("blocklist_all_dead", "unknown")], "dns_broken likely"],
    ["a list that could not be asked", [finding("blocklist_servfail", "unknown")], "dns_broken likely"],
    ["no such domain", [finding("mx_domain_missing")], "no_mx certain"],
    ["neither MX nor address", [finding("mx_missing")], "no_mx certain"],
    ["null MX", [finding("mx_null")], "null_mx certain"],
    ["an alias among good ones", [finding("mx_cname"), finding("mx_found", "pass")], "mx_invalid certain"],
    ["MX could not be asked for", [finding("mx_lookup_failed", "unknown")], "dns_broken likely"],
    ["something new", [finding("something_new")], "unknown possible"],
  ];

describe("diagnose", () => {
  it.each(CASES)("%s", (_why, fault, scene, cause) => {
    const found = diagnose(diagnosable(fault, scene));
    expect(`${found?.code} ${found?.certainty}`).toBe(cause);
    expect(found?.evidence[0]).toBe(scene.message ?? "it broke");
  });

  it.each(FINDINGS)("without a fault: %s", (_why, findings, cause) => {
    const found = diagnose(diagnosable(undefined, { findings }));
    expect(found === undefined ? undefined : `${found.code} ${found.certainty}`).toBe(cause);
  });

  it("knows every fault, whatever the notebook holds", () => {
    for (const code of FAULT_CODES) {
      expect(diagnose(diagnosable([code, "mail"]))?.remedy).toBeTruthy();
      expect(
        diagnose({ ...diagnosable([code, "mail"]), probe: "mx", evidence: { hosts: [] } })?.code,
      ).toBeTruthy();
    }
  });

  it.each([
    ["aborted", "Run it again"],
    ["internal_error", "Report this defect"],
  ] as const)("sends nobody to look at the server for %s", (code, remedy) => {
    expect(diagnose(diagnosable([code, "mail"]))?.remedy).toContain(remedy);
  });

  it("sends nobody to look at the server for a limit of ours", () => {
    const found = diagnose(diagnosable(["aborted", "connect"], { detail: "own_limit" }));
    expect(found?.remedy).toContain("limits.per_destination");
  });

  it("takes all bad findings of a certificate as evidence", () => {
    const findings = [finding("certificate_expired"), finding("certificate_weak_key"), finding("x", "warn")];
    const found = diagnose(diagnosable(["tls_certificate", "tls"], { findings }));
    expect(found?.code).toBe("certificate_expired");
    expect(found?.evidence).toEqual(["it broke", "about certificate_expired", "about certificate_weak_key"]);
  });

  it("tells which addresses were tried", () => {
    const notes = attempts(attempt("connect_timeout", 6), attempt("connect_refused"));
    expect(diagnose(diagnosable(["connect_refused", "connect"], { notes }))?.evidence).toEqual([
      "it broke",
      "[2001:db8::1]:587: connect_timeout after 1235 ms",
      "192.0.2.1:587: connect_refused after 1235 ms",
    ]);
  });

  it("does not repeat the only address that was tried", () => {
    const notes = attempts(attempt("connect_refused"));
    expect(diagnose(diagnosable(["connect_refused", "connect"], { notes }))?.evidence).toEqual(["it broke"]);
  });

  it("puts IPv6 into brackets where a port follows, and nowhere else", () => {
    const six = relay({ host: "2001:db8::25" });
    expect(remedyFor("certificate_expired", six)).toContain("-connect [2001:db8::25]:587");
    expect(remedyFor("auth_requires_tls", six)).toContain("submission://[2001:db8::25]`");
    expect(remedyFor("firewall", six)).toContain("nc -6vz 2001:db8::25 587");
  });

  it("puts the subject's names into the remedy, and a finding's own remedy before the table's", () => {
    expect(diagnose(diagnosable(["tls_not_offered", "starttls"]))?.remedy).toContain("mx.example.com:587");
    const findings = [{ ...finding("blocklisted"), remedy: "Ask at the list." }];
    expect(diagnose(diagnosable(undefined, { findings }))?.remedy).toBe("Ask at the list.");
  });

  it.each([
    ["submission", "openssl s_client -starttls smtp -connect mx.example.com:587"],
    ["submissions", "openssl s_client -connect mx.example.com:587"],
    ["lmtp", "openssl s_client -starttls lmtp -connect mx.example.com:587"],
  ] as const)("names a command that works with %s", (scheme, command) => {
    expect(remedyFor("certificate_expired", relay({ scheme }))).toContain(command);
  });

  it("bounds what it repeats", () => {
    const findings = Array.from({ length: 50 }, (_, i) => ({
      ...finding(`f${i}`),
      message: `${i}`.repeat(1000),
    }));
    const found = diagnose(diagnosable(undefined, { findings }));
    expect(found?.evidence).toHaveLength(8);
    expect(Math.max(...(found?.evidence ?? []).map((line) => line.length))).toBeLessThanOrEqual(301);
  });
});

describe("each cause", () => {
  it.each(CAUSE_CODES)("%s has a sentence and a remedy", (code) => {
    expect(causeSentence(code)).toMatch(/^[A-Z].{10,120}\.$/);
    expect(remedyFor(code)).toMatch(/^[A-Z].{20,300}[.`"]$/);
    expect(remedyFor(code, relay())).not.toMatch(/\{(host|authority|port|helo|domain|starttls)\}/);
  });
});

/** Lines as they stand in logs and bounces. */
const EXPLAINED: readonly (readonly [text: string, cause: CauseCode | undefined])[] = [
  [
    "550 5.7.26 Unauthenticated email from example.com is not accepted due to domain's DMARC policy.",
    "dmarc_failed",
  ],
  [
    "550-5.7.26 This mail has been blocked because the sender is\n550 5.7.26 unauthenticated. a1 - gsmtp",
    "sender_unauthenticated",
  ],
  ["host mx.example.com[192.0.2.1] said: 450 4.2.0 Greylisted (in reply to RCPT TO command)", "greylisted"],
  ["host mx.example.com[192.0.2.1] said: 550 no (in reply to RCPT TO command)", "recipient_unknown"],
  ["host mx.example.com[192.0.2.1] said: 550 no (in reply to end of DATA command)", "content_rejected"],
  [
    "status=deferred (host mx[192.0.2.1] refused to talk to me: 421 4.7.0 Too many connections)",
    "too_many_connections",
  ],
  ["#5.1.1 smtp; user unknown", "recipient_unknown"],
  ["5.7.8", "wrong_credentials"],
  ["535 5.7.8 Username and Password not accepted. - gsmtp", "wrong_credentials"],
  ["250 2.0.0 Ok: queued as 4X", undefined],
  ["nothing to see", undefined],
  ["", undefined],
];

describe("explainReply", () => {
  it.each(EXPLAINED)("%j", (text, cause) => {
    expect(explainReply(text)?.code).toBe(cause);
  });

  it("says which rule decided", () => {
    expect(explainReply("550 5.7.30 no - gsmtp")).toMatchObject({
      code: "dkim_failed",
      evidence: ["550 5.7.30 of Google, by rule google_dkim"],
    });
  });
});
