import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { cannedDeps } from "../../test/browser/canned.ts";
import { createApp } from "./app.ts";
import type { ServerDeps } from "./types.ts";
import { openWebLayer } from "./web-config/layer.ts";

async function appWith(overrides: Partial<ServerDeps> = {}) {
  const deps = cannedDeps(overrides);
  const web = await openWebLayer();
  return createApp({ deps, web, reload: deps.reload, stopping: new AbortController().signal });
}

describe("health", () => {
  it.each([
    ["GET", "/-/healthy", true, 200, "always"],
    ["GET", "/-/healthy", false, 200, "also while it is not ready"],
    ["GET", "/-/ready", true, 200, "jobs are scheduled"],
    ["GET", "/-/ready", false, 503, "they are not yet"],
    ["POST", "/-/reload", true, 200, "as in Prometheus"],
    ["PUT", "/-/reload", true, 200, "as in Prometheus"],
    ["GET", "/-/reload", true, 405, "a link must not reload"],
    ["DELETE", "/-/reload", true, 405, "no such thing"],
    ["GET", "/nothing", true, 404, "no such page"],
  ] as const)("%s %s, ready %s: %i", async (method, path, ready, status, _reason) => {
    const app = await appWith({ ready: () => ready });
    const answer = await app.request(path, { method });
    expect(answer.status).toBe(status);
    expect(await answer.text()).not.toBe("");
  });

  it("names the methods that a reload takes", async () => {
    const answer = await (await appWith()).request("/-/reload");
    expect(answer.headers.get("Allow")).toBe("POST, PUT");
  });

  it("tells what is wrong with a configuration that it did not take", async () => {
    const app = await appWith({
      reload: () => Promise.resolve({ ok: false, problems: ["a.yml:3:1: bad", "b"] }),
    });
    const answer = await app.request("/-/reload", { method: "POST" });
    expect(answer.status).toBe(500);
    expect(await answer.text()).toBe("The old configuration stays in use:\na.yml:3:1: bad\nb\n");
  });
});

