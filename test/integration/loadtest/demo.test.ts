import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startDemo } from "../../../src/demo.ts";
import { poll } from "../../support/servers/ports.ts";

let demo: Awaited<ReturnType<typeof startDemo>>;

beforeAll(async () => {
  demo = await startDemo({ listen: "127.0.0.1:0", intervalMs: 5000 });
});

afterAll(() => demo.stop());

interface Runs {
  readonly loadRuns: readonly { readonly id: string; readonly target: string; readonly verdict: string }[];
}

describe("the load test of the demo", () => {
  it("loads a relay of the lab and shows its report", { timeout: 60_000 }, async () => {
    const signal = AbortSignal.timeout(50_000);
    const run = await poll(async () => {
      const answer = await fetch(`${demo.url}/api/v1/load-runs`);
      return answer.ok ? ((await answer.json()) as Runs).loadRuns[0] : undefined;
    }, signal);
    expect(run).toMatchObject({ target: "eu", verdict: "pass" });
    const report = await fetch(`${demo.url}/load-runs/${run.id}`);
    expect(report.status).toBe(200);
    expect(await report.text()).toContain("throughput");
    expect(await (await fetch(demo.url)).text()).toContain(`/load-runs/${run.id}`);
  });

  it("leaves nothing behind, also when it is stopped while it loads", async () => {
    const other = await startDemo({ listen: "127.0.0.1:0", intervalMs: 5000 });
    const store = other.store ?? "";
    expect(existsSync(store.replace(/runs\.db$/, ""))).toBe(true);
    await other.stop();
    await other.stopped;
    expect(existsSync(store.replace(/runs\.db$/, ""))).toBe(false);
  });
});
