import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Certificates, makeCertificates } from "../support/servers/certificates.ts";
import { type Dovecot, startDovecot } from "../support/servers/dovecot.ts";
import { openTestObserving, relayAt, type TestObserving } from "./observing.ts";

let certificates: Certificates;
let dovecot: Dovecot;
let observing: TestObserving;

beforeAll(async () => {
  certificates = makeCertificates();
  dovecot = await startDovecot({ certificate: certificates.get("good") });
  observing = openTestObserving([]);
});

afterAll(async () => {
  observing.close();
  await dovecot.stop();
  certificates.remove();
});

function submit(to: readonly string[], options: object = {}) {
  const relay = relayAt(dovecot.ports.lmtp, certificates.ca, { scheme: "lmtp", to });
  return observing.observe("smtp", relay, { depth: "data", ...options });
}

describe("smtp probe against Dovecot's LMTP", () => {
  it("greets with LHLO and upgrades with STARTTLS where that is offered", async () => {
    const lines: string[] = [];
    const relay = relayAt(dovecot.ports.lmtp, certificates.ca, { scheme: "lmtp" });
    const seen = await observing.observe(
      "smtp",
      relay,
      { depth: "rcpt" },
      {
        onTranscript: ({ side, text }) => side === "C" && lines.push(text),
      },
    );
    expect(seen.verdict).toBe("pass");
    expect(lines[0]).toBe("LHLO probe.x.test");
    expect(seen.evidence.starttlsOffered).toBe(true);
    expect(seen.evidence.tls).toMatchObject({ version: "TLSv1.3", trusted: true });
  });

  it.each([
    ["in lockstep", {}],
    ["pipelined", { mode: "pipelined" }],
    ["in chunks", { chunking: true }],
  ])("delivers to each recipient, %s", async (_how, options) => {
    const seen = await submit(["u1@y.test", "u2@y.test"], options);
    expect(seen).toMatchObject({
      verdict: "pass",
      evidence: {
        submission: "accepted",
        recipients: [{ delivery: { code: 250 } }, { delivery: { code: 250 } }],
      },
    });
    const { token = "none" } = seen.evidence;
    for (const user of ["u1", "u2"]) {
      expect(await dovecot.delivered(user, token, AbortSignal.timeout(15_000))).toContain(token);
    }
  });

  it("tells a recipient that is unknown from one whose mailbox is broken", async () => {
    const seen = await submit(["u1@y.test", "broken@y.test", "nobody@y.test"]);
    expect(seen).toMatchObject({
      verdict: "fail",
      fault: { code: "rejected", phase: "rcpt", reply: { code: 550, enhanced: "5.1.1" } },
      cause: { code: "recipient_unknown" },
      evidence: {
        submission: "accepted",
        recipients: [
          { index: 0, rcpt: { code: 250 }, delivery: { code: 250 } },
          { index: 1, rcpt: { code: 250 }, delivery: { code: 451, enhanced: "4.2.0" } },
          { index: 2, rcpt: { code: 550 } },
        ],
      },
    });
    expect(seen.evidence.recipients?.[2]).not.toHaveProperty("delivery");
  });

  it("is deferred after the final dot when no mailbox takes the message", async () => {
    const seen = await submit(["broken@y.test"]);
    expect(seen).toMatchObject({
      verdict: "fail",
      fault: { code: "deferred", phase: "body", reply: { code: 451 } },
      cause: { code: "server_fault" },
      evidence: { submission: "deferred" },
    });
  });
});
