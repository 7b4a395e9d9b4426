import { describe, expect, it } from "vitest";
import type { SmtpEvidence } from "../../src/model/evidence.ts";
import { type Fault, FaultError } from "../../src/model/observation.ts";
import { Secret } from "../../src/model/secret.ts";
import type { Relay } from "../../src/model/subject.ts";
import {
  capabilities,
  certificate,
  EXPIRED,
  type FakeNet,
  fakeNet,
  NOW,
  relay,
  type Script,
  tlsFacts,
} from "../../test/support/fake-session.ts";
import { smtpProbe } from "./index.ts";

const auth = { username: "probe", password: new Secret("hidden") };
const CLEAR = ["EHLO probe.example.net", "STARTTLS", "EHLO probe.example.net"];

interface Outcome {
  readonly notes: Partial<SmtpEvidence>;
  readonly fault?: Fault;
  readonly net: FakeNet;
}

async function run(subject: Relay, input: unknown, script: Script | FaultError = {}): Promise<Outcome> {
  const notes: Partial<SmtpEvidence> = {};
  const net = fakeNet(script);
  try {
    await smtpProbe.run(subject, smtpProbe.parseOptions(input), net.io, notes);
    return { notes, net };
  } catch (error) {
    if (!(error instanceof FaultError)) throw error;
    return { notes, net, fault: error.fault };
  }
}

function lost(code: Fault["code"], phase: Fault["phase"]): FaultError {
  return new FaultError({ code, phase, message: "the server closed the connection" });
}

/** What the client says, by depth and settings. */
const CONVERSATIONS: readonly (readonly [
  why: string,
  subject: Relay,
  input: unknown,
  log: readonly string[],
])[] = [
  ["banner", relay(), { depth: "banner" }, ["QUIT"]],
  ["ehlo", relay(), { depth: "ehlo" }, ["EHLO probe.example.net", "QUIT"]],
  ["tls", relay(), { depth: "tls" }, [...CLEAR, "QUIT"]],
  ["auth", relay({ auth }), { depth: "auth" }, [...CLEAR, "AUTH PLAIN probe", "QUIT"]],
  [
    "rcpt, with RSET",
    relay({ auth }),
    { depth: "rcpt" },
    [...CLEAR, "AUTH PLAIN probe", "MAIL <probe@example.net>", "RCPT <seed@example.com>", "RSET", "QUIT"],
  ],
  [
    "data, with the size",
    relay(),
    { depth: "data" },
    [...CLEAR, "MAIL <probe@example.net> SIZE=500", "RCPT <seed@example.com>", "DATA 500 lockstep", "QUIT"],
  ],
  [
    "data, pipelined and chunked",
    relay(),
    { depth: "data", mode: "pipelined", chunking: true },
    [
      ...CLEAR,
      "MAIL <probe@example.net> SIZE=500",
      "RCPT <seed@example.com>",
      "DATA 500 pipelined chunked",
      "QUIT",
    ],
  ],
  [
    "no depth, with a recipient",
    relay(),
    {},
    [...CLEAR, "MAIL <probe@example.net>", "RCPT <seed@example.com>", "RSET", "QUIT"],
  ],
  ["no depth, with credentials", relay({ to: [], auth }), {}, [...CLEAR, "AUTH PLAIN probe", "QUIT"]],
  ["no depth, with neither", relay({ to: [] }), undefined, [...CLEAR, "QUIT"]],
  ["implicit TLS", relay({ scheme: "submissions", to: [] }), {}, ["EHLO probe.example.net", "QUIT"]],
  [
    "STARTTLS switched off",
    relay({ to: [], tls: { starttls: "never" } }),
    {},
    ["EHLO probe.example.net", "QUIT"],
  ],
  [
    "the null reverse-path",
    relay({ from: "" }),
    {},
    [...CLEAR, "MAIL <>", "RCPT <seed@example.com>", "RSET", "QUIT"],
  ],
  ["a depth that the relay cannot reach", relay({ to: [] }), { depth: "data" }, [...CLEAR, "QUIT"]],
  [
    "refuse_relay: no AUTH, a foreign recipient, no DATA",
    relay({ auth }),
    { expect: "refuse_relay" },
    [...CLEAR, "MAIL <probe@example.net>", "RCPT <relay-test@example.com>", "RSET", "QUIT"],
  ],
  [
    "refuse_relay: another foreign recipient",
    relay({ scheme: "submissions" }),
    { expect: "refuse_relay", foreign_recipient: "x@example.org" },
    ["EHLO probe.example.net", "MAIL <probe@example.net>", "RCPT <x@example.org>", "RSET", "QUIT"],
  ],
  [
    "refuse_auth_without_tls: nothing offered",
    relay({ auth }),
    { expect: "refuse_auth_without_tls" },
    ["EHLO probe.example.net", "QUIT"],
  ],
  [
    "refuse_auth_without_tls: nothing to test",
    relay({ scheme: "submissions" }),
    { expect: "refuse_auth_without_tls" },
    [],
  ],
  [
    "refuse_credentials: these credentials",
    relay({ auth }),
    { expect: "refuse_credentials" },
    [...CLEAR, "AUTH PLAIN probe", "QUIT"],
  ],
  [
    "refuse_credentials: invented ones",
    relay(),
    { expect: "refuse_credentials" },
    [...CLEAR, "AUTH PLAIN invented", "QUIT"],
  ],
  [
    "refuse_sender: logged in, another of our own domain",
    relay({ auth }),
    { expect: "refuse_sender" },
    [
      ...CLEAR,
      "AUTH PLAIN probe",
      "MAIL <mailgauge-forged-sender@example.net>",
      "RCPT <seed@example.com>",
      "RSET",
      "QUIT",
    ],
  ],
  [
    "refuse_sender: from outside, one of the recipient's domain",
    relay(),
    { expect: "refuse_sender" },
    [...CLEAR, "MAIL <mailgauge-forged-sender@example.com>", "RCPT <seed@example.com>", "RSET", "QUIT"],
  ],
  [
    "refuse_sender: as told",
    relay(),
    { expect: "refuse_sender", forged_sender: "boss@example.com" },
    [...CLEAR, "MAIL <boss@example.com>", "RCPT <seed@example.com>", "RSET", "QUIT"],
  ],
];

