import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Secret } from "../../src/model/secret.ts";
import type { SaslMechanism } from "../../src/model/subject.ts";
import { LOOPBACK, poll } from "../support/servers/ports.ts";
import { postfixQueue } from "../support/servers/postfix.ts";
import { credentials, type PostfixBench, startPostfixBench } from "./postfix-bench.ts";

const MECHANISMS: readonly SaslMechanism[] = ["PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256"];

let bench: PostfixBench;

beforeAll(async () => {
  bench = await startPostfixBench();
});

afterAll(() => bench.stop());

describe("smtp probe against Postfix", () => {
  it("reads what port 25 offers, upgrades with STARTTLS, and times each phase", async () => {
    const seen = await bench.observing.observe("smtp", bench.relay("smtp"), { depth: "tls" });
    expect(seen.fault).toBeUndefined();
    expect(seen).toMatchObject({
      verdict: "pass",
      evidence: {
        banner: { code: 220, lines: [expect.stringMatching(/^mx\.y\.test ESMTP/)] },
        ehlo: { domain: "mx.y.test", size: 10_240_000 },
        starttlsOffered: true,
        injectedBytes: 0,
        tls: { version: "TLSv1.3", trusted: true },
        remote: { address: LOOPBACK, family: 4, port: bench.postfix.ports.smtp },
      },
    });
    expect(Object.keys(seen.evidence.ehlo?.keywords ?? {})).toEqual(
      expect.arrayContaining(["PIPELINING", "SIZE", "STARTTLS", "8BITMIME", "DSN", "SMTPUTF8", "CHUNKING"]),
    );
    expect(seen.evidence.ehloAfterTls?.keywords).not.toHaveProperty("STARTTLS");
    expect(seen.phases.map(({ name, n = 1 }) => `${name} ${n}`)).toEqual([
      "connect 1",
      "banner 1",
      "ehlo 1",
      "starttls 1",
      "tls 1",
      "ehlo 2",
      "quit 1",
    ]);
    expect(seen.phases.every(({ outcome, durationMs }) => outcome === "ok" && durationMs >= 0)).toBe(true);
  });

  it("speaks in the clear when told to", async () => {
    const seen = await bench.observing.observe("smtp", bench.relay("smtp", { tls: { starttls: "never" } }), {
      depth: "rcpt",
    });
    expect(seen.verdict).toBe("pass");
    expect(seen.evidence.tls).toBeUndefined();
    expect(seen.evidence.recipients).toMatchObject([{ index: 0, rcpt: { code: 250, enhanced: "2.1.5" } }]);
  });

  it("logs in under TLS from the first byte", async () => {
    const target = bench.relay("submissions", { auth: credentials() });
    const seen = await bench.observing.observe("smtp", target, { depth: "auth" });
    expect(seen).toMatchObject({ verdict: "pass", evidence: { auth: { reply: { code: 235 } } } });
    expect(seen.phases.map(({ name }) => name)).toEqual(["connect", "tls", "banner", "ehlo", "auth", "quit"]);
    expect(seen.evidence).not.toHaveProperty("starttlsOffered");
  });

  it("chooses the strongest mechanism that Dovecot offers", async () => {
    const seen = await bench.observing.observe("smtp", bench.relay("submission", { auth: credentials() }), {
      depth: "auth",
    });
    expect(seen.evidence.auth).toMatchObject({
      mechanism: "SCRAM-SHA-256",
      reply: { code: 235, enhanced: "2.7.0" },
    });
  });

  it.each(MECHANISMS)("logs in with %s", async (mechanism) => {
    const target = bench.relay("submission", { auth: credentials({ mechanism }) });
    const seen = await bench.observing.observe("smtp", target, { depth: "auth" });
    expect(seen.verdict).toBe("pass");
    expect(seen.evidence.auth).toMatchObject({ mechanism, reply: { code: 235 } });
  });

  it.each(MECHANISMS)("says that the password is wrong, once, with %s", async (mechanism) => {
    const username = `wrong-${mechanism.toLowerCase()}`;
    const auth = credentials({ mechanism, username, password: new Secret("not-the-password") });
    const lines: string[] = [];
    const seen = await bench.observing.observe(
      "smtp",
      bench.relay("submission", { auth }),
      {},
      {
        onTranscript: ({ text }) => lines.push(text),
      },
    );
    expect(seen).toMatchObject({
      verdict: "fail",
      fault: { code: "auth_failed", phase: "auth", reply: { code: 535, enhanced: "5.7.8" } },
      cause: { code: "wrong_credentials" },
    });
    expect(lines.filter((line) => line.startsWith("AUTH "))).toHaveLength(1);
    const password = Buffer.from("not-the-password");
    for (const text of [JSON.stringify(seen), lines.join("\n")]) {
      expect(text).not.toContain(password.toString());
      expect(text).not.toContain(password.toString("base64").slice(0, 16));
    }
  });
});

