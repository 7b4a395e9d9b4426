import { describe, expect, it } from "vitest";
import { cannedDeps, cannedPanel } from "../../../test/browser/canned.ts";
import { createApp } from "../app.ts";
import { openWebLayer } from "../web-config/layer.ts";
import { openApiDocument } from "./openapi.ts";
import { apiRoutes } from "./routes.ts";
import { errorAnswer, observationSchema, observationsAnswer, targetsAnswer } from "./schemas.ts";

const deps = cannedDeps();
const app = apiRoutes(deps);
const json = async (path: string): Promise<unknown> => (await app.request(`/api/v1${path}`)).json();

describe("/api/v1/observations", () => {
  it("gives the newest first, a hundred unless asked for another number", async () => {
    const { observations } = observationsAnswer.parse(await json("/observations"));
    expect(observations).toHaveLength(100);
    const times = observations.map(({ startedAt }) => startedAt);
    expect(times).toEqual([...times].sort((a, b) => b - a));
  });

  it.each([
    ["?target=partner-gateway&verdict=fail&limit=1000", 3, "by target and verdict"],
    ["?probe=mx&limit=1000", 80, "by probe"],
    ["?target=nobody", 0, "nothing fits"],
    ["?limit=7", 7, "so many"],
  ])("%s: %i", async (query, expected, _reason) => {
    expect(observationsAnswer.parse(await json(`/observations${query}`)).observations).toHaveLength(expected);
  });

  it.each(["?limit=0", "?limit=1001", "?limit=x", "?verdict=bad", "?page=2"])("%s: 400", async (query) => {
    const answer = await app.request(`/api/v1/observations${query}`);
    expect(answer.status).toBe(400);
    expect(errorAnswer.parse(await answer.json()).error).not.toBe("");
  });

  it("gives one by its id, percent-encoded", async () => {
    const [job] = deps.jobs();
    const last = deps.recent.last(job?.id ?? "");
    const found = observationSchema.parse(await json(`/observations/${encodeURIComponent(last?.id ?? "")}`));
    expect(found).toEqual(JSON.parse(JSON.stringify(last)));
    const missing = await app.request("/api/v1/observations/nothing");
    expect(missing.status).toBe(404);
    expect(errorAnswer.parse(await missing.json()).error).toContain("no such observation");
  });
});

describe("/api/v1/targets", () => {
  it("gives each target once, with its probes and their state", async () => {
    const { targets } = targetsAnswer.parse(await json("/targets"));
    expect(targets.map(({ name }) => name)).toEqual([
      "relay-eu",
      "relay-us",
      "partner-gateway",
      "example.com",
      "example.org",
      "192.0.2.10",
      "2001:db8::25",
      "relay-new",
    ]);
    const us = targets.find(({ name }) => name === "relay-us");
    expect(us?.verdict).toBe("warn");
    expect(us?.jobs.map(({ probe, verdict }) => [probe, verdict])).toEqual([
      ["smtp", "pass"],
      ["tls", "warn"],
    ]);
    const failing = targets.find(({ name }) => name === "partner-gateway")?.jobs[0];
    expect(failing).toMatchObject({ cause: "certificate_expired", intervalMs: 60_000 });
    expect(targets.find(({ name }) => name === "relay-new")).not.toHaveProperty("verdict");
  });
});

describe("the OpenAPI document", () => {
  it("names every route, and no other", async () => {
    const whole = createApp({
      deps: cannedDeps({ panel: cannedPanel() }),
      web: await openWebLayer(),
      reload: deps.reload,
      stopping: new AbortController().signal,
    });
    // The page's own parts are no interface: nobody but the page may depend on them.
    const isPrivate = (path: string) => /^\/(?:assets|lab|fragment)/.test(path);
    const routes = whole.routes
      .filter(({ method, path }) => method !== "ALL" && !isPrivate(path))
      .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`);
    const { paths } = openApiDocument("1") as { paths: Record<string, Record<string, unknown>> };
    const documented = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(documented.length).toBeGreaterThan(8);
    expect([...new Set(routes)].sort()).toEqual(documented.sort());
  });

  it("is served, with ids of its own for every operation and a description for every answer", async () => {
    const document = (await json("/openapi.json")) as {
      openapi: string;
      paths: Record<
        string,
        Record<string, { operationId: string; responses: Record<string, { description: string }> }>
      >;
    };
    expect(document.openapi).toBe("3.1.0");
    const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));
    const ids = operations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { responses } of operations) {
      for (const { description } of Object.values(responses)) expect(description).not.toBe("");
    }
  });
});