const noStarttls = { ehlo: capabilities("AUTH PLAIN") };
const SMTP25 = relay({ scheme: "smtp", port: 25 });

/** How it ends when something is wrong: fault, phase, and the client's last words. */
const FAULTS: readonly (readonly [
  why: string,
  subject: Relay,
  input: unknown,
  script: Script | FaultError,
  fault: string | undefined,
  last: string | undefined,
])[] = [
  ["the dial fails", relay(), {}, lost("connect_refused", "connect"), "connect_refused connect", undefined],
  ["banner 554", relay(), {}, { banner: "554 no" }, "rejected banner", "QUIT"],
  ["banner 421", relay(), {}, { banner: "421 busy" }, "deferred banner", "QUIT"],
  ["EHLO refused", relay(), {}, { replies: { ehlo: "550 no" } }, "rejected ehlo", "QUIT"],
  ["STARTTLS not offered", relay(), {}, noStarttls, "tls_not_offered starttls", "QUIT"],
  ["STARTTLS deferred", relay(), {}, { replies: { starttls: "454 later" } }, "tls_refused starttls", "QUIT"],
  ["STARTTLS refused", relay(), {}, { replies: { starttls: "554 no" } }, "tls_refused starttls", "QUIT"],
  [
    "the handshake breaks",
    relay(),
    {},
    { replies: { starttls: lost("closed", "tls") } },
    "closed tls",
    "destroy",
  ],
  ["expired, before AUTH", relay({ auth }), {}, { tls: EXPIRED }, "tls_certificate tls", "QUIT"],
  [
    "expired, implicit TLS",
    relay({ scheme: "submissions" }),
    {},
    { tls: EXPIRED },
    "tls_certificate tls",
    "QUIT",
  ],
  [
    "expired, and nobody cares",
    relay({ auth, tls: { verify: false } }),
    {},
    { tls: EXPIRED },
    undefined,
    "QUIT",
  ],
  [
    "weak key, though trusted",
    relay(),
    {},
    { tls: tlsFacts({ chain: [certificate({ keyType: "rsa", keyBits: 1024 })] }) },
    "tls_certificate tls",
    "QUIT",
  ],
  ["old version: told, not fatal", relay(), {}, { tls: tlsFacts({ version: "TLSv1.1" }) }, undefined, "QUIT"],
  ["opportunistic: not offered", SMTP25, {}, noStarttls, undefined, "QUIT"],
  ["opportunistic: refused", SMTP25, {}, { replies: { starttls: "454 later" } }, undefined, "QUIT"],
  ["opportunistic: expired", SMTP25, {}, { tls: EXPIRED }, undefined, "QUIT"],
  [
    "opportunistic, with a password: not offered",
    { ...SMTP25, auth },
    {},
    noStarttls,
    "tls_not_offered starttls",
    "QUIT",
  ],
  [
    "opportunistic, with a password: expired",
    { ...SMTP25, auth },
    {},
    { tls: EXPIRED },
    "tls_certificate tls",
    "QUIT",
  ],
  [
    "a password that is not sent needs no TLS",
    { ...SMTP25, auth },
    { depth: "tls" },
    { tls: EXPIRED },
    undefined,
    "QUIT",
  ],
  ["no AUTH offered", relay({ auth }), {}, { ehloAfterTls: capabilities() }, "auth_not_offered auth", "QUIT"],
  ["wrong password", relay({ auth }), {}, { replies: { auth: "535 5.7.8 no" } }, "auth_failed auth", "QUIT"],
  ["AUTH deferred", relay({ auth }), {}, { replies: { auth: "454 4.7.0 no" } }, "deferred auth", "QUIT"],
  ["MAIL refused", relay(), {}, { replies: { mail: "550 no" } }, "rejected mail", "QUIT"],
  ["MAIL deferred", relay(), {}, { replies: { mail: "450 no" } }, "deferred mail", "QUIT"],
  [
    "one of two recipients refused",
    relay({ to: ["a@x.test", "b@x.test"] }),
    {},
    { rcpt: ["450 no", "550 no"] },
    "rejected rcpt",
    "QUIT",
  ],
  ["greylisted", relay(), {}, { rcpt: ["451 4.7.1 greylisted"] }, "deferred rcpt", "QUIT"],
  ["DATA refused", relay(), { depth: "data" }, { replies: { data: "554 no" } }, "rejected data", "QUIT"],
  ["message deferred", relay(), { depth: "data" }, { replies: { body: "451 no" } }, "deferred body", "QUIT"],
  [
    "lost after the final dot",
    relay(),
    { depth: "data" },
    { replies: { body: lost("uncertain", "body") } },
    "uncertain body",
    "destroy",
  ],
  [
    "one LMTP delivery refused",
    relay({ scheme: "lmtp" }),
    { depth: "data" },
    { deliveries: ["552 full"] },
    "rejected body",
    "QUIT",
  ],
  [
    "refuse_relay: a deferral is a value",
    relay(),
    { expect: "refuse_relay" },
    { rcpt: ["450 no"] },
    undefined,
    "QUIT",
  ],
  ["refuse_relay: no TLS is no matter", relay(), { expect: "refuse_relay" }, noStarttls, undefined, "QUIT"],
  [
    "refuse_relay: nor a bad certificate",
    relay(),
    { expect: "refuse_relay" },
    { tls: EXPIRED },
    undefined,
    "QUIT",
  ],
  [
    "refuse_credentials: but a password is",
    relay({ auth }),
    { expect: "refuse_credentials" },
    { tls: EXPIRED },
    "tls_certificate tls",
    "QUIT",
  ],
  [
    "refuse_sender: the login must hold",
    relay({ auth }),
    { expect: "refuse_sender" },
    { replies: { auth: "535 no" } },
    "auth_failed auth",
    "QUIT",
  ],
];

