import { describe, expect, it } from "vitest";
import type { SmtpEvidence } from "../../src/model/evidence.ts";
import { FAULT_CODES } from "../../src/model/codes.ts";
import { type Fault, worstVerdict } from "../../src/model/observation.ts";
import type { Relay } from "../../src/model/subject.ts";
import {
  capabilities,
  certificate,
  EXPIRED,
  NOW,
  relay,
  reply,
  tlsFacts,
} from "../../test/support/fake-session.ts";
import { refusal } from "../common/reply.ts";
import { smtpProbe } from "./index.ts";

type Notes = Partial<SmtpEvidence>;

function judge(notes: Notes, input: unknown = {}, fault?: Fault, subject: Relay = relay()): string[] {
  const findings = smtpProbe.judge(notes, smtpProbe.parseOptions(input), fault, subject, NOW);
  return findings.map(({ verdict, id }) => `${verdict} ${id}`);
}

function fault(code: Fault["code"], phase: Fault["phase"] = "mail"): Fault {
  return { code, phase, message: "it broke" };
}

const refused = (phase: Fault["phase"], text: string): Fault => refusal(reply(text), phase).fault;

const GOOD: Notes = {
  ehlo: capabilities("STARTTLS"),
  starttlsOffered: true,
  tls: tlsFacts(),
  injectedBytes: 0,
};
const CLEAR: Notes = { ehlo: capabilities("SIZE 1"), starttlsOffered: false };
const SMTP25 = relay({ scheme: "smtp", port: 25 });

const CASES: readonly (readonly [
  why: string,
  notes: Notes,
  input: unknown,
  fault: Fault | undefined,
  subject: Relay,
  findings: readonly string[],
])[] = [
  ["all well", GOOD, {}, undefined, relay(), ["pass smtp_ok"]],
  ["message accepted", { ...GOOD, queueId: "4X" }, { depth: "data" }, undefined, relay(), ["pass accepted"]],
  [
    "slow greeting",
    { ...GOOD, dial: { greetingMs: 5001 } },
    {},
    undefined,
    relay(),
    ["pass smtp_ok", "warn greeting_slow"],
  ],
  ["prompt greeting", { ...GOOD, dial: { greetingMs: 4999 } }, {}, undefined, relay(), ["pass smtp_ok"]],
  [
    "AUTH before TLS",
    { ...GOOD, ehlo: capabilities("STARTTLS", "AUTH PLAIN") },
    {},
    undefined,
    relay(),
    ["pass smtp_ok", "warn auth_offered_in_clear"],
  ],
  [
    "AUTH before TLS that shows no password",
    { ...GOOD, ehlo: capabilities("STARTTLS", "AUTH GSSAPI NTLM CRAM-MD5") },
    {},
    undefined,
    relay(),
    ["pass smtp_ok"],
  ],
  [
    "AUTH under implicit TLS",
    { tls: tlsFacts(), ehlo: capabilities("AUTH PLAIN") },
    {},
    undefined,
    relay({ scheme: "submissions" }),
    ["pass smtp_ok"],
  ],
  [
    "AUTH in the clear, as told",
    { ...CLEAR, ehlo: capabilities("AUTH PLAIN") },
    {},
    undefined,
    relay({ scheme: "lmtp", auth: { username: "u", allowCleartext: true } }),
    ["pass smtp_ok"],
  ],
  ["injection", { ...GOOD, injectedBytes: 9 }, {}, undefined, relay(), ["fail starttls_injection"]],
  ["no STARTTLS on port 25", CLEAR, {}, undefined, SMTP25, ["pass smtp_ok", "warn starttls_not_offered"]],
  ["no STARTTLS under LMTP", CLEAR, {}, undefined, relay({ scheme: "lmtp" }), ["pass smtp_ok"]],
  ["no STARTTLS asked for", CLEAR, {}, undefined, relay({ tls: { starttls: "never" } }), ["pass smtp_ok"]],
  [
    "STARTTLS stripped on port 25",
    { ...CLEAR, ehlo: capabilities("XXXXXXXA") },
    {},
    undefined,
    SMTP25,
    ["fail starttls_stripped"],
  ],
  [
    "STARTTLS stripped where it is required",
    { ...CLEAR, ehlo: capabilities("XXXXXXXX") },
    {},
    fault("tls_not_offered", "starttls"),
    relay(),
    ["fail starttls_stripped"],
  ],
  [
    "STARTTLS missing where it is required",
    CLEAR,
    {},
    fault("tls_not_offered", "starttls"),
    relay(),
    ["fail tls_not_offered"],
  ],
  [
    "STARTTLS refused on port 25",
    { ehlo: capabilities("STARTTLS"), starttlsOffered: true, replies: [{ phase: "starttls", code: 454 }] },
    {},
    undefined,
    SMTP25,
    ["pass smtp_ok", "warn starttls_refused"],
  ],
  [
    "STARTTLS refused where it is required",
    { starttlsOffered: true },
    {},
    refused("starttls", "454 no"),
    relay(),
    ["fail tls_refused"],
  ],
  [
    "expired, required",
    { ...GOOD, tls: EXPIRED },
    {},
    fault("tls_certificate", "tls"),
    relay(),
    ["fail certificate_expired"],
  ],
  [
    "expired, opportunistic",
    { ...GOOD, tls: EXPIRED },
    {},
    undefined,
    SMTP25,
    ["pass smtp_ok", "warn certificate_expired"],
  ],
  [
    "expired, not verified",
    { ...GOOD, tls: EXPIRED },
    {},
    undefined,
    relay({ tls: { verify: false } }),
    ["pass smtp_ok", "warn certificate_expired"],
  ],
  [
    "several faults of a certificate",
    {
      ...GOOD,
      tls: tlsFacts({
        chain: [certificate({ notAfter: NOW - 1, dnsNames: ["x.test"], selfSigned: true })],
        trusted: false,
        chainFault: "self_signed",
      }),
    },
    {},
    fault("tls_certificate", "tls"),
    relay(),
    ["fail certificate_expired", "fail certificate_name_mismatch", "fail certificate_self_signed"],
  ],
  [
    "a certificate fault that no finding repeats",
    GOOD,
    {},
    fault("tls_certificate", "tls"),
    relay(),
    ["fail tls_certificate"],
  ],
  [
    "expires in 20 days, warned at 30",
    { ...GOOD, tls: tlsFacts({ chain: [certificate({ notAfter: NOW + 20 * 86_400_000 })] }) },
    { certificate_warn_days: 30 },
    undefined,
    relay(),
    ["pass smtp_ok", "warn certificate_expires_soon"],
  ],
  [
    "old TLS",
    { ...GOOD, tls: tlsFacts({ version: "TLSv1", cipher: "ECDHE-RSA-AES128-SHA" }) },
    {},
    undefined,
    relay(),
    ["fail tls_version_obsolete"],
  ],
  ["greylisted", GOOD, {}, refused("rcpt", "451 4.7.1 Greylisted, try again"), relay(), ["warn greylisted"]],
  ["perhaps greylisted: not for sure", GOOD, {}, refused("rcpt", "451 4.7.1 no"), relay(), ["fail deferred"]],
  ["deferred", GOOD, {}, refused("mail", "450 4.7.1 too much mail"), relay(), ["fail deferred"]],
  ["rejected", GOOD, {}, refused("rcpt", "550 5.1.1 no such user"), relay(), ["fail rejected"]],
  [
    "a fault, and a warning beside it",
    { ...GOOD, dial: { greetingMs: 9000 } },
    {},
    refused("rcpt", "550 no"),
    relay(),
    ["fail rejected", "warn greeting_slow"],
  ],
  ["uncertain", GOOD, { depth: "data" }, fault("uncertain", "body"), relay(), ["fail uncertain"]],
  [
    "no recipient to test",
    GOOD,
    { depth: "rcpt" },
    undefined,
    relay({ to: [] }),
    ["unknown recipient_not_configured"],
  ],
  [
    "no credentials to test",
    GOOD,
    { depth: "auth" },
    undefined,
    relay(),
    ["unknown credentials_not_configured"],
  ],
];

