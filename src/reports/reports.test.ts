import { describe, expect, it } from "vitest";
import type { Observation } from "../model/observation.ts";
import { renderJson } from "./json.ts";
import { renderJunit } from "./junit.ts";
import { bar, coloured, formatMs, printable, wantsColour } from "./style.ts";
import { renderObservation } from "./terminal.ts";

const ESC = String.fromCharCode(27);

const failing: Observation = {
  id: "smtp/relay/eu@1",
  target: "eu",
  probe: "smtp",
  startedAt: 1,
  durationMs: 1204,
  phases: [
    { name: "connect", startMs: 0, durationMs: 4, outcome: "ok" },
    { name: "ehlo", startMs: 4, durationMs: 0.5, outcome: "ok", n: 2 },
    { name: "rcpt", startMs: 5, durationMs: 1200, outcome: "rejected" },
  ],
  evidence: {},
  findings: [
    { id: "rcpt_rejected", verdict: "fail", message: `550 5.7.1 <no> & "no"${ESC}[31m`, remedy: "Ask them." },
  ],
  fault: { code: "rejected", phase: "rcpt", message: "refused" },
  cause: {
    code: "relay_denied",
    certainty: "certain",
    evidence: ["550 at RCPT"],
    remedy: "Allow the address.",
  },
  verdict: "fail",
};
const passing: Observation = { ...failing, findings: [], phases: [], verdict: "pass", probe: "tls" };
const lost: Observation = { ...passing, verdict: "unknown", probe: "mx" };

describe("the terminal report", () => {
  const text = renderObservation(failing, { causeSentence: () => "The relay does not relay for you" });

  it("says verdict, phases with milliseconds, finding, remedy and cause, in this order", () => {
    const order = [
      "✗ FAIL",
      "eu",
      "connect",
      "4.00 ms",
      "ehlo 2",
      "rejected",
      "550 5.7.1",
      "→ Ask them.",
      "Cause",
      "does not relay for you (certain, relay_denied)",
      "Remedy",
    ];
    const places = order.map((piece) => text.indexOf(piece));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places).not.toContain(-1);
  });

  it("says nothing twice", () => {
    const message = "the certificate expired";
    const cause = {
      code: "certificate_expired",
      certainty: "certain",
      evidence: [message, "more"],
      remedy: "Renew.",
    } as const;
    const findings = [
      { id: "certificate_expired", verdict: "fail", message, remedy: "Renew." },
      { id: "other", verdict: "warn", message: "something else", remedy: "Do that." },
    ] as const;
    const shown = renderObservation(
      { ...failing, findings, cause },
      { causeSentence: () => "It has expired." },
    );
    for (const once of [message, "more", "Renew.", "Do that."]) expect(shown.split(once)).toHaveLength(2);
  });

  it("shows the token of a message that was sent, and of no other", () => {
    const phases = [{ name: "body", startMs: 0, durationMs: 1, outcome: "ok" }] as const;
    const show = (change: Partial<Observation>) =>
      renderObservation({ ...passing, ...change }, { causeSentence: String });
    expect(show({ phases, evidence: { token: `t1${ESC}` } })).toContain(
      "Token   t1· (in Subject and Message-ID)",
    );
    expect(show({ evidence: { token: "t1" } })).not.toContain("Token");
    expect(show({ phases })).not.toContain("Token");
  });

  it("keeps a server from steering the terminal", () => {
    expect(text).not.toContain(ESC);
    expect(printable(`a${ESC}]0;x`)).toBe("a·]0;x");
  });

  it("paints only when told to", () => {
    expect(renderObservation(failing, { causeSentence: String, paint: coloured })).toContain(`${ESC}[31m`);
  });
});

describe("colour", () => {
  it.each([
    [{}, true, true],
    [{}, false, false],
    [{ NO_COLOR: "1" }, true, false],
    [{ NO_COLOR: "" }, true, true],
    [{ FORCE_COLOR: "1" }, false, true],
    [{ FORCE_COLOR: "1", NO_COLOR: "1" }, false, false],
    [{ TERM: "dumb" }, true, false],
  ])("with %j and terminal=%s: %s", (env, terminal, wanted) => {
    expect(wantsColour(env, terminal)).toBe(wanted);
  });
});

describe("numbers", () => {
  it.each([
    [0.4, "0.40 ms"],
    [12.34, "12.3 ms"],
    [431.2, "431 ms"],
    [2410, "2.41 s"],
  ])("%s is %s", (ms, text) => expect(formatMs(ms)).toBe(text));

  it("bars keep their width", () => {
    expect([0, 0.01, 0.5, 1, 2].map((share) => bar(share, 8).length)).toEqual([8, 8, 8, 8, 8]);
    expect(bar(0.5, 8).trimEnd()).toBe("████");
  });
});

describe("--json", () => {
  it("gives the verdict that decides and every observation", () => {
    const parsed = JSON.parse(renderJson([passing, lost])) as { verdict: string; observations: unknown[] };
    expect(parsed.verdict).toBe("unknown");
    expect(parsed.observations).toHaveLength(2);
  });
});

describe("--junit", () => {
  const xml = renderJunit([failing, passing, lost]);

  it("counts failures and errors apart", () => {
    expect(xml).toContain('<testsuite name="eu" tests="3" failures="1" errors="1"');
    expect(xml).toContain('<failure message="relay_denied">');
    expect(xml).toContain('<testsuites name="mailgauge" tests="3" failures="1" errors="1" time="3.612">');
  });

  it("says what to do, from the findings and from the cause", () => {
    expect(xml).toContain("Ask them.");
    expect(xml).toContain("relay_denied (certain): Allow the address.");
  });

  it("escapes what the server said, and holds no character that XML forbids", () => {
    expect(xml).toContain("&lt;no&gt; &amp; &quot;no&quot;\uFFFD[31m");
    expect(xml).not.toContain(ESC);
  });
});
