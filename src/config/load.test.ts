import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { fakeProbes } from "../../test/config/fake-probes.ts";
import type { Config } from "./config.ts";
import { type ConfigDeps, loadConfig, parseConfig } from "./load.ts";
import { formatProblem } from "./problem.ts";

const SECRET = "hunter2-of-the-test";

/** Files by absolute path; anything else is not there. */
function filesOf(files: Readonly<Record<string, string | Uint8Array>>) {
  return (path: string) => {
    const content = files[path];
    if (content === undefined) throw Object.assign(new Error("no"), { code: "ENOENT" });
    return content;
  };
}

function depsWith(more: Partial<ConfigDeps> = {}): ConfigDeps {
  return {
    probes: fakeProbes,
    env: { PW: SECRET },
    readFile: filesOf({}),
    machineHelo: () => "probe.test",
    ...more,
  };
}

function good(text: string, more?: Partial<ConfigDeps>, file = "/etc/mailgauge/mailgauge.yml"): Config {
  const result = parseConfig(text, file, depsWith(more));
  if (!result.ok) throw new Error(result.problems.map(formatProblem).join("\n"));
  return result.config;
}

function bad(text: string, more?: Partial<ConfigDeps>): string[] {
  const result = parseConfig(text, "m.yml", depsWith(more));
  return result.ok ? [] : result.problems.map(formatProblem);
}

describe("a relay", () => {
  it("is filled from its entry, the defaults and its scheme", () => {
    const { relays } = good(`
defaults: { helo: probe1.example.com, from: probe@example.com }
relays:
  - name: eu
    url: submission://Relay.Example.com
    auth: { username: probe, password: { env: PW } }
    to: seed@example.net
    tls: { server_name: mx.example.com, min_version: TLSv1.3 }
    labels: { site: fra1 }
    source_address: 192.0.2.1
    family: 4
`);
    expect(relays).toEqual([
      {
        kind: "relay",
        name: "eu",
        labels: { site: "fra1" },
        scheme: "submission",
        host: "relay.example.com",
        port: 587,
        helo: "probe1.example.com",
        from: "probe@example.com",
        to: ["seed@example.net"],
        auth: { username: "probe", password: expect.anything(), allowCleartext: false },
        tls: { serverName: "mx.example.com", minVersion: "TLSv1.3", verify: true, starttls: "required" },
        sourceAddress: "192.0.2.1",
        family: 4,
      },
    ]);
    expect(relays[0]?.auth?.password?.reveal()).toBe(SECRET);
  });

  it.each([
    ["", "tls"],
    ["to: a@example.net", "rcpt"],
    ["auth: { username: u, password: x }", "auth"],
    ["tls: { starttls: never }", "ehlo"],
    ["expect: refuse_relay", "rcpt"],
    ["expect: refuse_credentials", "auth"],
    ["depth: banner, to: a@example.net", "banner"], // what is said is done
  ])("with { %s } goes as far as %s", (keys, depth) => {
    const { jobs } = good(`relays: [{ name: eu, url: "smtp://relay.example.com", ${keys} }]`);
    expect(jobs.find((job) => job.probe === "smtp")?.options).toMatchObject({ depth });
  });

  it.each([
    ["", "", ""], // the null reverse-path
    ["from: d@example.com", "", "d@example.com"],
    ["from: d@example.com", 'from: ""', ""],
    ["", "auth: { username: u@example.com, password: x }", "u@example.com"], // whom the login may speak for
    ["", "auth: { username: u, password: x }", ""],
    ["from: d@example.com", "auth: { username: u@example.com, password: x }", "d@example.com"],
  ])("with defaults { %s } and { %s } sends from %j", (defaults, keys, from) => {
    const config = good(`
defaults: { ${defaults} }
relays: [{ name: eu, url: "submission://relay.example.com", ${keys} }]`);
    expect(config.relays[0]?.from).toBe(from);
  });
});

