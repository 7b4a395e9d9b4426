import { describe, expect, it } from "vitest";
import type { CauseCode, FaultCode, PhaseName } from "../../src/model/codes.ts";
import type { Observation } from "../../src/model/observation.ts";
import type { SmtpEvidence } from "../../src/model/evidence.ts";
import type { Relay } from "../../src/model/subject.ts";
import { startSmtpSink } from "../support/servers/smtp-sink.ts";
import { openTestObserving, relayAt, type RunOptions } from "./observing.ts";

/** One submission to a fresh smtp-sink that misbehaves as its flags say. */
async function submitTo(
  flags: readonly string[],
  changes: Partial<Relay> = {},
  options: object = {},
  run: RunOptions = {},
): Promise<Observation<SmtpEvidence>> {
  const sink = await startSmtpSink(flags);
  const observing = openTestObserving([]);
  try {
    const target = relayAt(sink.ports.smtp, "", { tls: {}, ...changes });
    return await observing.observe("smtp", target, { depth: "data", ...options }, run);
  } finally {
    observing.close();
    await sink.stop();
  }
}

describe("smtp probe against smtp-sink", () => {
  it.each<readonly [string, readonly string[], object, FaultCode, PhaseName, number | undefined, CauseCode]>([
    ["refuses the client", ["-f", "connect"], {}, "rejected", "banner", 500, "server_fault"],
    [
      "refuses the recipient",
      ["-f", "rcpt", "-B", "550 5.1.1 nope"],
      {},
      "rejected",
      "rcpt",
      550,
      "recipient_unknown",
    ],
    [
      "refuses the message",
      ["-f", ".", "-B", "554 5.7.1 Message rejected as spam"],
      {},
      "rejected",
      "body",
      554,
      "content_rejected",
    ],
    ["defers at DATA", ["-r", "data", "-b", "451 4.3.0 soft"], {}, "deferred", "data", 451, "server_fault"],
    ["defers the message", ["-r", ".", "-b", "452 4.3.1 full"], {}, "deferred", "body", 452, "storage_full"],
    ["421 at RCPT", ["-Q", "rcpt"], {}, "deferred", "rcpt", 421, "server_busy"],
    ["421 in the greeting", ["-Q", "connect"], {}, "deferred", "banner", 421, "server_busy"],
    ["drops at MAIL", ["-q", "mail"], {}, "closed", "mail", undefined, "server_fault"],
    ["drops in the greeting", ["-q", "connect"], {}, "closed", "banner", undefined, "connection_rejected"],
    ["drops after the final dot", ["-q", "."], {}, "uncertain", "body", undefined, "server_fault"],
    [
      "drops at MAIL, pipelined",
      ["-q", "mail"],
      { mode: "pipelined" },
      "closed",
      "mail",
      undefined,
      "server_fault",
    ],
    [
      "defers at RCPT, pipelined",
      ["-r", "rcpt"],
      { mode: "pipelined" },
      "deferred",
      "rcpt",
      450,
      "server_fault",
    ],
  ])("%s", async (_title, flags, options, fault, phase, code, cause) => {
    const seen = await submitTo(flags, {}, options);
    expect(seen).toMatchObject({ verdict: "fail", fault: { code: fault, phase }, cause: { code: cause } });
    expect(seen.fault?.reply?.code).toBe(code);
  });

  it.each<readonly [string, readonly string[], Partial<Relay>, object]>([
    ["as it comes", [], {}, {}],
    ["pipelined", [], {}, { mode: "pipelined" }],
    ["asked for pipelining, not offered", ["-p"], {}, { mode: "pipelined" }],
    ["asked for chunking, not offered", [], {}, { chunking: true }],
    ["without ESMTP, by HELO", ["-e"], {}, {}],
    ["over LMTP", ["-L"], { scheme: "lmtp" }, {}],
    ["over LMTP, pipelined", ["-L"], { scheme: "lmtp", to: ["a@y.test", "b@y.test"] }, { mode: "pipelined" }],
  ])("has the message accepted: %s", async (_title, flags, changes, options) => {
    const seen = await submitTo(flags, changes, options);
    expect(seen.fault).toBeUndefined();
    expect(seen.evidence.submission).toBe("accepted");
  });

  it("falls back to HELO and notes no capability where there is no ESMTP", async () => {
    const seen = await submitTo(["-e"]);
    expect(seen.evidence.ehlo).toMatchObject({ keywords: {}, authMechanisms: [] });
    expect(seen.evidence.replies?.filter(({ phase }) => phase === "ehlo").map(({ code }) => code)).toEqual([
      500, 250,
    ]);
  });

  it("blames the phase that is slow", async () => {
    const seen = await submitTo(["-W", "rcpt:1"]);
    expect(seen.evidence.submission).toBe("accepted");
    const slowest = seen.phases.toSorted((a, b) => b.durationMs - a.durationMs)[0];
    expect(slowest).toMatchObject({ name: "rcpt", outcome: "ok" });
    // The server counts whole seconds, and its clock may be ahead of ours by a little.
    expect(slowest?.durationMs).toBeGreaterThan(900);
  });

  it("gives up at its deadline, in the phase that it waited in", async () => {
    const seen = await submitTo(["-W", "mail:30"], {}, {}, { timeoutMs: 600 });
    expect(seen).toMatchObject({
      verdict: "fail",
      fault: { code: "timeout", phase: "mail" },
      cause: { code: "server_silent" },
    });
  });

  it("calls it uncertain when the deadline passes after the final dot", async () => {
    const seen = await submitTo(["-W", ".:30"], {}, {}, { timeoutMs: 600 });
    expect(seen).toMatchObject({
      verdict: "fail",
      fault: { code: "uncertain", phase: "body" },
      evidence: { submission: "uncertain" },
    });
  });
});
