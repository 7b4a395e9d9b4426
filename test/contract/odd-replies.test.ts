import { describe, expect, it, onTestFinished } from "vitest";
import { createProbes } from "../../probes/index.ts";
import { diagnose } from "../../src/diagnosis/index.ts";
import { systemClock } from "../../src/engine/clock.ts";
import { createObserver } from "../../src/engine/observe.ts";
import type { PhaseName } from "../../src/model/codes.ts";
import type { SmtpEvidence } from "../../src/model/evidence.ts";
import type { Observation } from "../../src/model/observation.ts";
import { Secret } from "../../src/model/secret.ts";
import type { Relay } from "../../src/model/subject.ts";
import { createResolver } from "../../src/net/dns/resolver.ts";
import { createOpenNet } from "../../src/net/open-net.ts";
import { testRelay } from "../support/jobs.ts";
import { type Answers, serveSmtp } from "../support/scripted-smtp.ts";

const auth = { username: "probe", password: new Secret("hidden-canary"), allowCleartext: true };
const AUTH: Answers = { EHLO: "250-mx.test\r\n250-STARTTLS\r\n250-CHUNKING\r\n250 AUTH PLAIN SCRAM-SHA-256" };

/** A whole run against a server that answers as told. */
async function observe(
  answers: Answers,
  relay: Partial<Relay>,
  options: Readonly<Record<string, unknown>>,
): Promise<Observation<SmtpEvidence>> {
  const { port } = await serveSmtp({ ...AUTH, ...answers });
  const probes = createProbes();
  const resolver = createResolver({ servers: ["127.0.0.1:1"], clock: systemClock });
  onTestFinished(() => resolver.close());
  const observer = createObserver({
    probes,
    openNet: createOpenNet({ resolve: resolver.resolve }),
    diagnose,
    clock: systemClock,
  });
  const subject = testRelay({ host: "127.0.0.1", port, tls: { starttls: "never" }, ...relay });
  return await observer({
    id: "smtp/relay/eu",
    subject,
    probe: "smtp",
    options: probes.get("smtp")?.parseOptions({ depth: "data", ...options }),
    timeoutMs: 10_000,
  });
}

describe("a reply of the wrong class is no success", () => {
  it.each<[string, Answers, Partial<Relay>, Readonly<Record<string, unknown>>, PhaseName]>([
    ["354 for a greeting", { banner: "354 come in" }, {}, {}, "banner"],
    ["354 to EHLO", { EHLO: "354 go on" }, {}, {}, "ehlo"],
    ["250 to STARTTLS", { STARTTLS: "250 fine" }, { tls: { starttls: "required" } }, {}, "starttls"],
    ["354 to AUTH", { AUTH: "354 go on" }, { auth: { ...auth, mechanism: "PLAIN" } }, {}, "auth"],
    ["354 to SCRAM, without any proof", { AUTH: "354 go on" }, { auth }, {}, "auth"],
    ["354 to MAIL", { MAIL: "354 go on" }, {}, {}, "mail"],
    ["354 to MAIL at depth rcpt", { MAIL: "354 go on" }, {}, { depth: "rcpt" }, "mail"],
    ["354 to RCPT", { RCPT: "354 go on" }, {}, {}, "rcpt"],
    ["354 to RCPT at depth rcpt", { RCPT: "354 go on" }, {}, { depth: "rcpt" }, "rcpt"],
    ["250 to DATA, so that no message was sent", { DATA: "250 done" }, {}, {}, "data"],
    ["354 to the message", { content: "354 more" }, {}, {}, "body"],
    ["354 to a message in chunks", { content: "354 more" }, {}, { chunking: true }, "body"],
    ["354 to one of LMTP", { LHLO: AUTH.EHLO ?? "", content: "354 more" }, { scheme: "lmtp" }, {}, "body"],
  ])("%s", async (_what, answers, relay, options, phase) => {
    const seen = await observe(answers, relay, options);
    expect(seen).toMatchObject({ verdict: "fail", fault: { code: "protocol_error", phase } });
    expect(seen.phases.find(({ name }) => name === phase)?.outcome).toBe("protocol_error");
    expect(seen.cause?.code).toBe(phase === "banner" ? "not_smtp" : "protocol_violation");
    expect(seen.evidence.submission).not.toBe("accepted");
  });

  it("nor is it to a negative test: neither taken nor refused", async () => {
    const seen = await observe({ RCPT: "354 go on" }, {}, { expect: "refuse_relay" });
    expect(seen).toMatchObject({ verdict: "unknown", findings: [{ id: "expectation_untested" }] });
  });

  it("250 to STARTTLS is told where the run may go on in the clear", async () => {
    const seen = await observe({ STARTTLS: "250 fine" }, { tls: { starttls: "opportunistic" } }, {});
    expect(seen.findings).toContainEqual(
      expect.objectContaining({ id: "starttls_refused", verdict: "warn" }),
    );
  });
});