const UNKNOWN = new Set([
  "dns_servfail",
  "dns_refused",
  "dns_timeout",
  "dns_malformed",
  "aborted",
  "internal_error",
]);

const envelope = (mail: string, rcpt?: string): Notes => ({
  mail: reply(mail),
  ...(rcpt === undefined ? {} : { recipients: [{ index: 0, rcpt: reply(rcpt) }] }),
});
const tried = (text: string): Notes => ({
  ehlo: capabilities("AUTH PLAIN"),
  auth: { mechanism: "PLAIN", reply: reply(text) },
});

/** Negative tests: what the server said, and what that is worth. */
const REFUSALS: readonly (readonly [
  expectation: string,
  why: string,
  notes: Notes,
  findings: readonly string[],
])[] = [
  ["refuse_relay", "denied", envelope("250 ok", "554 5.7.1 Relay access denied"), ["pass relay_refused"]],
  ["refuse_relay", "denied at MAIL", envelope("530 5.7.0 Authentication required"), ["pass relay_refused"]],
  ["refuse_relay", "accepted", envelope("250 ok", "250 ok"), ["fail open_relay"]],
  ["refuse_relay", "will forward", envelope("250 ok", "251 will forward"), ["fail open_relay"]],
  ["refuse_relay", "deferred", envelope("250 ok", "451 later"), ["unknown expectation_untested"]],
  [
    "refuse_relay",
    "we are blocklisted",
    envelope("250 ok", "554 5.7.1 blocked using bl.test"),
    ["unknown expectation_untested"],
  ],
  [
    "refuse_relay",
    "the recipient does not exist",
    envelope("250 ok", "550 5.1.1 User unknown"),
    ["unknown expectation_untested"],
  ],
  ["refuse_relay", "nothing asked", {}, ["unknown expectation_untested"]],
  [
    "refuse_auth_without_tls",
    "not offered",
    { ehlo: capabilities("STARTTLS") },
    ["pass auth_without_tls_refused"],
  ],
  [
    "refuse_auth_without_tls",
    "only safe ones",
    { ehlo: capabilities("AUTH CRAM-MD5") },
    ["pass auth_without_tls_refused"],
  ],
  [
    "refuse_auth_without_tls",
    "offered, refused",
    tried("538 5.7.11 no"),
    ["pass auth_without_tls_refused", "warn auth_offered_in_clear"],
  ],
  [
    "refuse_auth_without_tls",
    "offered, refused",
    tried("530 5.7.0 Must issue a STARTTLS command first"),
    ["pass auth_without_tls_refused", "warn auth_offered_in_clear"],
  ],
  [
    "refuse_auth_without_tls",
    "looked at",
    tried("535 5.7.8 authentication failed"),
    ["fail auth_without_tls"],
  ],
  ["refuse_auth_without_tls", "accepted", tried("235 ok"), ["fail auth_without_tls"]],
  [
    "refuse_auth_without_tls",
    "deferred",
    tried("454 4.7.0 Temporary authentication failure"),
    ["unknown expectation_untested"],
  ],
  ["refuse_credentials", "refused", tried("535 5.7.8 authentication failed"), ["pass credentials_refused"]],
  [
    "refuse_credentials",
    "another way to refuse",
    tried("535 5.7.139 basic authentication is disabled"),
    ["pass credentials_refused"],
  ],
  ["refuse_credentials", "accepted", tried("235 ok"), ["fail credentials_accepted"]],
  ["refuse_credentials", "deferred", tried("454 4.7.0 later"), ["unknown expectation_untested"]],
  ["refuse_credentials", "not looked at", tried("538 5.7.11 no"), ["unknown expectation_untested"]],
  [
    "refuse_sender",
    "at MAIL",
    envelope("553 5.7.1 Sender address rejected: not owned by user probe"),
    ["pass forged_sender_refused"],
  ],
  [
    "refuse_sender",
    "at RCPT",
    envelope("250 ok", "553 5.7.1 Sender address rejected: not owned by user probe"),
    ["pass forged_sender_refused"],
  ],
  ["refuse_sender", "accepted", envelope("250 ok", "250 ok"), ["fail forged_sender_accepted"]],
  ["refuse_sender", "no recipient to ask about", envelope("250 ok"), ["unknown expectation_untested"]],
  [
    "refuse_sender",
    "the recipient is the problem",
    envelope("250 ok", "550 5.1.1 User unknown"),
    ["unknown expectation_untested"],
  ],
];

