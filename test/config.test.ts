import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { formatProblem, loadConfig } from "../src/config/index.ts";
import { fakeProbes } from "./config/fake-probes.ts";

/** Each bad example stands beside the exact text that a user sees for it: what is written there is a promise. */
const FOLDER = "test/config/bad";
const ENV = { RELAY_PASSWORD: "secret-of-the-test", SET_TO_NOTHING: "" };

const files = readdirSync(FOLDER);
const examples = files.filter((file) => file.endsWith(".yml")).map((file) => file.slice(0, -".yml".length));
const texts = files.filter((file) => file.endsWith(".txt")).map((file) => file.slice(0, -".txt".length));

describe("bad examples", () => {
  it("each have the text that they must give", () => {
    expect(examples.length).toBeGreaterThanOrEqual(25);
    expect(texts).toEqual(examples);
  });

  it.each(examples)("%s", (name) => {
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