describe("jobs", () => {
  it("are one for each probe of each entry, each at its own pace", () => {
    const { jobs } = good(`
relays:
  - { name: eu, url: "smtp://a.example.com" }
  - { name: slow, url: "smtp://b.example.com", interval: 1h, timeout: 30s }
  - { name: timed, url: "smtp://c.example.com", cron: "*/5 * * * *" }
  - { name: local, url: "lmtp://d.example.com" }
  - { name: certificate, url: "smtp://e.example.com", probes: [tls] }
  - { name: hurry, url: "smtp://f.example.com", probes: [tls], interval: 30s }
domains: [example.com]
addresses: [192.0.2.10]
`);
    expect(jobs.map(({ id, schedule, timeoutMs }) => [id, schedule, timeoutMs])).toEqual([
      ["smtp/relay/eu", { everyMs: 60_000 }, 15_000],
      ["tls/relay/eu", { everyMs: 600_000 }, 15_000],
      ["smtp/relay/slow", { everyMs: 3_600_000 }, 30_000],
      ["tls/relay/slow", { everyMs: 3_600_000 }, 30_000],
      ["smtp/relay/timed", { cron: "*/5 * * * *" }, 15_000],
      ["tls/relay/timed", { cron: "*/5 * * * *" }, 15_000],
      ["smtp/relay/local", { everyMs: 60_000 }, 15_000],
      ["tls/relay/certificate", { everyMs: 600_000 }, 15_000],
      ["tls/relay/hurry", { everyMs: 30_000 }, 15_000],
      ["mx/domain/example.com", { everyMs: 300_000 }, 15_000],
      ["blocklist/address/192.0.2.10", { everyMs: 1_800_000 }, 15_000],
    ]);
  });

  it("run the probes that the entry chooses, with its own options for each", () => {
    const { jobs } = good(`
relays:
  - name: eu
    url: smtp://a.example.com
    probes: [tls]
    options: { tls: { certificate_warn_days: 30 } }
`);
    expect(jobs.map(({ id, options }) => [id, options])).toEqual([
      ["tls/relay/eu", { certificate_warn_days: 30 }],
    ]);
  });

  it("take a probe that this folder knows nothing of", () => {
    const smtp = fakeProbes.get("smtp");
    if (smtp === undefined) throw new Error("no smtp");
    const spf = { ...smtp, kind: "spf", subject: "domain" as const, parseOptions: (input: unknown) => input };
    const { jobs } = good(
      "domains: [{ name: example.com, probes: [spf], options: { spf: { limit: 10 } } }]",
      {
        probes: new Map([...fakeProbes, ["spf", spf]]),
      },
    );
    expect(jobs).toMatchObject([{ id: "spf/domain/example.com", options: { limit: 10 } }]);
  });

  it("hand the lists to the probe, with their keys as secrets", () => {
    const { jobs, blocklists } = good(`
addresses: [192.0.2.10]
blocklists: [{ preset: spamhaus-zen, key: { env: PW } }, { zone: bl.example.org, min_interval: 1h30m }]
`);
    expect(blocklists).toEqual([
      { preset: "spamhaus-zen", key: expect.anything() },
      { zone: "bl.example.org", min_interval: "5400s" },
    ]);
    expect(jobs[0]?.options).toEqual({ lists: blocklists });
  });
});

