import { describe, expect, it } from "vitest";
import type { SmtpEvidence } from "../model/evidence.ts";
import type { Finding } from "../model/observation.ts";
import type { Relay } from "../model/subject.ts";
import { diagnose } from "./index.ts";

const relay: Relay = {
  kind: "relay",
  name: "closed",
  labels: {},
  scheme: "smtp",
  host: "mx.example.com",
  port: 25,
  helo: "probe.example.net",
  from: "probe@example.net",
  to: [],
  tls: {},
};

const finding = (id: string, verdict: Finding["verdict"] = "fail"): Finding => ({
  id,
  verdict,
  message: `about ${id}`,
});

/** What stood in the way of a negative test: the reply, and the cause that it names. */
const UNTESTED: readonly (readonly [
  why: string,
  notes: Partial<SmtpEvidence>,
  remedy: string | undefined,
  cause: string,
])[] = [
  [
    "at RCPT",
    {
      mail: { code: 250, lines: ["ok"] },
      recipients: [{ index: 0, rcpt: { code: 554, lines: ["blocked using bl.test"] } }],
    },
    undefined,
    "blocklisted certain",
  ],
  [
    "at MAIL",
    { mail: { code: 452, enhanced: "4.3.1", lines: ["4.3.1 Insufficient system storage"] } },
    undefined,
    "storage_full certain",
  ],
  [
    "a finding that knows the way out",
    { mail: { code: 450, lines: ["too much mail"] } },
    "Ask again.",
    "rate_limited certain",
  ],
  ["no reply at all", {}, undefined, "unknown possible"],
  [
    "a reply of which only the code says something",
    { mail: { code: 599, lines: ["?"] } },
    undefined,
    "policy_rejected possible",
  ],
];

describe("a negative test that found out nothing", () => {
  it.each(UNTESTED)("%s", (_why, notes, remedy, cause) => {
    const untested = {
      ...finding("expectation_untested", "unknown"),
      ...(remedy === undefined ? {} : { remedy }),
    };
    const found = diagnose({
      subject: relay,
      probe: "smtp",
      phases: [],
      evidence: notes,
      findings: [untested],
    });
    expect(`${found?.code} ${found?.certainty}`).toBe(cause);
    expect(found?.evidence).toEqual(["about expectation_untested"]);
    if (remedy !== undefined) expect(found?.remedy).toBe(remedy);
  });
});
