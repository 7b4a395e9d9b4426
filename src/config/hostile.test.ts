import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fakeProbes } from "../../test/config/fake-probes.ts";
import { parseConfig } from "./load.ts";
import { formatProblem } from "./problem.ts";

const deps = {
  probes: fakeProbes,
  env: {},
  readFile: () => "value",
  machineHelo: () => "probe.test",
};

/** Either a configuration, or problems that each stand on a line of the file. */
function check(text: string): void {
  const result = parseConfig(text, "m.yml", deps);
  if (result.ok) return;
  expect(result.problems.length).toBeGreaterThan(0);
  const lines = text.split("\n").length;
  for (const problem of result.problems) {
    expect(problem.line).toBeGreaterThanOrEqual(1);
    expect(problem.line).toBeLessThanOrEqual(lines);
    expect(formatProblem(problem)).not.toMatch(/\n/);
  }
}

const full = readFileSync("examples/full.yml", "utf8");

describe("whatever the file holds", () => {
  it("a cut or overwritten example never throws", () => {
    fc.assert(
      fc.property(fc.nat(full.length), fc.nat(40), fc.string({ maxLength: 12 }), (at, length, put) => {
        check(full.slice(0, at) + put + full.slice(at + length));
      }),
      { numRuns: 60 },
    );
  });

  it("any tree under any key never throws", () => {
    const keys =
      "defaults relays domains addresses blocklists mailboxes routes modules resolver limits server".split(
        " ",
      );
    const words =
      "name url auth password env file to labels tls interval cron probes options lists __proto__".split(" ");
    const leaf = fc.oneof(
      fc.string({ maxLength: 8 }),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.double(),
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.array(tie("tree"), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom(...words), tie("tree"), { maxKeys: 4 }),
      ),
    }));
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...keys), tree, { maxKeys: 4 }), (values) =>
        check(JSON.stringify(values)),
      ),
      { numRuns: 300 },
    );
  });

  it("any text never throws", () => {
    const yaml = fc.string({
      unit: fc.constantFrom(..."relays: \n-[]{}&*<!|>'\"%@`#?,\t ~".split("")),
      maxLength: 60,
    });
    fc.assert(fc.property(yaml, check), { numRuns: 300 });
  });

  it.each([
    ["a range that would be counted up to the end", "0-4000000000 * * * *"],
    ["a list without end", `${"1,".repeat(100_000)}1 * * * *`],
  ])("a cron expression is refused before anybody expands it: %s", (_what, cron) => {
    const text = `relays: [{ name: a, url: "smtp://a.example.com", cron: "${cron}" }]`;
    const result = parseConfig(text, "m.yml", deps);
    expect(result.ok ? [] : result.problems.map(({ message }) => message)).toEqual([
      expect.stringContaining("is not a cron expression"),
    ]);
  });

  it("two thousand relays are read, and no line is lost", () => {
    const relays = Array.from(
      { length: 2000 },
      (_, i) => `  - { name: r${i}, url: "smtp://r${i}.example.com" }`,
    );
    const result = parseConfig(`relays:\n${relays.join("\n")}\n`, "m.yml", deps);
    expect(result.ok ? result.config.jobs.length : result.problems.slice(0, 3)).toBe(4000);
  });
});
