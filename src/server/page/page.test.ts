import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  cannedDeps,
  cannedPanel,
  FAILING,
  JOBS,
  jobOf,
  NOW,
  observationOf,
  PASSING,
} from "../../../test/browser/canned.ts";
import type { FaultPanel, ServerDeps } from "../types.ts";
import { createRecentStore } from "../../store/recent.ts";
import { ago, count, expiry, span, until } from "./format.ts";
import { withCode } from "../../reports/html.ts";
import { pageRoutes } from "./routes.ts";
import { statusView } from "./view.ts";

async function page(path = "/", overrides: Partial<ServerDeps> = {}): Promise<string> {
  return (await pageRoutes(cannedDeps(overrides)).request(path)).text();
}

describe("times on the page", () => {
  it.each([
    [0, "now"],
    [999, "now"],
    [1000, "1 s"],
    [59_999, "59 s"],
    [60_000, "1 min"],
    [3_600_000, "1 h"],
    [86_400_000, "1 day"],
    [200_000_000, "2 days"],
  ])("%i ms: %s", (ms, text) => {
    expect(span(ms)).toBe(text);
  });

  it("tells past from future, and knows no clock that ran ahead", () => {
    expect(ago(NOW - 5000, NOW)).toBe("5 s ago");
    expect(ago(NOW + 5000, NOW)).toBe("now");
    expect(until(NOW + 5000, NOW)).toBe("in 5 s");
    expect(until(NOW - 5000, NOW)).toBe("now");
    expect(expiry(NOW + 86_400_000 * 9, NOW)).toBe("expires in 9 days (2026-12-01)");
    expect(expiry(NOW - 86_400_000, NOW)).toBe("expired 1 day ago (2026-11-21)");
    expect([count(1, "run"), count(2, "run"), count(0, "run")]).toEqual(["1 run", "2 runs", "0 runs"]);
  });
});

describe("the view", () => {
  it("counts states and sorts the worst first, then by name", () => {
    const view = statusView(cannedDeps(), { text: "" });
    expect(view.counts).toEqual({ fail: 1, unknown: 1, warn: 1, waiting: 1, pass: 6 });
    expect(view.checks.map(({ state, name, probe }) => `${state} ${name} ${probe}`).slice(0, 6)).toEqual([
      "fail partner-gateway smtp",
      "unknown example.org mx",
      "warn relay-us tls",
      "waiting relay-new smtp",
      "pass 192.0.2.10 blocklist",
      "pass 2001:db8::25 blocklist",
    ]);
  });

  it.each([
    [{ text: "RELAY-EU" }, 2, "by name, whatever the case"],
    [{ text: "blocklist" }, 2, "by probe"],
    [{ text: "us-east" }, 2, "by label"],
    [{ text: "", show: "pass" as const }, 6, "by state"],
    [{ text: "nothing" }, 0, "by what is not there"],
  ])("filters %j: %i", (filter, expected, _reason) => {
    expect(statusView(cannedDeps(), filter).checks).toHaveLength(expected);
  });

  it("says cause, fault or finding, whichever is known", () => {
    const [job] = JOBS;
    if (job === undefined) throw new Error("no job");
    const headline = (seen: Parameters<typeof observationOf>[2]) => {
      const recent = createRecentStore();
      recent.add(job, observationOf(job, NOW, seen));
      return statusView(cannedDeps({ recent, jobs: () => [job] }), { text: "" }).checks[0]?.headline;
    };
    const { cause: _cause, ...noCause } = FAILING;
    const { fault: _fault, ...noFault } = noCause;
    expect(headline(FAILING)).toBe("The certificate of the server has expired.");
    expect(headline(noCause)).toBe("Certificate has expired");
    expect(headline(noFault)).toBe("The certificate expired 3 days ago, on 2026-11-19.");
    expect(headline({ ...noFault, findings: [] })).toBe("The run ended without a result");
    expect(headline({ ...PASSING, evidence: {} })).toBe("Nothing to complain of");
  });

  it("tells the refusal that a negative test asked for, and does not call its phase broken", () => {
    const [job] = JOBS;
    if (job === undefined) throw new Error("no job");
    const recent = createRecentStore();
    const refused = PASSING.phases.map((phase) =>
      phase.name === "rcpt" ? ({ ...phase, outcome: "rejected" } as const) : phase,
    );
    const finding = { id: "relay_refused", verdict: "pass", message: "the server refuses: 554" } as const;
    recent.add(job, observationOf(job, NOW, { ...PASSING, phases: refused, findings: [finding] }));
    const [check] = statusView(cannedDeps({ recent, jobs: () => [job] }), { text: "" }).checks;
    expect(check?.headline).toBe("The server refuses: 554");
    expect(check?.phases.filter(({ isBroken }) => isBroken)).toEqual([]);
  });

  it("gives phases their share of the whole, and a run of no time none", () => {
    const [check] = statusView(cannedDeps(), { text: "partner" }).checks;
    const shares = check?.phases.map(({ share }) => share) ?? [];
    expect(shares).toHaveLength(6);
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeGreaterThan(0.9);
    expect(Math.max(...shares)).toBeLessThanOrEqual(1);
  });

  it("shows no more than two hundred checks, and says so", async () => {
    const [first] = JOBS;
    if (first === undefined) throw new Error("no job");
    const jobs = Array.from({ length: 250 }, (_, index) => {
      return jobOf("smtp", { ...first.subject, name: `relay-${index}` });
    });
    const text = await page("/", { jobs: () => jobs });
    expect(text.match(/<article/g)).toHaveLength(200);
    expect(text).toContain("The 200 worst of 250 are shown");
  });
});

