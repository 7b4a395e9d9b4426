import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { capacityRun, steadyRun } from "../test/support/load-run.ts";
import { loadConfig } from "./config/index.ts";
import { openLoadtests } from "./loadtests.ts";
import { compareRuns } from "./loadtest/compare.ts";
import { configDeps } from "./toolkit.ts";

const folder = mkdtempSync(join(tmpdir(), "mailgauge-loadtests-"));
const loadtests = openLoadtests(undefined);
const config = file("mailgauge.yml", "loadtest: { owned: [relay.example.com, sink.example.com] }\n");
afterAll(async () => {
  await loadtests.close();
  rmSync(folder, { recursive: true, force: true });
});

function owned(): ReturnType<typeof openLoadtests> {
  const result = loadConfig(config, configDeps);
  if (!result.ok) throw new Error("the configuration of this test is wrong");
  return openLoadtests(result.config);
}

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe("a parameter", () => {
  const script = file("mine.js", "export default () => {};\n");
  const order = (parameters: Readonly<Record<string, string>>) =>
    loadtests.kubernetes({
      scenario: script,
      relay: "smtp://127.0.0.1:2525",
      bare: {},
      parameters,
      processes: 1,
      image: "k6",
      namespace: undefined,
    });

  it.each(["K6_NO_THRESHOLDS", "K6_BLACKLIST_IPS", "K6_PROMETHEUS_RW_PASSWORD"])(
    "%s is one of k6 itself, which no script has to know",
    async (name) => {
      await expect(order({ [name]: "canary" })).rejects.toMatchObject({
        message: `${name} is a setting of k6, and no parameter of a scenario`,
        hint: "Write it into the options of the script, where it is one that mailgauge leaves to it.",
      });
    },
  );
});

describe("the sink of a load test in a cluster", () => {
  const order = (sink: string) =>
    owned().kubernetes({
      scenario: "delivery",
      relay: "smtp://relay.example.com",
      bare: {},
      parameters: { SINK_URL: sink },
      processes: 1,
      image: "k6",
      namespace: undefined,
    });

  it("must be listed, as the relay", async () => {
    expect(await order("http://sink.example.com:9826")).toContain("kind: TestRun");
    await expect(order("http://other.example.com:9826")).rejects.toThrow(
      "other.example.com is not listed as yours",
    );
  });

  it("has no password, and none is repeated", async () => {
    await expect(order("http://me:canary@sink.example.com")).rejects.toThrow(
      /^SINK_URL: this is no URL of a sink, which has neither a user nor a password$/,
    );
  });
});

describe("an earlier run", () => {
  it.each([
    ["steady", steadyRun()],
    ["capacity", capacityRun()],
  ])("is what --json has written: %s", (name, run) => {
    const path = file(`${name}.json`, JSON.stringify({ ...run, comparison: compareRuns(run, run) }));
    expect(loadtests.earlier(path)).toMatchObject(run);
  });

  const { intervals: _, ...without } = steadyRun();
  it.each([
    ["nothing", "null", /is no run that this version knows/],
    ["a run of a later version", JSON.stringify({ ...steadyRun(), version: 2 }), /knows: version: /],
    ["an object that only says its version", '{"version":1}', /knows: id: /],
    ["a run without its intervals", JSON.stringify(without), /knows: intervals: /],
    ["no JSON", "<html>", /cannot be read: /],
  ])("is not %s, and that is found out before the relay is loaded", (_name, text, message) => {
    expect(() => loadtests.earlier(file("bad.json", text))).toThrow(message);
  });
});
