import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { prometheusVerdict } from "./prometheus-verdict.ts";

let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

/** Answers each query by the first entry whose key it contains; `seen` are the queries and log-ins. */
async function prometheus(answers: Readonly<Record<string, string>>, status = 200) {
  const seen: { query: string; login: string | undefined }[] = [];
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (text: Buffer) => void (body += text.toString()));
    request.on("end", () => {
      const query = new URLSearchParams(body).get("query") ?? "";
      seen.push({ query, login: request.headers.authorization });
      const found = Object.entries(answers).find(([part]) => query.includes(part))?.[1];
      response.writeHead(status).end(found ?? vector());
    });
  });
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

function vector(...series: readonly (readonly [value: number, outcome?: string])[]): string {
  const result = series.map(([value, outcome]) => ({
    metric: outcome === undefined ? {} : { outcome },
    value: [1, String(value)],
  }));
  return JSON.stringify({ status: "success", data: { resultType: "vector", result } });
}

const question = { id: "abcd1234", errors: 0.01 };

describe("prometheusVerdict", () => {
  it("passes a run in which all was well", async () => {
    const { url, seen } = await prometheus({
      smtp_messages_total: vector([990, "accepted"], [10, "deferred"]),
      histogram_quantile: vector([0.25]),
    });
    const login = { authorization: "Bearer x" };
    expect(await prometheusVerdict({ ...question, url, p99Ms: 500, login })).toEqual([
      { metric: "prometheus: smtp_messages not accepted", expression: "share<=0.01 (0.01)", ok: true },
      { metric: "prometheus: smtp_errors", expression: "count==0 (0)", ok: true },
      { metric: "prometheus: dropped_iterations", expression: "count==0 (0)", ok: true },
      { metric: "prometheus: smtp_message_duration", expression: "p(99)<500 (250)", ok: true },
    ]);
    expect(seen.every((one) => one.query.includes('{testid="abcd1234"}') && one.login === "Bearer x")).toBe(
      true,
    );
  });

  it("fails each objective by itself", async () => {
    const { url } = await prometheus({
      smtp_messages_total: vector([90, "accepted"], [10, "rejected"]),
      smtp_errors_total: vector([3]),
      dropped_iterations_total: vector([7]),
      histogram_quantile: vector([0.5]),
    });
    const judged = await prometheusVerdict({ ...question, url, p99Ms: 500 });
    expect(judged.map(({ ok }) => ok)).toEqual([false, false, false, false]);
  });

  it.each<[string, Readonly<Record<string, string>>, RegExp]>([
    ["knows nothing of the run", {}, /knows no messages of the run abcd1234$/],
    [
      "has no histograms",
      { smtp_messages_total: vector([1, "accepted"]) },
      /has no histogram of the run abcd1234$/,
    ],
    ["is something else", { smtp_messages_total: "<html>" }, /answers 200, and not as Prometheus does$/],
    [
      "answers another JSON",
      { smtp_messages_total: '{"data":3}' },
      /answers 200, and not as Prometheus does$/,
    ],
    [
      "refuses the query",
      { smtp_messages_total: '{"status":"error","error":"bad"}' },
      /refuses a query: bad$/,
    ],
    [
      "talks without end",
      { smtp_messages_total: "x".repeat(5_000_000) },
      /cannot be asked: the answer is longer than 4 MiB$/,
    ],
  ])("says so when Prometheus %s", async (_what, answers, message) => {
    const { url } = await prometheus(answers);
    await expect(prometheusVerdict({ ...question, url, p99Ms: 1 })).rejects.toThrow(message);
  });

  it("says so when there is none, and when it is silent", async () => {
    await expect(prometheusVerdict({ ...question, url: "http://127.0.0.1:1" })).rejects.toThrow(
      /cannot be asked: /,
    );
    server = createServer(() => {});
    await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await expect(prometheusVerdict({ ...question, url, timeoutMs: 50 })).rejects.toThrow(
      /no answer within 0\.05 s$/,
    );
  });
});
