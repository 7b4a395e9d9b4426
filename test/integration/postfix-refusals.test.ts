import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CauseCode, FaultCode, PhaseName } from "../../src/model/codes.ts";
import type { Verdict } from "../../src/model/observation.ts";
import { Secret } from "../../src/model/secret.ts";
import type { Relay } from "../../src/model/subject.ts";
import { LOOPBACK } from "../support/servers/ports.ts";
import { credentials, type PostfixBench, type Service, startPostfixBench } from "./postfix-bench.ts";

let bench: PostfixBench;

beforeAll(async () => {
  bench = await startPostfixBench();
});

afterAll(() => bench.stop());

type Changes = Partial<Relay>;

const FOREIGN: Changes = { to: ["someone@elsewhere.test"] };
const NOBODY: Changes = { to: ["nobody@y.test"] };
const GREY: Changes = { to: ["grey@y.test"] };
const CLEAR: Changes = { tls: { starttls: "never" } };
const WRONG: Changes = { auth: credentials({ password: new Secret("invented") }) };
const BOSS: Changes = { auth: credentials(), from: "boss@y.test" };

describe("refusals of Postfix", () => {
  it.each<readonly [string, Service, Changes, FaultCode, PhaseName, number | undefined, CauseCode]>([
    ["relay denied", "smtp", FOREIGN, "rejected", "rcpt", 554, "relay_denied"],
    ["unknown recipient", "smtp", NOBODY, "rejected", "rcpt", 550, "recipient_unknown"],
    ["greylisting", "smtp", GREY, "deferred", "rcpt", 451, "greylisted"],
    ["submission in the clear", "submission", CLEAR, "rejected", "mail", 530, "tls_required"],
    ["sender of somebody else", "owned", BOSS, "rejected", "rcpt", 553, "sender_not_permitted"],
    ["HELO without a domain", "picky_helo", { helo: "localhost" }, "rejected", "rcpt", 504, "helo_rejected"],
    ["client on a blocklist", "blocked", {}, "rejected", "rcpt", 554, "blocklisted"],
    ["client refused at once", "unwelcome", {}, "rejected", "banner", 554, "connection_rejected"],
    [
      "no STARTTLS",
      "no_tls",
      { scheme: "submission" },
      "tls_not_offered",
      "starttls",
      undefined,
      "tls_not_offered",
    ],
    [
      "no AUTH",
      "smtp",
      { auth: credentials() },
      "auth_not_offered",
      "auth",
      undefined,
      "auth_mechanism_unsupported",
    ],
    [
      "TLS first, not wanted",
      "smtp",
      { scheme: "submissions" },
      "tls_handshake_failed",
      "tls",
      undefined,
      "tls_mode_mismatch",
    ],
  ])("%s", async (_title, service, changes, fault, phase, code, cause) => {
    const seen = await bench.observing.observe("smtp", bench.relay(service, changes));
    expect(seen).toMatchObject({ fault: { code: fault, phase }, cause: { code: cause } });
    expect(seen.fault?.reply?.code).toBe(code);
    // Greylisting is the server doing its work; everything else here is in the way of mail.
    expect(seen.verdict).toBe(cause === "greylisted" ? "warn" : "fail");
  });

  it("message larger than SIZE", async () => {
    const seen = await bench.observing.observe("smtp", bench.relay("small"), { depth: "data" });
    expect(seen).toMatchObject({
      verdict: "fail",
      fault: { code: "rejected", phase: "mail", reply: { code: 552, enhanced: "5.3.4" } },
      cause: { code: "message_too_large" },
      evidence: { ehlo: { size: 500 }, submission: "rejected" },
    });
  });

  it("waits in vain for a greeting on a port that wants TLS first", async () => {
    const target = bench.relay("submissions", { scheme: "submission" });
    const seen = await bench.observing.observe("smtp", target, {}, { timeoutMs: 1_000 });
    expect(seen).toMatchObject({
      verdict: "fail",
      fault: { code: "timeout", phase: "banner" },
      cause: { code: "server_silent" }, // only on port 465 would the port tell
    });
  });

  it("too many connections", async () => {
    const first = connect({ host: LOOPBACK, port: bench.postfix.ports.one_at_a_time });
    try {
      await once(first, "data");
      const seen = await bench.observing.observe("smtp", bench.relay("one_at_a_time"));
      expect(seen).toMatchObject({
        verdict: "fail",
        fault: { code: "deferred", phase: "banner", reply: { code: 421, enhanced: "4.7.0" } },
        cause: { code: "too_many_connections" },
      });
    } finally {
      first.destroy();
    }
  });

  it("too many messages", async () => {
    const target = bench.relay("few_messages");
    expect((await bench.observing.observe("smtp", target)).verdict).toBe("pass");
    const seen = await bench.observing.observe("smtp", target);
    expect(seen).toMatchObject({
      verdict: "fail",
      fault: { code: "deferred", phase: "mail", reply: { code: 450, enhanced: "4.7.1" } },
      cause: { code: "rate_limited" },
    });
  });
});

describe("negative tests against Postfix", () => {
  it.each<readonly [string, Service, Verdict, string, Changes]>([
    ["refuse_relay", "smtp", "pass", "relay_refused", {}],
    ["refuse_relay", "open", "fail", "open_relay", {}],
    ["refuse_credentials", "submission", "pass", "credentials_refused", WRONG],
    ["refuse_credentials", "submission", "fail", "credentials_accepted", { auth: credentials() }],
    ["refuse_auth_without_tls", "submission", "pass", "auth_without_tls_refused", {}],
    ["refuse_auth_without_tls", "clear_auth", "fail", "auth_without_tls", {}],
    ["refuse_sender", "owned", "pass", "forged_sender_refused", { auth: credentials() }],
    ["refuse_sender", "submission", "fail", "forged_sender_accepted", { auth: credentials() }],
  ])("%s on %s: %s, %s", async (expectation, service, verdict, finding, changes) => {
    const options = {
      expect: expectation,
      ...(expectation === "refuse_sender" ? { forged_sender: "boss@y.test" } : {}),
    };
    const seen = await bench.observing.observe("smtp", bench.relay(service, changes), options);
    expect(seen.fault).toBeUndefined();
    expect(seen.findings).toMatchObject([{ id: finding, verdict }]);
    expect(seen.verdict).toBe(verdict);
  });
});