describe("the smtp probe's conversation", () => {
  it.each(CONVERSATIONS)("%s", async (_why, subject, input, log) => {
    const { net, fault } = await run(subject, input);
    expect(fault).toBeUndefined();
    expect(net.log()).toEqual(log);
  });

  it.each(FAULTS)("%s", async (_why, subject, input, script, expected, last) => {
    const { net, fault } = await run(subject, input, script);
    expect(fault === undefined ? undefined : `${fault.code} ${fault.phase}`).toBe(expected);
    expect(net.log().at(-1)).toBe(last);
  });

  it.each([
    ["expired certificate", { tls: EXPIRED }],
    ["no STARTTLS", noStarttls],
    ["STARTTLS refused", { replies: { starttls: "454 later" } }],
  ])("never sends a password to an unverified server: %s", async (_why, script) => {
    for (const scheme of ["smtp", "submission", "lmtp"] as const) {
      const { net } = await run(relay({ scheme, auth }), { depth: "data" }, script);
      expect(net.log().filter((line) => line.startsWith("AUTH"))).toEqual([]);
    }
  });

  it("tries an invented password in the clear, never the real one", async () => {
    const script = { ehlo: capabilities("AUTH CRAM-MD5 LOGIN"), replies: { auth: "538 5.7.11 no" } };
    const { net, notes } = await run(relay({ auth }), { expect: "refuse_auth_without_tls" }, script);
    expect(net.log()).toContain("AUTH LOGIN invented in the clear");
    expect(notes.auth?.reply.code).toBe(538);
  });

  it("tries nothing in the clear where no mechanism shows the password", async () => {
    const script = { ehlo: capabilities("AUTH CRAM-MD5 SCRAM-SHA-256") };
    const { net } = await run(relay(), { expect: "refuse_auth_without_tls" }, script);
    expect(net.log()).toEqual(["EHLO probe.example.net", "QUIT"]);
  });

  it("drops the connection when the deadline has passed", async () => {
    const controller = new AbortController();
    controller.abort();
    const net = fakeNet({ banner: "554 no" }, controller.signal);
    await expect(smtpProbe.run(relay(), smtpProbe.parseOptions({}), net.io, {})).rejects.toThrow(FaultError);
    expect(net.log()).toEqual(["destroy"]);
  });
});

