import { describe, expect, it } from "vitest";
import { cannedDeps } from "../../test/browser/canned.ts";
import { capacityRun, steadyRun } from "../../test/support/load-run.ts";
import type { LoadRun } from "../model/load-run.ts";
import { type LoadRunSummary, LoadRunStoreError } from "../store/load-runs.ts";
import type { LoadRunReader } from "../store/load-run-reader.ts";
import { loadRunSchema, loadRunsAnswer } from "./api/load-run-schemas.ts";
import { errorAnswer } from "./api/schemas.ts";
import { createApp } from "./app.ts";
import { openWebLayer } from "./web-config/layer.ts";

const RUNS = [steadyRun(), capacityRun()];

/** A reader of memory only. */
function reader(runs: readonly LoadRun[]): LoadRunReader {
  const summaries = runs.map(
    ({ id, startedAt, scenario, target, verdict, totals }): LoadRunSummary => ({
      id,
      startedAt,
      scenario,
      target: target.name,
      verdict,
      seconds: totals.seconds,
      messages: totals.messages.accepted,
      rate: totals.messages.accepted / totals.seconds,
    }),
  );
  return { last: (limit) => summaries.slice(0, limit), byId: (id) => runs.find((run) => run.id === id) };
}

const broken: LoadRunReader = {
  last: () => {
    throw new LoadRunStoreError("The file is no database.", "Move it away.");
  },
  byId: () => {
    throw new LoadRunStoreError("The file is no database.", "Move it away.");
  },
};

async function app(loadRuns?: LoadRunReader) {
  const deps = cannedDeps(loadRuns === undefined ? {} : { loadRuns });
  const stopping = new AbortController().signal;
  return createApp({ deps, web: await openWebLayer(), reload: deps.reload, stopping });
}

describe("/api/v1/load-runs", () => {
  it("lists them, and gives each whole, as the document says", async () => {
    const served = await app(reader(RUNS));
    const list = loadRunsAnswer.parse(await (await served.request("/api/v1/load-runs")).json());
    expect(list.loadRuns.map(({ id }) => id)).toEqual(["k3v9x2ab", "c4p8q1zz"]);
    const one = await served.request("/api/v1/load-runs?limit=1");
    expect(loadRunsAnswer.parse(await one.json()).loadRuns).toHaveLength(1);
    for (const run of RUNS) {
      const answer: unknown = await (await served.request(`/api/v1/load-runs/${run.id}`)).json();
      expect(loadRunSchema.parse(answer)).toEqual(JSON.parse(JSON.stringify(run)));
    }
  });

  it.each(["?limit=0", "?limit=501", "?page=2"])("%s: 400", async (query) => {
    const answer = await (await app(reader(RUNS))).request(`/api/v1/load-runs${query}`);
    expect(answer.status).toBe(400);
    expect(errorAnswer.parse(await answer.json()).error).not.toBe("");
  });

  it.each([undefined, reader([])])("has none without a store, or in an empty one", async (loadRuns) => {
    const served = await app(loadRuns);
    expect(await (await served.request("/api/v1/load-runs")).json()).toEqual({ loadRuns: [] });
    expect((await served.request("/api/v1/load-runs/k3v9x2ab")).status).toBe(404);
    expect((await served.request("/load-runs/k3v9x2ab")).status).toBe(404);
    expect(await (await served.request("/")).text()).not.toContain("Load tests");
  });

  it("says what is wrong with the database, and the page still stands", async () => {
    const served = await app(broken);
    for (const path of ["/api/v1/load-runs", "/api/v1/load-runs/x", "/load-runs/x"]) {
      const answer = await served.request(path);
      expect(answer.status).toBe(503);
      expect(await answer.text()).toContain("The file is no database. Move it away.");
    }
    const page = await served.request("/");
    expect(page.status).toBe(200);
    expect(await page.text()).toContain("The file is no database. Move it away.");
  });
});

describe("the report of a load test", () => {
  it("is served under its own policy, the other pages under theirs", async () => {
    const served = await app(reader(RUNS));
    const answer = await served.request("/load-runs/c4p8q1zz");
    expect(answer.status).toBe(200);
    const policy = answer.headers.get("Content-Security-Policy") ?? "";
    expect(policy).toMatch(/^default-src 'none'; style-src 'sha256-/);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain("unsafe");
    expect(answer.headers.get("X-Content-Type-Options")).toBe("nosniff");
    expect(await answer.text()).toContain("Sustains 2,000 messages/s");
    const page = await served.request("/");
    expect(page.headers.get("Content-Security-Policy")).toContain("style-src 'self'");
  });

  it("is linked from the status page", async () => {
    const text = await (await (await app(reader(RUNS))).request("/")).text();
    expect(text).toContain('href="/load-runs/c4p8q1zz"');
    expect(text).toContain("1,198/s");
  });
});