describe("/metrics", () => {
  it("answers in the text format", async () => {
    const answer = await (await appWith()).request("/metrics");
    expect(answer.headers.get("Content-Type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(await answer.text()).toContain("up 1\n");
  });
});

describe("/metrics in pieces", () => {
  async function* pieces() {
    yield "a 1\n";
    yield await Promise.resolve("b 2\n");
  }

  it("joins them", async () => {
    const answer = await (await appWith({ metrics: pieces })).request("/metrics");
    expect(answer.headers.get("Content-Type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(await answer.text()).toBe("a 1\nb 2\n");
  });

  it("compresses for a scraper that takes it", async () => {
    const headers = { "Accept-Encoding": "gzip" };
    const answer = await (await appWith({ metrics: pieces })).request("/metrics", { headers });
    expect(answer.headers.get("Content-Encoding")).toBe("gzip");
    expect(gunzipSync(await answer.arrayBuffer()).toString()).toBe("a 1\nb 2\n");
  });

  it("stops making them when the scraper goes away", async () => {
    const stopped = Promise.withResolvers<void>();
    async function* endless() {
      try {
        for (;;) yield await Promise.resolve("a 1\n");
      } finally {
        stopped.resolve();
      }
    }
    const answer = await (await appWith({ metrics: endless })).request("/metrics");
    await answer.body?.cancel();
    await expect(stopped.promise).resolves.toBeUndefined();
  });
});

describe("/sd", () => {
  it("lists every job with the module that suits it and the operator's labels", async () => {
    const answer = await (await appWith()).request("/sd");
    expect(answer.headers.get("Content-Type")).toContain("application/json");
    const groups = (await answer.json()) as { targets: string[]; labels: Record<string, string> }[];
    expect(groups).toHaveLength(10);
    expect(groups[0]).toEqual({
      targets: ["relay-eu"],
      labels: {
        team: "mail",
        site: "eu-west",
        __meta_mailgauge_kind: "relay",
        __meta_mailgauge_probe: "smtp",
        __meta_mailgauge_job: "smtp/relay/relay-eu",
        __param_module: "submission",
      },
    });
    expect(groups.map(({ labels }) => labels["__param_module"])).toEqual([
      "submission",
      "submissions",
      "smtp",
      "tls",
      "tls",
      "mx",
      "mx",
      "blocklist",
      "blocklist",
      "submission",
    ]);
  });

  it("leaves out a label whose name Prometheus would not take, or that would change the scrape", async () => {
    const [job] = cannedDeps().jobs();
    if (job === undefined) throw new Error("no job");
    const labels = { ok: "1", "not-a-name": "2", __address__: "3", __param_module: "4" };
    const app = await appWith({ jobs: () => [{ ...job, subject: { ...job.subject, labels } }] });
    const [group] = (await (await app.request("/sd")).json()) as { labels: Record<string, string> }[];
    expect(group?.labels).toMatchObject({ ok: "1", __param_module: "submission" });
    expect(Object.keys(group?.labels ?? {})).not.toContain("__address__");
    expect(Object.keys(group?.labels ?? {})).not.toContain("not-a-name");
  });

  it("is an empty list when nothing is watched", async () => {
    const answer = await (await appWith({ jobs: () => [] })).request("/sd");
    expect(await answer.json()).toEqual([]);
  });
});

describe("security", () => {
  it("forbids inline script, framing and other origins on every answer", async () => {
    const app = await appWith();
    for (const path of ["/", "/metrics", "/nothing", "/api/v1/targets"]) {
      const { headers } = await app.request(path);
      expect(headers.get("Content-Security-Policy")).toContain("default-src 'none'");
      expect(headers.get("Content-Security-Policy")).not.toContain("unsafe");
      expect(headers.get("X-Content-Type-Options")).toBe("nosniff");
      expect(headers.get("X-Frame-Options")).toBe("deny");
    }
  });

  it.each([
    [{}, 200, "a program"],
    [{ "Sec-Fetch-Site": "same-origin", Origin: "http://localhost" }, 200, "the page itself"],
    [
      { "Sec-Fetch-Site": "same-origin", Origin: "https://public.example" },
      200,
      "behind a proxy that changes Host",
    ],
    [{ "Sec-Fetch-Site": "none" }, 200, "typed by a person"],
    [{ "Sec-Fetch-Site": "cross-site" }, 403, "another site"],
    [{ "Sec-Fetch-Site": "same-site" }, 403, "a neighbour"],
    [{ Origin: "http://localhost", Host: "localhost" }, 200, "an old browser, the page itself"],
    [{ Origin: "https://evil.example", Host: "localhost" }, 403, "an old browser, another site"],
    [{ Origin: "null", Host: "localhost" }, 403, "a sandboxed frame"],
  ] as const)("POST with %j: %i", async (headers, status, _reason) => {
    const app = await appWith();
    expect((await app.request("/-/reload", { method: "POST", headers: { ...headers } })).status).toBe(status);
  });

  it.each([
    [{}, 200, "Prometheus"],
    [{ "Sec-Fetch-Site": "none" }, 200, "typed by a person"],
    [{ "Sec-Fetch-Site": "same-origin" }, 200, "the page itself"],
    [{ "Sec-Fetch-Site": "cross-site", "Sec-Fetch-User": "?1" }, 200, "a link that a person followed"],
    [{ "Sec-Fetch-Site": "cross-site" }, 403, "an image on another site: each view would send mail"],
    [{ "Sec-Fetch-Site": "same-site" }, 403, "a neighbour"],
  ] as const)("GET of a probe with %j: %i", async (headers, status, _reason) => {
    const app = await appWith();
    for (const path of ["/probe", "/%70robe"]) {
      const answer = await app.request(`${path}?target=relay-eu&module=submission`, {
        headers: { ...headers },
      });
      expect(answer.status).toBe(status);
    }
  });

  it("answers a defect with 500 and without the reason, which goes to the hook", async () => {
    const errors: unknown[] = [];
    const metrics = () => Promise.reject(new Error("secret path"));
    const answer = await (await appWith({ metrics, onError: (error) => errors.push(error) })).request(
      "/metrics",
    );
    expect(answer.status).toBe(500);
    expect(await answer.text()).not.toContain("secret");
    expect(errors).toHaveLength(1);
  });
});
