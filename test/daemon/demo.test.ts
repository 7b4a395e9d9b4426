import { readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { parse } from "yaml";
import { startDemo } from "../../src/demo.ts";

let demo: Awaited<ReturnType<typeof startDemo>>;

beforeAll(async () => {
  // The load test of the demo needs k6: test/integration/loadtest/demo.test.ts.
  vi.stubEnv("K6_BINARY", "/nonexistent/k6");
  demo = await startDemo({ listen: "127.0.0.1:0", intervalMs: 2000 });
});

afterAll(() => demo.stop());

interface Relabel {
  readonly source_labels?: readonly string[];
  readonly target_label: string;
  readonly replacement?: string;
}

interface TargetGroup {
  readonly targets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

interface Target {
  readonly name: string;
  readonly verdict?: string;
  readonly jobs: readonly { readonly probe: string; readonly verdict?: string }[];
}

async function targets(): Promise<Target[]> {
  const answer = await fetch(`${demo.url}/api/v1/targets`);
  return ((await answer.json()) as { targets: Target[] }).targets;
}

const ran = (target: Target): boolean => target.jobs.every(({ verdict }) => verdict !== undefined);

/** Polls until every target looks as wanted; the test's own timeout is the bound. */
async function until(wanted: (targets: Target[]) => boolean): Promise<Target[]> {
  for (;;) {
    const now = await targets();
    if (wanted(now)) return now;
    await wait(50);
  }
}

async function press(fault: string, on: boolean): Promise<number> {
  const body = new URLSearchParams({ on: String(on) });
  const answer = await fetch(`${demo.url}/lab/faults/${fault}`, { method: "POST", body, redirect: "manual" });
  return answer.status;
}

describe("the demo", () => {
  it("watches six targets, all well", async () => {
    const all = await until((now) => now.every(ran));
    expect(all.map(({ name }) => name).sort()).toEqual([
      "asia",
      "eu",
      "lab.test",
      "outbound-1",
      "us",
      "us-closed",
    ]);
    expect(all.filter(({ verdict }) => verdict !== "pass")).toEqual([]);
  });

  it("follows a fault that is switched on in the panel, and its repair", async () => {
    expect(await press("certificate_expired", true)).toBe(303);
    const broken = await until(
      (now) =>
        now.find(({ name }) => name === "eu")?.jobs.every(({ verdict }) => verdict === "fail") === true,
    );
    expect(broken.find(({ name }) => name === "outbound-1")?.verdict).toBe("pass");
    expect(await (await fetch(demo.url)).text()).toContain("certificate has expired");
    expect(await press("certificate_expired", false)).toBe(303);
    await until((now) => now.every(({ verdict }) => verdict === "pass"));
  });

  it("gives Prometheus targets whose series the guide's relabelling keeps apart", async () => {
    const guide = readFileSync("docs/guides/prometheus.md", "utf8");
    const yaml = /```yaml\n([^`]*http_sd_configs[^]*?)```/.exec(guide)?.[1] ?? "";
    const [job] = (parse(yaml) as { scrape_configs: { relabel_configs: Relabel[] }[] }).scrape_configs;
    const groups = (await (await fetch(`${demo.url}/sd`)).json()) as TargetGroup[];
    const sets = groups.flatMap(({ targets: names, labels }) =>
      names.map((name) => {
        const all: Record<string, string> = { ...labels, __address__: name };
        for (const { source_labels, target_label, replacement } of job?.relabel_configs ?? []) {
          all[target_label] = replacement ?? (source_labels ?? []).map((label) => all[label]).join(";");
        }
        const shown = Object.entries(all).filter(([label]) => !label.startsWith("__"));
        return JSON.stringify(shown.map((pair) => pair.join("=")).toSorted());
      }),
    );
    expect(sets).toHaveLength(9);
    expect(new Set(sets).size).toBe(sets.length);
  });

  it("finds a port of its own when another demo has the usual one, and insists on one that was asked for", async () => {
    const taken = new URL(demo.url).host;
    await expect(startDemo({ listen: taken, intervalMs: 5000 })).rejects.toThrow(`${taken} is in use`);
    // Whoever has the usual port, at most one of two can get it.
    const others = await Promise.all([startDemo({ intervalMs: 5000 }), startDemo({ intervalMs: 5000 })]);
    const urls = others.map(({ url }) => url);
    await Promise.all(others.map((other) => other.stop()));
    expect(new Set(urls).size).toBe(2);
  });

  it("says where the page is and what to try", () => {
    expect(demo.hints.join("\n")).toContain(`${demo.url}/metrics`);
  });
});