describe("the smtp probe's notebook", () => {
  it("holds everything after a submission", async () => {
    const { notes } = await run(relay({ auth }), { depth: "data" }, { injectedBytes: 7 });
    expect(notes).toMatchObject({
      dial: { a: ["192.0.2.1"] },
      remote: { address: "192.0.2.1" },
      ehlo: { keywords: { STARTTLS: [] } },
      ehloAfterTls: { authMechanisms: ["PLAIN", "LOGIN"] },
      tls: { version: "TLSv1.3" },
      starttlsOffered: true,
      injectedBytes: 7,
      auth: { mechanism: "PLAIN" },
      mail: { code: 250 },
      recipients: [{ index: 0, rcpt: { code: 250 } }],
      data: { code: 354 },
      body: { code: 250 },
      submission: "accepted",
      queueId: "4XyZ12",
      token: "token-eu",
    });
    expect(notes.replies?.map(({ phase }) => phase)).toEqual([
      "banner",
      "ehlo",
      "starttls",
      "ehlo",
      "auth",
      "mail",
      "rcpt",
      "data",
      "body",
    ]);
    expect(JSON.stringify(notes)).not.toContain("hidden");
  });

  it.each([
    ["MAIL", { replies: { mail: "450 no" } }, "deferred"],
    ["RCPT", { rcpt: ["550 no"] }, "rejected"],
    ["body", { replies: { body: "550 no" } }, "rejected"],
    ["lost", { replies: { body: lost("uncertain", "body") } }, "uncertain"],
    ["nothing sent", { banner: "554 no" }, undefined],
  ])("tells the message's fate: %s", async (_why, script, submission) => {
    const { notes } = await run(relay(), { depth: "data" }, script);
    expect(notes.submission).toBe(submission);
  });

  it("counts a message as accepted when one of two recipients was taken", async () => {
    const subject = relay({ to: ["a@x.test", "b@x.test"] });
    const { notes, fault } = await run(subject, { depth: "data" }, { rcpt: ["550 5.1.1 no", "250 ok"] });
    expect(notes.submission).toBe("accepted");
    expect(fault?.code).toBe("rejected");
  });

  it("keeps the certificate that ended the run", async () => {
    const { notes } = await run(relay(), {}, { tls: EXPIRED });
    expect(notes.tls?.chain[0]?.notAfter).toBeLessThan(NOW);
    expect(notes.starttlsOffered).toBe(true);
  });
});

it("stops asking at 421, and takes that for the reason", async () => {
  const two = relay({ to: ["a@example.com", "b@example.com"] });
  const script = { rcpt: ["421 4.3.2 shutting down", lost("closed", "rcpt")] };
  const { fault, notes } = await run(two, { depth: "rcpt" }, script);
  expect(fault).toMatchObject({ code: "deferred", phase: "rcpt", reply: { code: 421 } });
  expect(notes.recipients).toHaveLength(1);
});
