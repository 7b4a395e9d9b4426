import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { nearest } from "../config/nearest.ts";
import { commonParameters, findScenario, listScenarios, parseHeader } from "./scenario-list.ts";

const SHIPPED = "loadtests/scenarios";
const folder = mkdtempSync(join(tmpdir(), "mailgauge-scenarios-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the scenarios that come with Mailgauge", () => {
  const all = listScenarios(SHIPPED);

  it("are those of the guide", () => {
    expect(all.map(({ name }) => name)).toEqual([
      "auth",
      "backpressure",
      "capacity",
      "connections",
      "delivery",
      "large",
      "mixed",
      "recipients",
      "slow",
      "smoke",
      "soak",
      "spike",
      "throughput",
      "tls",
    ]);
  });

  it.each(all.map((scenario) => [scenario.name, scenario] as const))(
    "%s says what it is for, and takes parameters",
    (_name, scenario) => {
      expect(scenario.summary).toMatch(/^[A-Z].*[.?]$/);
      expect(scenario.parameters.length).toBeGreaterThan(2);
      for (const parameter of scenario.parameters) expect(parameter.text, parameter.name).not.toBe("");
    },
  );

  it("share the parameters of the target", () => {
    expect(commonParameters(SHIPPED).map(({ name }) => name)).toEqual(
      expect.arrayContaining(["SMTP_HOST", "SMTP_TLS", "PIPELINING", "METRICS"]),
    );
  });
});

describe("parseHeader", () => {
  it("reads summary, text, parameters and the limit of the guard", () => {
    const text = `import x from "y";

/**
 * One line.
 *
 * More of it,
 * on two lines.
 *
 * @param RATE 100 - messages
 *   a second - or more
 * @param NAME - no default
 * @param lower 1 - is none of ours
 * @max-refusals 0.9
 */
const a = 1;
/** Not this. */`;
    expect(parseHeader(text)).toEqual({
      summary: "One line.",
      description: "More of it,\non two lines.",
      parameters: [
        { name: "RATE", default: "100", text: "messages a second - or more" },
        { name: "NAME", default: "", text: "no default" },
      ],
      maxRefusals: 0.9,
    });
  });

  it("finds nothing where nothing is", () => {
    expect(parseHeader("export default () => {};")).toEqual({ summary: "", description: "", parameters: [] });
  });
});

describe("findScenario", () => {
  it("takes a script of one's own by its path", () => {
    const path = join(folder, "mine.js");
    writeFileSync(path, "/** Mine. */");
    expect(findScenario(path, SHIPPED, nearest)).toMatchObject({ name: "mine", path, summary: "Mine." });
  });

  it.each([
    ["capcity", 'there is no scenario "capcity"; did you mean capacity?', /^Scenarios: auth, /],
    ["xyz", 'there is no scenario "xyz"', /^Scenarios: auth, /],
    ["", 'there is no scenario ""', /^Scenarios: auth, /],
    ["./no.ts", "there is no script ./no.ts", /^Correct the path/],
    ["../lib", "there is no script ../lib", /^Correct the path/],
    ["./package.json", "./package.json is no script", /^Name a file/],
  ])("refuses %s", (given, message, remedy) => {
    const find = (): unknown => findScenario(given, SHIPPED, nearest);
    expect(find).toThrow(
      expect.objectContaining({ message, remedy: expect.stringMatching(remedy), kind: "usage" }),
    );
  });
});
