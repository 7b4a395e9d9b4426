import { describe, expect, it } from "vitest";
import { fakeProbes } from "../../test/config/fake-probes.ts";
import { parseConfig } from "./load.ts";
import { printConfig } from "./print.ts";

const deps = {
  probes: fakeProbes,
  env: { PW: "hunter2", URL: "smtp://a.example.com" },
  readFile: () => "hunter2\n",
  machineHelo: () => "probe.test",
};

function print(text: string): string {
  const result = parseConfig(text, "m.yml", deps);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return printConfig(result.config);
}

describe("printConfig", () => {
  it("fills in what an entry inherits, in the order of the documentation", () => {
    expect(print("domains: [example.com]")).toContain(`domains:
  - name: example.com
    domain: example.com
    dkim_selectors: []
    sends_via: []
    helo: probe.test
    port: 25
    interval: 5m
    timeout: 15s
    labels: {}
    probes:
      - mx
`);
  });

  it.each([
    ["hunter2", 'password: "[redacted]"\n'],
    ["{ env: PW }", 'password: "[redacted]" # from env PW\n'],
    ["{ file: pw }", 'password: "[redacted]" # from file pw\n'],
  ])("never shows the secret of %s", (password, shown) => {
    const text = print(
      `relays: [{ name: eu, url: { env: URL }, auth: { username: u, password: ${password} } }]`,
    );
    expect(text).toContain(shown);
    expect(text).not.toContain("hunter2");
    expect(text).toContain("url:\n      env: URL\n"); // what is no secret stays a reference
  });

  it("prints what prints the same again", () => {
    const once = print(
      "relays: [{ name: eu, url: 'submissions://a.example.com', auth: { username: u, password: x }, cron: '* * * * *' }]\naddresses: ['2001:db8::1']",
    );
    expect(print(once)).toBe(once);
  });

  it("does not change what is in use", () => {
    const result = parseConfig(
      "blocklists: [{ preset: spamcop, key: { env: PW } }]\naddresses: [192.0.2.1]",
      "m.yml",
      deps,
    );
    if (!result.ok) throw new Error("has problems");
    const before = result.config.blocklists[0]?.["key"];
    printConfig(result.config);
    expect(result.config.blocklists[0]?.["key"]).toBe(before);
    expect(String(before)).toBe("[redacted]");
  });
});