describe("the smtp probe's judgement", () => {
  it.each(CASES)("%s", (_why, notes, input, seen, subject, findings) => {
    expect(judge(notes, input, seen, subject)).toEqual(findings);
  });

  it.each(FAULT_CODES)("a fault is never a pass: %s", (code) => {
    const findings = smtpProbe.judge({}, smtpProbe.parseOptions({}), fault(code), relay(), NOW);
    expect(worstVerdict(findings.map(({ verdict }) => verdict))).toBe(UNKNOWN.has(code) ? "unknown" : "fail");
  });
});

describe("negative tests", () => {
  it.each(REFUSALS)("%s: %s", (expectation, _why, notes, findings) => {
    expect(judge(notes, { expect: expectation })).toEqual(findings);
  });

  it.each(["refuse_relay", "refuse_auth_without_tls", "refuse_credentials", "refuse_sender"])(
    "%s is unknown, not a pass, when the server cannot be asked",
    (expectation) => {
      for (const code of FAULT_CODES) {
        expect(judge({}, { expect: expectation }, fault(code))).toEqual(["unknown expectation_untested"]);
      }
    },
  );

  it("says how to ask so that the answer means something", () => {
    const notes = envelope("250 ok", "550 5.1.1 User unknown");
    const options = smtpProbe.parseOptions({ expect: "refuse_relay" });
    const [finding] = smtpProbe.judge(notes, options, undefined, relay(), NOW);
    expect(finding?.remedy).toContain("foreign_recipient");
  });

  it("gives that advice only where another question would help", () => {
    const options = smtpProbe.parseOptions({ expect: "refuse_relay" });
    for (const refused of [
      "554 5.7.1 blocked using bl.test",
      "550 5.7.60 does not have permissions to send as this sender",
    ]) {
      const [finding] = smtpProbe.judge(envelope("250 ok", refused), options, undefined, relay(), NOW);
      expect(finding).toMatchObject({ id: "expectation_untested" });
      expect(finding).not.toHaveProperty("remedy");
    }
  });

  it("says what stays unknown when the server cannot be reached", () => {
    const options = smtpProbe.parseOptions({ expect: "refuse_relay" });
    const [finding] = smtpProbe.judge(
      {},
      options,
      { code: "reset", phase: "banner", message: "it was reset" },
      relay(),
      NOW,
    );
    expect(finding?.message).toBe(
      "whether the server refuses a foreign recipient without AUTH is not known: it was reset",
    );
  });

  it("has nothing to test without a clear channel", () => {
    expect(
      judge({}, { expect: "refuse_auth_without_tls" }, undefined, relay({ scheme: "submissions" })),
    ).toEqual(["unknown expectation_untested"]);
  });
});
