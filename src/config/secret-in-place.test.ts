import { describe, expect, it } from "vitest";
import { fakeProbes } from "../../test/config/fake-probes.ts";
import { parseTarget } from "./bare-target.ts";
import { type ConfigDeps, parseConfig } from "./load.ts";
import { formatProblem } from "./problem.ts";

const deps: ConfigDeps = { probes: fakeProbes, env: {}, machineHelo: () => "probe.test" };
const SECRET = "canary-Zq7 wx";

const relay = (more: string, url = "smtp://a.example.com"): string =>
  `relays: [{ name: eu, url: '${url}', ${more} }]`;

describe("a secret in the wrong place", () => {
  it.each([
    ["in place of the mapping around it", relay(`auth: '${SECRET}'`), "is not a mapping"],
    [
      "as the name of a variable",
      relay(`auth: { username: u, password: { env: '${SECRET}' } }`),
      "is not the name",
    ],
    ["in a list", relay(`auth: { username: u, password: ['${SECRET}'] }`), "is no secret"],
    ["in a URL", relay("to: a@x.test", `smtp://u:${SECRET}@a.example.com`), "the URL holds a user name"],
    [
      "in a URL without a scheme",
      relay("to: a@x.test", `u:${SECRET}@a.example.com`),
      "the URL has no scheme",
    ],
    ["in an address", relay(`to: 'u:${SECRET}@a.example.com'`), "is not a mail address"],
  ])("is not repeated: %s", (_where, text, said) => {
    const result = parseConfig(text, "m.yml", deps);
    const problems = result.ok ? [] : result.problems.map(formatProblem);
    expect(problems.join("\n")).toContain(said);
    expect(problems.join("\n")).not.toContain("canary");
  });

  it.each([
    ["with a scheme", `smtp://u:${SECRET}@host`, "smtp://[redacted]@host"],
    ["without", `u:${SECRET}@host:587`, "[redacted]@host:587"],
    ["is no address without a password", "seed@example.com", "seed@example.com"],
  ])("of a bare target is not repeated: %s", (_how, target, shown) => {
    const result = parseTarget(target, deps);
    expect(result.ok ? "" : result.problems.map(formatProblem).join()).toContain(shown);
    expect(JSON.stringify(result)).not.toContain("canary");
  });
});