describe("values from elsewhere", () => {
  const text =
    'relays: [{ name: eu, url: "submission://a.example.com", auth: { username: u, password: { file: pw } } }]';
  const passwordIn = (config: Config) => config.relays[0]?.auth?.password?.reveal();

  it.each([
    [`${SECRET}\n`, SECRET],
    [`${SECRET}\r\n`, SECRET],
    [`${SECRET}\n\n`, `${SECRET}\n`], // one newline is the editor's, two are meant
    [` ${SECRET} `, ` ${SECRET} `],
  ])("a file with %j", (content, password) => {
    const readFile = filesOf({ "/etc/mailgauge/pw": content });
    expect(passwordIn(good(text, { readFile }))).toBe(password);
  });

  it("are read again on each load", () => {
    const files = { "/etc/mailgauge/pw": "old" };
    const readFile = filesOf(files);
    expect(passwordIn(good(text, { readFile }))).toBe("old");
    files["/etc/mailgauge/pw"] = "new";
    expect(passwordIn(good(text, { readFile }))).toBe("new");
  });

  it("may be any text that says so, and are checked like it", () => {
    const env = {
      URL: "submissions://[::1]:4650",
      FROM: "a@example.com",
      TO: "b@example.com",
      USER: "u",
      PW: SECRET,
    };
    const { relays } = good(
      "relays: [{ name: eu, url: { env: URL }, from: { env: FROM }, to: [{ env: TO }], auth: { username: { env: USER }, password: { env: PW } } }]",
      { env },
    );
    expect(relays[0]).toMatchObject({
      host: "::1",
      port: 4650,
      from: "a@example.com",
      to: ["b@example.com"],
    });
    expect(bad("relays: [{ name: eu, url: { env: PW } }]")).toEqual([
      expect.stringContaining("1:27 relays[0].url: the value of the environment variable PW has no scheme;"),
    ]);
  });

  it("do not make a label named env one of them", () => {
    const { relays } = good('relays: [{ name: eu, url: "smtp://a.example.com", labels: { env: prod } }]');
    expect(relays[0]?.labels).toEqual({ env: "prod" });
  });

  it("show nowhere in what is kept", () => {
    const config = good(
      'relays: [{ name: eu, url: "submission://a.example.com", auth: { username: u, password: { env: PW } } }]',
    );
    expect(JSON.stringify(config)).not.toContain(SECRET);
    expect(inspect(config, { depth: 20, showHidden: true })).not.toContain(SECRET);
  });
});

describe("problems", () => {
  it("keep their places behind items that are wrong themselves", () => {
    const found = bad(`
relays:
  - 5
  - { name: a, url: "smtp://a.example.com", cron: x }
  - true
  - { name: b, url: "smtp://b.example.com", depth: data }
  - { name: a, url: "smtp://c.example.com" }
`);
    expect(found.map((line) => line.split(";")[0])).toEqual([
      "m.yml:3:5 relays[0]: 5 is not a mapping",
      'm.yml:4:51 relays[1].cron: "x" is not a cron expression',
      "m.yml:5:5 relays[2]: true is not a mapping",
      "m.yml:6:52 relays[3].depth: depth data needs a recipient",
      'm.yml:7:13 relays[4].name: "a" is the name of another entry too',
    ]);
  });

  it("name a probe that stands twice: two jobs of one name cannot be told apart", () => {
    expect(bad('relays: [{ name: eu, url: "smtp://a.example.com", probes: [smtp, tls, smtp] }]')).toEqual([
      'm.yml:1:71 relays[0].probes[2]: "smtp" stands here twice; leave it out',
    ]);
  });

  it("do not follow from one another", () => {
    expect(
      bad(
        "relays: [{ name: eu, url: nonsense, tls: { starttls: never }, auth: { username: u, password: {} } }]",
      ),
    ).toEqual([
      expect.stringContaining("relays[0].url"),
      expect.stringContaining("relays[0].auth.password: must name exactly one source"),
    ]);
  });

  it("in what an alias or a merge key brings stand where it is written", () => {
    const found = bad(`
relays:
  - &base { name: a, url: "smtp://a.example.com", timeout: 1x }
  - { <<: *base, name: b }
`);
    expect(found.map((line) => line.split(":").slice(1, 3))).toEqual([
      ["3", "60 relays[0].timeout"],
      ["3", "60 relays[1].timeout"],
    ]);
  });

  it("of a file that is not there, or is none", () => {
    const load = (path: string, readFile?: ConfigDeps["readFile"]) => {
      const { readFile: _, ...deps } = depsWith();
      const result = loadConfig(path, readFile === undefined ? deps : { ...deps, readFile });
      return result.ok ? [] : result.problems.map(formatProblem);
    };
    const remedy = "create it, or correct the path";
    expect(load("none.yml")).toEqual([`none.yml: cannot be read: there is no such file; ${remedy}`]);
    expect(load("src")).toEqual([`src: cannot be read: it is a directory; ${remedy}`]);
    expect(load("big.yml", () => "#".repeat(5_000_000))).toEqual([
      "big.yml: is larger than 4 MiB; this is not a configuration; name another file",
    ]);
    expect(load("/dev/zero")).toEqual([
      "/dev/zero: is larger than 4 MiB; this is not a configuration; name another file", // and the reading ends
    ]);
  });
});
