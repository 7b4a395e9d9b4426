import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createProbes } from "../probes/index.ts";
import { configPage } from "../scripts/config-page.ts";
import {
  configJsonSchema,
  formatProblem,
  loadConfig,
  parseConfig,
  printConfig,
} from "../src/config/index.ts";
import { fakeProbes } from "./config/fake-probes.ts";

/** Each bad example stands beside the exact text that a user sees for it: what is written there is a promise. */
const FOLDER = "test/config/bad";
const ENV = { RELAY_PASSWORD: "secret-of-the-test", SET_TO_NOTHING: "" };

const files = readdirSync(FOLDER);
const namesWith = (extension: string) =>
  files.filter((file) => file.endsWith(extension)).map((file) => file.slice(0, -extension.length));
const bad = namesWith(".yml");

describe("bad examples", () => {
  it("each have the text that they must give", () => {
    expect(bad.length).toBeGreaterThanOrEqual(25);
    expect(namesWith(".txt")).toEqual(bad);
  });

  it.each(bad)("%s", (name) => {
    const result = loadConfig(`${FOLDER}/${name}.yml`, {
      probes: fakeProbes,
      env: ENV,
      machineHelo: () => "probe.example.com",
    });
    const text = result.ok ? "" : result.problems.map((problem) => `${formatProblem(problem)}\n`).join("");
    expect(text).toBe(readFileSync(`${FOLDER}/${name}.txt`, "utf8"));
    expect(text).not.toContain("secret-of-the-test");
  });
});

const examples = readdirSync("examples").filter((file) => file.endsWith(".yml"));
const deps = {
  probes: createProbes(),
  // Any variable and any file beside the example is there; the value is one that fits everywhere.
  env: new Proxy({}, { get: () => "secret-value" }),
  readFile: (path: string) => (path.startsWith("examples/") ? readFileSync(path, "utf8") : "secret-value\n"),
};

describe("examples", () => {
  it("are there", () => {
    expect(examples).toContain("full.yml");
  });

  it.each(examples)("%s is a configuration without a problem, and has something to watch", (file) => {
    const result = loadConfig(`examples/${file}`, deps);
    expect(result.ok ? [] : result.problems.map(formatProblem)).toEqual([]);
    expect(result.ok ? result.config.jobs.length : 0).toBeGreaterThan(0);
  });

  it.each(examples)("%s prints as a configuration that watches the same, without its secrets", (file) => {
    const result = loadConfig(`examples/${file}`, deps);
    if (!result.ok) throw new Error("has problems");
    const text = printConfig(result.config);
    expect(text).not.toContain("secret-value");
    const again = parseConfig(text.replaceAll('"[redacted]"', "redacted"), "printed.yml", deps);
    expect(again.ok ? [] : again.problems.map(formatProblem)).toEqual([]);
    const ids = result.config.jobs.map(({ id, schedule, timeoutMs }) => ({ id, schedule, timeoutMs }));
    expect(
      again.ok ? again.config.jobs.map(({ id, schedule, timeoutMs }) => ({ id, schedule, timeoutMs })) : [],
    ).toEqual(ids);
  });

  it("full.yml names every section", () => {
    const text = readFileSync("examples/full.yml", "utf8");
    const sections = Object.keys(configJsonSchema().properties ?? {});
    expect(sections.filter((section) => !new RegExp(`^${section}:`, "m").test(text))).toEqual([]);
  });
});

describe("docs/configuration.md", () => {
  const page = readFileSync("docs/configuration.md", "utf8");

  it("is what the schema says: else run `make docs`", () => {
    expect(page).toBe(configPage());
  });

  it("shows problems as they are really told", () => {
    const text =
      "relays:\n  - name: eu\n    url: submission://relay.example.com\n    timeot: 10s\n    auth: { password: { env: RELAY_PASSWORD }, username: probe }\n";
    const result = parseConfig(text, "mailgauge.yml", { probes: fakeProbes, env: {} });
    const shown = /^```text\n(.*?)```/ms.exec(page)?.[1];
    expect(result.ok ? "" : result.problems.map((problem) => `${formatProblem(problem)}\n`).join("")).toBe(
      shown,
    );
  });
});
