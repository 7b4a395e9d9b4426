import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createProbes } from "../../probes/index.ts";
import { diagnose } from "../../src/diagnosis/index.ts";
import { systemClock } from "../../src/engine/clock.ts";
import { createObserver } from "../../src/engine/observe.ts";
import type { LabTarget } from "../../src/lab/fault.ts";
import { type Lab, startLab } from "../../src/lab/lab.ts";
import { SMTP_DEPTHS } from "../../src/model/evidence.ts";
import type { Observation } from "../../src/model/observation.ts";
import { Secret } from "../../src/model/secret.ts";
import type { Relay, Subject } from "../../src/model/subject.ts";
import { createResolver, type Resolver } from "../../src/net/dns/resolver.ts";
import { createOpenNet } from "../../src/net/open-net.ts";

const TARGETS: readonly LabTarget[] = ["smtp", "submission", "submission_token", "submissions", "lmtp"];

/** The lab's LMTP asks for no login. */
const DEPTHS = TARGETS.flatMap((target) => SMTP_DEPTHS.map((depth) => [target, depth] as const)).filter(
  ([target, depth]) => target !== "lmtp" || depth !== "auth",
);

/** Who asks, what must be refused, and what the lab does. */
const REFUSALS: readonly (readonly [
  why: string,
  target: LabTarget,
  login: "probe" | "limited" | "wrong" | "none",
  input: Readonly<Record<string, string>>,
  outcome: string,
])[] = [
  ["relaying", "smtp", "none", { expect: "refuse_relay" }, "pass relay_refused"],
  [
    "AUTH in the clear",
    "submission",
    "none",
    { expect: "refuse_auth_without_tls" },
    "pass auth_without_tls_refused",
  ],
  [
    "AUTH in the clear where there is none",
    "submissions",
    "none",
    { expect: "refuse_auth_without_tls" },
    "unknown expectation_untested",
  ],
  ["a wrong password", "submission", "wrong", { expect: "refuse_credentials" }, "pass credentials_refused"],
  [
    "invented credentials",
    "submission",
    "none",
    { expect: "refuse_credentials" },
    "pass credentials_refused",
  ],
  [
    "a password that holds",
    "submission",
    "probe",
    { expect: "refuse_credentials" },
    "fail credentials_accepted",
  ],
  [
    "a forged sender",
    "submission",
    "limited",
    { expect: "refuse_sender", forged_sender: "boss@example.com" },
    "pass forged_sender_refused",
  ],
  [
    "a sender that the login may use",
    "submission",
    "probe",
    { expect: "refuse_sender", forged_sender: "boss@example.com" },
    "fail forged_sender_accepted",
  ],
];

describe("the smtp probe against a healthy server", () => {
  let lab: Lab;
  let resolver: Resolver;

  beforeAll(async () => {
    lab = await startLab();
    resolver = createResolver({ servers: [lab.dns.server], cache: false, clock: systemClock });
  });
  afterAll(async () => {
    resolver.close();
    await lab.stop();
  });

  function observe(subject: Subject, kind: string, input: unknown): Promise<Observation> {
    const probes = createProbes();
    const observer = createObserver({
      probes,
      openNet: createOpenNet({ resolve: resolver.resolve }),
      diagnose,
      clock: systemClock,
    });
    const options = probes.get(kind)?.parseOptions(input);
    return observer({ id: `${kind}/${subject.name}`, subject, probe: kind, options, timeoutMs: 10_000 });
  }

  function relayOf(target: LabTarget, login: "probe" | "limited" | "wrong" | "none"): Relay {
    const subject = lab.subject(target);
    if (subject.kind !== "relay") throw new Error(`${target} is no relay`);
    const { auth: _own, ...stranger } = subject;
    if (login === "none") return stranger;
    const user = lab.users.find(({ username }) => username === login);
    const password = new Secret(user?.password ?? "wrong");
    return { ...stranger, auth: { username: user?.username ?? "probe", password } };
  }

  it.each(DEPTHS)("passes at %s, depth %s", async (target, depth) => {
    const login = target === "lmtp" ? "none" : "probe";
    const subject = target === "submission_token" ? lab.subject(target) : relayOf(target, login);
    const seen = await observe(subject, "smtp", { depth });
    expect(seen.findings.filter(({ verdict }) => verdict !== "pass")).toEqual([]);
    expect(seen.verdict).toBe("pass");
    expect(seen.phases.at(-1)?.name).toBe("quit");
  });

  it.each(TARGETS.filter((target) => target !== "lmtp"))("sees sound TLS at %s", async (target) => {
    const seen = await observe(lab.subject(target), "tls", {});
    expect(seen.findings.map(({ id }) => id)).toEqual(["tls_ok"]);
  });

  it.each(REFUSALS)("%s", async (_why, target, login, input, outcome) => {
    const seen = await observe(relayOf(target, login), "smtp", input);
    expect(seen.findings.map(({ verdict, id }) => `${verdict} ${id}`)).toEqual([outcome]);
    expect(seen.cause === undefined).toBe(outcome.startsWith("pass"));
  });

  it("leaves a message in the mailbox at depth data, and none before", async () => {
    lab.mailbox.clear();
    await observe(lab.subject("submission"), "smtp", { depth: "rcpt" });
    expect(lab.mailbox.messages).toHaveLength(0);
    const seen = await observe(lab.subject("submission"), "smtp", { depth: "data" });
    expect(seen.evidence).toMatchObject({
      submission: "accepted",
      token: expect.any(String),
      queueId: expect.any(String),
    });
    expect(lab.mailbox.messages).toHaveLength(1);
  });
});