describe("message through Postfix into Dovecot's Maildir", () => {
  it.each([
    ["in lockstep", { mode: "lockstep" }],
    ["pipelined", { mode: "pipelined" }],
    ["in chunks", { chunking: true }],
    ["pipelined in chunks", { mode: "pipelined", chunking: true }],
  ])("is accepted and arrives, %s", async (_how, options) => {
    const target = bench.relay("smtp", { to: ["u1@y.test", "u2@y.test"] });
    const seen = await bench.observing.observe("smtp", target, { depth: "data", ...options });
    expect(seen.fault).toBeUndefined();
    expect(seen).toMatchObject({
      verdict: "pass",
      evidence: { submission: "accepted", body: { code: 250 } },
    });
    const { token = "none", queueId = "none" } = seen.evidence;
    for (const user of ["u1", "u2"]) {
      const text = await bench.dovecot.delivered(user, token, AbortSignal.timeout(15_000));
      expect(text).toContain("Return-Path: <probe@x.test>");
      expect(text).toMatch(/^Auto-Submitted: auto-generated\r?$/m);
    }
    expect(bench.postfix.log()).toContain(`${queueId}: from=<probe@x.test>`);
  });

  it("is submitted with AUTH to a foreign domain", async () => {
    const target = bench.relay("submission", { auth: credentials(), to: ["someone@elsewhere.test"] });
    const seen = await bench.observing.observe("smtp", target, { depth: "data" });
    expect(seen).toMatchObject({ verdict: "pass", evidence: { submission: "accepted" } });
  });

  it("waits in Postfix's queue when the mailbox is broken: accepted is not delivered", async () => {
    const target = bench.relay("smtp", { to: ["broken@y.test"] });
    const seen = await bench.observing.observe("smtp", target, { depth: "data" });
    expect(seen).toMatchObject({ verdict: "pass", evidence: { submission: "accepted" } });
    const queued = await poll(async () => {
      const found = postfixQueue(bench.postfix).find(({ queue_id }) => queue_id === seen.evidence.queueId);
      return found?.recipients[0]?.delay_reason === undefined ? undefined : found;
    }, AbortSignal.timeout(15_000));
    expect(queued.recipients).toMatchObject([
      { address: "broken@y.test", delay_reason: expect.stringContaining("451 4.2.0") },
    ]);
  });

  it("goes to the recipients that are taken, and the refused one is named", async () => {
    const target = bench.relay("smtp", { to: ["nobody@y.test", "u1@y.test"] });
    const seen = await bench.observing.observe("smtp", target, { depth: "data" });
    expect(seen).toMatchObject({
      verdict: "fail",
      fault: { code: "rejected", phase: "rcpt", reply: { code: 550, enhanced: "5.1.1" } },
      cause: { code: "recipient_unknown" },
      evidence: {
        submission: "accepted",
        recipients: [
          { index: 0, rcpt: { code: 550 } },
          { index: 1, rcpt: { code: 250 } },
        ],
      },
    });
    const { token = "none" } = seen.evidence;
    expect(await bench.dovecot.delivered("u1", token, AbortSignal.timeout(15_000))).toContain("u1@y.test");
  });
});