describe("text with code", () => {
  it.each([
    ["give a longer `timeout`.", "give a longer <code>timeout</code>.", "marked"],
    ["`a` and `b`", "<code>a</code> and <code>b</code>", "twice"],
    ["one ` only", "one ` only", "an odd one out marks nothing"],
    ["`<b>`", "<code>&lt;b&gt;</code>", "escaped all the same"],
  ])("%j", async (text, expected, _reason) => {
    expect(String(await withCode(text))).toBe(expected);
  });
});

describe("the page", () => {
  it("lets nothing through that is markup, from wherever it comes", async () => {
    const [job] = JOBS;
    if (job === undefined) throw new Error("no job");
    const hostile = fc.constantFrom(
      '<script>x</script>"',
      "'><img src=x onerror=x>",
      '"><svg onload=x>',
      "</title><b>",
    );
    await fc.assert(
      fc.asyncProperty(hostile, hostile, async (one, two) => {
        const recent = createRecentStore();
        const of = jobOf("smtp", { ...job.subject, name: one, labels: { [two]: one } });
        const evidence = { ...PASSING.evidence, banner: { code: 220, lines: [two] } };
        const finding = { id: one, verdict: "fail", message: two, rfc: one, remedy: two } as const;
        const fault = { code: "rejected", phase: "mail", message: two } as const;
        recent.add(of, observationOf(of, NOW, { ...FAILING, evidence, findings: [finding], fault }));
        const text = await page(`/?q=${encodeURIComponent(one)}`, {
          recent,
          jobs: () => [of],
          causeSentence: () => two,
        });
        expect(text).toContain("<article");
        for (const markup of ["<script>x", "<img src=x", "<svg onload", "</title><b>"])
          expect(text).not.toContain(markup);
      }),
    );
  });

  it("has no inline script or style: the policy would block them", async () => {
    const text = await page("/", { panel: cannedPanel() });
    expect(text).not.toMatch(/\sstyle=/);
    expect(text).not.toMatch(/\son[a-z]+=/);
    expect(text).not.toMatch(/<style|<script(?! src=)/);
  });

  it("gives ids once each", async () => {
    const text = await page("/", { panel: cannedPanel() });
    const ids = [...text.matchAll(/\sid="([^"]+)"/g)].map((m) => m[1]);
    expect(ids.length).toBeGreaterThan(30);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("gives the fragment that a refresh loads, with the title", async () => {
    const answer = await pageRoutes(cannedDeps()).request("/fragment?show=fail");
    expect(decodeURIComponent(answer.headers.get("X-Page-Title") ?? "")).toBe("(2) Mailgauge");
    const text = await answer.text();
    expect(text).not.toContain("<html");
    expect(text.match(/<article/g)).toHaveLength(1);
  });

  it.each([
    ["/assets/style.css", "text/css"],
    ["/assets/script.js", "text/javascript"],
    ["/assets/icon.svg", "image/svg+xml"],
  ])("serves %s", async (path, type) => {
    const answer = await pageRoutes(cannedDeps()).request(path);
    expect(answer.headers.get("Content-Type")).toContain(type);
    expect((await answer.text()).length).toBeGreaterThan(100);
  });
});

describe("the panel", () => {
  const post = (panel: FaultPanel, path: string, body: Record<string, string> = {}) =>
    pageRoutes(cannedDeps({ panel })).request(path, { method: "POST", body: new URLSearchParams(body) });

  it("switches a fault on and off, and goes back to the page", async () => {
    const panel = cannedPanel();
    const active = () => panel.faults().flatMap(({ id, active }) => (active ? [id] : []));
    const answer = await post(panel, "/lab/faults/refuse", { on: "true" });
    expect(answer.status).toBe(303);
    expect(answer.headers.get("Location")).toBe("/");
    expect(active()).toEqual(["refuse"]);
    await post(panel, "/lab/faults/expired", { on: "true" });
    await post(panel, "/lab/faults/refuse", { on: "false" });
    expect(active()).toEqual(["expired"]);
    await post(panel, "/lab/reset");
    expect(active()).toEqual([]);
  });

  it("passes on the fields that the fault has, and no others", async () => {
    const asked: unknown[] = [];
    const panel: FaultPanel = { ...cannedPanel(), set: (...args) => Promise.resolve(void asked.push(args)) };
    await post(panel, "/lab/faults/slow", { on: "true", delayMs: "80", phase: "rcpt", text: "x" });
    expect(asked).toEqual([["slow", true, { delayMs: "80" }]]);
  });

  it("says what is wrong with a value", async () => {
    const answer = await post(cannedPanel(), "/lab/faults/slow", { on: "true", delayMs: "soon" });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain("Slow phase: the delay is not a number of milliseconds");
  });

  it("knows no other faults, takes no large forms, and is not there outside the demo", async () => {
    expect((await post(cannedPanel(), "/lab/faults/nothing", { on: "true" })).status).toBe(404);
    expect((await post(cannedPanel(), "/lab/faults/slow", { delayMs: "x".repeat(20_000) })).status).toBe(413);
    const outside = await pageRoutes(cannedDeps()).request("/lab/reset", { method: "POST" });
    expect(outside.status).toBe(404);
    expect(await page()).not.toContain("Break something");
  });
});
