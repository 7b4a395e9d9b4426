import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { fakeProbes } from "../../test/config/fake-probes.ts";
import { type BareTargetOptions, parseTarget } from "./bare-target.ts";
import type { ConfigDeps } from "./load.ts";
import { formatProblem } from "./problem.ts";
import { Secret } from "../model/secret.ts";

const deps: ConfigDeps = { probes: fakeProbes, env: { PW: "hunter2" }, machineHelo: () => "probe.test" };

function jobs(target: string, options?: BareTargetOptions) {
  const result = parseTarget(target, deps, options);
  if (!result.ok) throw new Error(result.problems.map(formatProblem).join("\n"));
  return result.jobs;
}

function problems(target: string, options?: BareTargetOptions): string[] {
  const result = parseTarget(target, deps, options);
  return result.ok ? [] : result.problems.map(formatProblem);
}

describe("a bare target", () => {
  it.each([
    ["submission://relay.example.com", ["smtp/relay", "tls/relay"]],
    ["lmtp://relay.example.com", ["smtp/relay"]], // LMTP has no TLS unless told
    ["example.com", ["mx/domain", "blocklist/address"]],
    ["münchen.example", ["mx/domain", "blocklist/address"]],
    ["192.0.2.1", ["blocklist/address"]],
    ["2001:db8::1", ["blocklist/address"]],
    ["[2001:db8::1]", ["blocklist/address"]],
  ])("%s", (target, ids) => {
    expect(jobs(target).map((job) => job.id)).toEqual(ids.map((id) => `${id}/${target}`));
  });

  it("has the defaults of a configured one, and no schedule", () => {
    const [smtp] = jobs("submission://relay.example.com");
    expect(smtp).toMatchObject({
      subject: { name: "submission://relay.example.com", port: 587, helo: "probe.test", from: "", to: [] },
      options: { depth: "tls", expect: "accept" },
      timeoutMs: 15_000,
    });
    expect(smtp).not.toHaveProperty("schedule");
  });

  it("takes what the command line says", () => {
    const [smtp] = jobs("submission://relay.example.com", {
      depth: "data",
      from: "a@example.com",
      to: ["b@example.com", "c@example.com"],
      helo: "h.example.com",
      username: "u",
      passwordEnv: "PW",
      insecure: true,
      timeoutMs: 500,
      chunking: true,
      pipelined: true,
    });
    expect(smtp).toMatchObject({
      subject: {
        helo: "h.example.com",
        from: "a@example.com",
        to: ["b@example.com", "c@example.com"],
        auth: { username: "u" },
        tls: { verify: false },
      },
      options: { depth: "data", chunking: true, mode: "pipelined" },
      timeoutMs: 500,
    });
    expect(inspect(smtp, { depth: 10 })).not.toContain("hunter2");
  });

  it("is looked up in the configured lists when there are any", () => {
    const blocklists = [{ zone: "bl.example.org", key: new Secret("k") }];
    expect(jobs("192.0.2.1", { blocklists })[0]?.options).toEqual({ lists: blocklists });
    expect(jobs("192.0.2.1", { blocklists: [] })[0]?.options).toEqual(jobs("192.0.2.1")[0]?.options);
  });
});

describe("what is no target", () => {
  it.each([
    ["eu", "eu: is neither a URL, a domain nor an IP address; write smtp://eu if that is"], // or a mistyped name
    [
      "not a target",
      "not a target: is neither a URL, a domain nor an IP address; write smtp://host, submission",
    ],
    ["seed@example.com", "; write its domain, example.com"],
    [
      "relay.example.com:465",
      "relay.example.com:465: is neither a URL, a domain nor an IP address; write submissions://relay.example.com:465",
    ],
    ["", ": is empty; write smtp://host"],
    ["192.0.2.0/24", "; write one address of the network"],
    [
      "stmp://relay.example.com",
      'stmp://relay.example.com: "stmp://relay.example.com" has the unknown scheme "stmp"; did you mean smtp://?',
    ],
    [
      "smtp://u:hunter2@relay.example.com",
      "smtp://[redacted]@relay.example.com: the URL holds a user name or password;",
    ],
  ])("%j", (target, text) => {
    const [found = ""] = problems(target);
    expect(found).toContain(text);
    expect(found).not.toContain("hunter2");
  });

  it("names the option that is wrong by its key alone, and all of them", () => {
    expect(
      problems("submission://relay.example.com", { helo: "localhost", to: ["x"], depth: "dta" }),
    ).toEqual([
      expect.stringMatching(/^submission:\/\/relay\.example\.com helo: "localhost" is no argument/),
      expect.stringMatching(/^submission:\/\/relay\.example\.com depth: "dta" is not known here/),
      expect.stringMatching(/^submission:\/\/relay\.example\.com to\[0\]: "x" is not a mail address/),
    ]);
    expect(problems("submission://relay.example.com", { username: "u", passwordEnv: "NONE" })).toEqual([
      expect.stringContaining("auth.password.env: the environment variable NONE is not set"),
    ]);
  });
});
