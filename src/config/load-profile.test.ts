import { describe, expect, it } from "vitest";
import { loadProfile } from "./load-profile.ts";
import { formatProblem } from "./problem.ts";

const KNOWN = ["RATE", "DURATION", "MAX_VUS", "CHUNKING"];
const read = (text: string, known: readonly string[] = KNOWN) => loadProfile("p.yml", known, () => text);

describe("loadProfile", () => {
  it("takes YAML and JSON, names in either form, and any scalar", () => {
    const parameters = { RATE: "200", DURATION: "5m", MAX_VUS: "50", CHUNKING: "yes" };
    expect(read("RATE: 200\nduration: 5m\nmax-vus: 50\nchunking: true\n")).toEqual({ ok: true, parameters });
    expect(read('{ "RATE": 200, "DURATION": "5m", "MAX_VUS": 50, "CHUNKING": "yes" }')).toEqual({
      ok: true,
      parameters,
    });
  });

  it("takes any name for a script of which nobody knows", () => {
    expect(read("anything: 1", [])).toEqual({ ok: true, parameters: { ANYTHING: "1" } });
  });

  it.each<[string, string[]]>([
    ["rat: 1", ["p.yml:1:1 rat: is no parameter of the scenario; did you mean RATE?"]],
    [
      "zzz: 1",
      ["p.yml:1:1 zzz: is no parameter of the scenario; known here: RATE, DURATION, MAX_VUS, CHUNKING"],
    ],
    ["rate: 1\nRATE: 2", ["p.yml:2:1 RATE: is RATE once more; keep one of them"]],
    ["rate: [1]", ["p.yml:1:7 rate: is not one value; write a number or a text"]],
    [
      "- 1",
      ["p.yml:1:1: is not a mapping; write parameters and values, such as { RATE: 200, DURATION: 5m }"],
    ],
    ["", ["p.yml:1:1: is not a mapping; write parameters and values, such as { RATE: 200, DURATION: 5m }"]],
  ])("says what is wrong with %j", (text, problems) => {
    const result = read(text);
    expect(result.ok ? [] : result.problems.map(formatProblem)).toEqual(problems);
  });
});
