import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CauseCode, FaultCode, PhaseName } from "../../src/model/codes.ts";
import { Secret } from "../../src/model/secret.ts";
import type { Relay } from "../../src/model/subject.ts";
import { type Certificates, makeCertificates } from "../support/servers/certificates.ts";
import { DOVECOT_PASSWORD, type Dovecot, startDovecot } from "../support/servers/dovecot.ts";
import { type Exim, startExim } from "../support/servers/exim.ts";
import { openTestObserving, relayAt, type TestObserving } from "./observing.ts";

let certificates: Certificates;
let dovecot: Dovecot;
let exim: Exim;
let observing: TestObserving;

beforeAll(async () => {
  certificates = makeCertificates();
  const certificate = certificates.get("good");
  dovecot = await startDovecot({ certificate });
  exim = await startExim({
    certificate,
    lmtpPort: dovecot.ports.lmtp,
    main: { message_size_limit: "20000" },
  });
  observing = openTestObserving([]);
});

afterAll(async () => {
  observing.close();
  await exim.stop();
  await dovecot.stop();
  certificates.remove();
});

const AUTH = { username: "ok", password: new Secret(DOVECOT_PASSWORD) } as const;
const WRONG = { username: "ok", password: new Secret("not-the-password") } as const;

function relay(changes: Partial<Relay> = {}, service: "smtp" | "submissions" = "smtp"): Relay {
  return relayAt(exim.ports[service], certificates.ca, { to: ["u1@ex.test"], ...changes });
}

describe("smtp probe against Exim", () => {
  it("reads what the server offers, also the pipelining that is Exim's own", async () => {
    const seen = await observing.observe("smtp", relay(), { depth: "rcpt" });
    expect(seen).toMatchObject({
      verdict: "pass",
      evidence: { ehlo: { domain: "mx.ex.test", size: 20_000 }, tls: { version: "TLSv1.3", trusted: true } },
    });
    expect(Object.keys(seen.evidence.ehlo?.keywords ?? {})).toEqual(
      expect.arrayContaining(["8BITMIME", "CHUNKING", "DSN", "PIPELINING", "SIZE", "SMTPUTF8", "STARTTLS"]),
    );
    // AUTH is offered under TLS only.
    expect(seen.evidence.ehlo?.authMechanisms).toEqual([]);
    expect(seen.evidence.ehloAfterTls?.authMechanisms).toEqual(["PLAIN", "LOGIN", "CRAM-MD5"]);
  });

  it.each(["PLAIN", "LOGIN", "CRAM-MD5"] as const)(
    "logs in with %s, and not with a wrong password",
    async (mechanism) => {
      const right = relay({ scheme: "submission", auth: { ...AUTH, mechanism } });
      const seen = await observing.observe("smtp", right, { depth: "auth" });
      expect(seen).toMatchObject({
        verdict: "pass",
        evidence: { auth: { mechanism, reply: { code: 235 } } },
      });
      const wrong = relay({ scheme: "submission", auth: { ...WRONG, mechanism } });
      expect(await observing.observe("smtp", wrong, { depth: "auth" })).toMatchObject({
        verdict: "fail",
        fault: { code: "auth_failed", reply: { code: 535 } },
        cause: { code: "wrong_credentials" },
      });
    },
  );

  it("logs in under TLS from the first byte", async () => {
    const target = relay({ scheme: "submissions", auth: AUTH }, "submissions");
    const seen = await observing.observe("smtp", target, { depth: "auth" });
    expect(seen).toMatchObject({ verdict: "pass", evidence: { auth: { mechanism: "CRAM-MD5" } } });
  });

  it.each([
    ["in lockstep", { mode: "lockstep" }],
    ["pipelined", { mode: "pipelined" }],
    ["in chunks", { chunking: true }],
  ])("has a message delivered, %s", async (_how, options) => {
    const seen = await observing.observe("smtp", relay(), { depth: "data", ...options });
    expect(seen).toMatchObject({ verdict: "pass", evidence: { submission: "accepted" } });
    const { token = "none", queueId = "none" } = seen.evidence;
    const text = await dovecot.delivered("u1", token, AbortSignal.timeout(15_000));
    expect(text).toContain("Delivered-To: u1@ex.test");
    expect(exim.log()).toContain(`${queueId} <= probe@x.test`);
  });

  it.each<readonly [string, Partial<Relay>, FaultCode, PhaseName, number, CauseCode]>([
    ["greylisting", { to: ["grey@ex.test"] }, "deferred", "rcpt", 451, "greylisted"],
    ["unknown recipient", { to: ["bad@ex.test"] }, "rejected", "rcpt", 550, "recipient_unknown"],
    ["relay denied", { to: ["a@elsewhere.test"] }, "rejected", "rcpt", 550, "relay_denied"],
  ])("%s", async (_title, changes, fault, phase, code, cause) => {
    const seen = await observing.observe("smtp", relay(changes));
    expect(seen).toMatchObject({ fault: { code: fault, phase, reply: { code } }, cause: { code: cause } });
    expect(seen.verdict).toBe(cause === "greylisted" ? "warn" : "fail");
  });

  it.each([
    ["refuse_relay", "relay_refused"],
    ["refuse_credentials", "credentials_refused"],
    ["refuse_auth_without_tls", "auth_without_tls_refused"],
  ])("passes %s", async (expectation, finding) => {
    const seen = await observing.observe("smtp", relay({ scheme: "submission" }), { expect: expectation });
    expect(seen).toMatchObject({ verdict: "pass", findings: [{ id: finding }] });
  });
});
