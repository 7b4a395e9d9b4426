import { describe, expect, it } from "vitest";
import type { TlsEvidence } from "../../src/model/evidence.ts";
import { type Fault, FaultError } from "../../src/model/observation.ts";
import { OptionsError } from "../../src/model/probe.ts";
import { Secret } from "../../src/model/secret.ts";
import type { Relay } from "../../src/model/subject.ts";
import {
  capabilities,
  certificate,
  EXPIRED,
  fakeNet,
  NOW,
  relay,
  type Script,
  tlsFacts,
} from "../../test/support/fake-session.ts";
import { tlsProbe } from "./index.ts";

const DAY = 86_400_000;
const SMTP25 = relay({ scheme: "smtp", port: 25 });
const ALL_WRONG = tlsFacts({
  chain: [
    certificate({
      notAfter: NOW - DAY,
      dnsNames: ["other.test"],
      selfSigned: true,
      keyType: "rsa",
      keyBits: 1024,
      signatureAlgorithm: "sha1WithRSAEncryption",
    }),
  ],
  trusted: false,
  chainFault: "self_signed",
  version: "TLSv1.1",
  cipher: "ECDHE-RSA-AES128-SHA",
});

/** Runs and judges, as the engine does. */
async function observe(subject: Relay, script: Script | FaultError, input: unknown = {}) {
  const notes: Partial<TlsEvidence> = {};
  const net = fakeNet(script);
  const options = tlsProbe.parseOptions(input);
  let fault: Fault | undefined;
  try {
    await tlsProbe.run(subject, options, net.io, notes);
  } catch (error) {
    if (!(error instanceof FaultError)) throw error;
    ({ fault } = error);
  }
  const findings = tlsProbe.judge(notes, options, fault, subject, NOW);
  const messages = findings.map((finding) => finding.message);
  return {
    notes,
    fault,
    messages,
    log: net.log(),
    found: findings.map(({ verdict, id }) => `${verdict} ${id}`),
  };
}

const CASES: readonly (readonly [
  why: string,
  subject: Relay,
  script: Script | FaultError,
  fault: Fault["code"] | undefined,
  found: readonly string[],
])[] = [
  ["all well, STARTTLS", relay(), {}, undefined, ["pass tls_ok"]],
  ["all well, implicit", relay({ scheme: "submissions" }), {}, undefined, ["pass tls_ok"]],
  [
    "implicit, and turned away",
    relay({ scheme: "submissions" }),
    { banner: "554 no" },
    undefined,
    ["pass tls_ok"],
  ],
  ["turned away before STARTTLS", relay(), { banner: "554 no" }, "rejected", ["fail rejected"]],
  ["expired", relay(), { tls: EXPIRED }, "tls_certificate", ["fail certificate_expired"]],
  [
    "expired, opportunistic",
    SMTP25,
    { tls: EXPIRED },
    undefined,
    ["pass tls_ok", "warn certificate_expired"],
  ],
  [
    "everything at once",
    relay(),
    { tls: ALL_WRONG },
    "tls_certificate",
    [
      "fail certificate_expired",
      "fail certificate_name_mismatch",
      "fail certificate_self_signed",
      "fail certificate_weak_key",
      "fail certificate_weak_signature",
      "fail tls_version_obsolete",
    ],
  ],
  [
    "soon",
    relay(),
    { tls: tlsFacts({ chain: [certificate({ notAfter: NOW + DAY })] }) },
    undefined,
    ["pass tls_ok", "warn certificate_expires_soon"],
  ],
  ["injection", relay(), { injectedBytes: 1 }, undefined, ["fail starttls_injection"]],
  ["not offered, required", relay(), { ehlo: capabilities() }, "tls_not_offered", ["fail tls_not_offered"]],
  ["not offered, opportunistic", SMTP25, { ehlo: capabilities() }, undefined, ["warn starttls_not_offered"]],
  [
    "not offered, LMTP",
    relay({ scheme: "lmtp" }),
    { ehlo: capabilities() },
    undefined,
    ["warn starttls_not_offered"],
  ],
  ["stripped", relay(), { ehlo: capabilities("XXXXXXXA") }, "tls_not_offered", ["fail starttls_stripped"]],
  ["refused", relay(), { replies: { starttls: "454 no" } }, "tls_refused", ["fail tls_refused"]],
  [
    "refused, opportunistic",
    SMTP25,
    { replies: { starttls: "454 no" } },
    undefined,
    ["warn starttls_refused"],
  ],
  ["switched off", relay({ tls: { starttls: "never" } }), {}, undefined, ["unknown tls_switched_off"]],
  [
    "unreachable",
    relay(),
    new FaultError({ code: "connect_timeout", phase: "connect", message: "no answer" }),
    "connect_timeout",
    ["fail connect_timeout"],
  ],
];

describe("the tls probe", () => {
  it.each(CASES)("%s", async (_why, subject, script, fault, found) => {
    const seen = await observe(subject, script);
    expect(seen.found).toEqual(found);
    expect(seen.fault?.code).toBe(fault);
  });

  it("goes no further than the handshake", async () => {
    const auth = { username: "probe", password: new Secret("hidden") };
    const { log, notes } = await observe(relay({ auth }), {});
    expect(log).toEqual(["EHLO probe.example.net", "STARTTLS", "QUIT"]);
    expect(notes).toMatchObject({ starttlsOffered: true, tls: { version: "TLSv1.3" }, injectedBytes: 0 });
  });

  it("keeps the facts of a certificate that failed", async () => {
    const { notes } = await observe(relay({ scheme: "submissions" }), { tls: EXPIRED });
    expect(notes.tls).toEqual(EXPIRED);
  });

  it.each([
    [SMTP25, EXPIRED, "TLSv1.3 with TLS_AES_256_GCM_SHA384", "expired: no days are left to tell"],
    [
      SMTP25,
      tlsFacts({ chain: [certificate({ notAfter: NOW + 1.5 * DAY })] }),
      "TLSv1.3 with TLS_AES_256_GCM_SHA384, 1 day left on the certificate",
      "",
    ],
  ])("says how long a certificate lasts (%#)", async (subject, tls, message) => {
    const { messages } = await observe(subject, { tls });
    expect(messages[0]).toBe(message);
  });

  it("warns as early as told", async () => {
    const { found } = await observe(relay(), {}, { certificate_warn_days: 90 });
    expect(found).toEqual(["pass tls_ok", "warn certificate_expires_soon"]);
  });

  it("refuses options that it does not know", () => {
    expect(() => tlsProbe.parseOptions({ depth: "tls" })).toThrow(OptionsError);
  });

  it("declares the phases of a handshake", () => {
    expect(tlsProbe.phases(tlsProbe.parseOptions({}))).toEqual([
      "dns",
      "connect",
      "banner",
      "ehlo",
      "starttls",
      "tls",
      "quit",
    ]);
  });
});
