import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Observation, Verdict } from "../model/observation.ts";
import type { Job } from "../model/probe.ts";
import { fakeLoadtests } from "../../test/support/loadtests.ts";
import { CliError, EXIT } from "./exit.ts";
import type { CliIo } from "./io.ts";
import { runCli } from "./program.ts";
import type { BareOptions, Services, Toolkit } from "./services.ts";

const folder = mkdtempSync(join(tmpdir(), "mailgauge-cli-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function job(name: string, probe: string): Job {
  const subject = { kind: "address", name, labels: {}, address: name } as const;
  return { id: `${probe}/address/${name}`, subject, probe, options: {}, timeoutMs: 15_000 };
}

interface World {
  readonly verdicts?: Readonly<Record<string, Verdict>>;
  readonly problems?: readonly string[];
  readonly terminal?: boolean;
}

async function run(args: string[], world: World = {}) {
  const seen: { observed: Job[]; bare: BareOptions[]; config?: string | undefined; closed: number } = {
    observed: [],
    bare: [],
    closed: 0,
  };
  const toolkit: Toolkit = {
    jobs: [job("eu", "smtp"), job("eu", "tls")],
    observe: async (asked, options) => {
      seen.observed.push(asked);
      options?.onTranscript?.({ atMs: 1.25, side: "S", text: "220 hello" });
      return observation(asked, world.verdicts?.[asked.probe] ?? "pass");
    },
    bareJobs: (target, options) => {
      seen.bare.push(options);
      if (target === "???") throw new CliError("??? is no target", undefined, "Give a URL.");
      return [job(target, "smtp"), job(target, "blocklist")];
    },
    causeSentence: () => "it is so",
    close: async () => void seen.closed++,
  };
  const services: Services = {
    openToolkit: async (path) => {
      seen.config = path;
      return toolkit;
    },
    checkConfig: async () => ({ problems: world.problems ?? [], summary: "2 jobs" }),
    printConfig: async () => "relays: []\n",
    configSchema: async () => "{}\n",
    openLoadtests: async () => fakeLoadtests(),
    explain: async (reply) =>
      reply.startsWith("550 5.7.1")
        ? {
            cause: { code: "relay_denied", certainty: "likely", evidence: [reply], remedy: "Log in." },
            sentence: "No.",
          }
        : undefined,
    run: async () => ({ url: "http://127.0.0.1:1/", stopped: Promise.resolve(), stop: async () => {} }),
    demo: async () => ({
      url: "http://127.0.0.1:1/",
      hints: ["try this"],
      stopped: Promise.resolve(),
      stop: async () => {},
    }),
  };
  let out = "";
  let err = "";
  const io: CliIo = {
    env: {},
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    outIsTerminal: false,
    errIsTerminal: world.terminal ?? false,
    columns: 80,
    onStop: () => () => {},
  };
  const code = await runCli(args, { version: "1.2.3", load: async () => services, io });
  return { code, out, err, ...seen };
}

function observation(asked: Job, verdict: Verdict): Observation {
  return {
    id: "x",
    target: asked.subject.name,
    probe: asked.probe,
    startedAt: 0,
    durationMs: 1,
    phases: [],
    evidence: {},
    findings: [],
    verdict,
  };
}

describe("exit codes", () => {
  it.each<[string[], World, number]>([
    [["--help"], {}, 0],
    [["--version"], {}, 0],
    [["check", "eu"], {}, 0],
    [["check", "eu"], { verdicts: { tls: "warn" } }, 1],
    [["check", "eu"], { verdicts: { smtp: "fail", tls: "unknown" } }, 2],
    [["check", "eu"], { verdicts: { tls: "unknown" } }, 3],
    [["check"], {}, EXIT.usage],
    [["chekc", "eu"], {}, EXIT.usage],
    [["check", "eu", "--dept", "rcpt"], {}, EXIT.usage],
    [["check", "eu", "--depth", "deep"], {}, EXIT.usage],
    [["check", "eu", "--timeout", "soon"], {}, EXIT.usage],
    [["check", "eu", "--password-env", "A", "--password-file", "b"], {}, EXIT.usage],
    [["check", "???"], {}, EXIT.usage],
    [["check", "eu", "--probe", "mx"], {}, EXIT.usage],
    [["run"], {}, EXIT.usage],
    [["config", "check"], {}, EXIT.usage],
    [["config", "check", "a.yml"], {}, 0],
    [["config", "check", "a.yml"], { problems: ["a.yml:1:1 x: wrong"] }, EXIT.configuration],
    [["demo"], {}, 0],
    [["explain", "550", "5.7.1", "no"], {}, 0],
    [["explain", "hello"], {}, EXIT.unknown],
  ])("%j with %j is %i", async (args, world, code) => {
    expect((await run(args, world)).code).toBe(code);
  });
});

describe("errors", () => {
  it("suggest the nearest command and option, and name the next step", async () => {
    expect((await run(["chekc"])).err).toMatch(/Did you mean check\?/);
    expect((await run(["check", "eu", "--dept", "rcpt"])).err).toMatch(
      /Did you mean --depth\?[^]*mailgauge check --help/,
    );
    expect((await run(["check", "???"])).err).toBe("mailgauge: ??? is no target\n→ Give a URL.\n");
    expect((await run(["check", "eu", "--probe", "mx"])).err).toContain("There is: smtp, tls.");
    expect((await run(["run"])).err).toContain("mailgauge demo");
  });

  it.each([
    [["chekc"], "(see mailgauge --help)"],
    [["check"], "(see mailgauge check --help)"],
    [["config", "check", "a", "b"], "(see mailgauge config check --help)"],
  ])("of %j name the program, and the help that helps", async (args, help) => {
    const { err } = await run(args);
    expect(err).toMatch(/^mailgauge: /);
    expect(err).toContain(help);
  });

  it("say which target a chosen probe does not fit, also beside one that it fits", async () => {
    const { code, err, observed } = await run(["check", "eu", "192.0.2.1", "--probe", "tls"]);
    expect([code, err]).toEqual([
      EXIT.usage,
      "mailgauge: no probe tls for 192.0.2.1\n→ There is: smtp, blocklist.\n",
    ]);
    expect(observed).toEqual([]);
  });

  it("leave nothing open", async () => {
    expect((await run(["check", "???"])).closed).toBe(1);
  });
});

describe("check", () => {
  it("takes a configured name before it takes a bare target", async () => {
    const { observed } = await run(["check", "eu", "192.0.2.1"]);
    expect(observed.map(({ id }) => id)).toEqual([
      "smtp/address/eu",
      "tls/address/eu",
      "smtp/address/192.0.2.1",
      "blocklist/address/192.0.2.1",
    ]);
  });

  it("hands the options of a bare target on", async () => {
    const { bare } = await run([
      "check",
      "smtp://x",
      "--to",
      "a@x",
      "--to",
      "b@x",
      "--timeout",
      "1.5s",
      "--resolver",
      "127.0.0.1",
    ]);
    expect(bare).toEqual([{ to: ["a@x", "b@x"], timeoutMs: 1500, servers: ["127.0.0.1"] }]);
  });

  it("prints JSON and nothing else with --json", async () => {
    const { out, err } = await run(["check", "eu", "--json"], { verdicts: { smtp: "fail" } });
    expect(JSON.parse(out)).toMatchObject({
      verdict: "fail",
      observations: [{ probe: "smtp" }, { probe: "tls" }],
    });
    expect(err).toBe("");
  });

  it("writes JUnit, and says where it cannot", async () => {
    const file = join(folder, "junit.xml");
    await run(["check", "eu", "--junit", file]);
    expect(readFileSync(file, "utf8")).toContain("<testsuite ");
    const lost = await run(["check", "eu", "--junit", join(folder, "no", "x.xml")]);
    expect([lost.code, lost.err]).toEqual([EXIT.usage, expect.stringContaining("--junit")]);
  });

  it("prints the transcript to standard error with --debug", async () => {
    expect((await run(["check", "eu", "--debug"])).err).toBe("     1.3 S: 220 hello\n".repeat(2));
  });

  it("shows progress on a terminal only", async () => {
    expect((await run(["check", "eu"])).err).toBe("");
    expect((await run(["check", "eu"], { terminal: true })).err).toContain("eu: smtp …");
  });
});

describe("run", () => {
  it.each([
    [true, "mailgauge: serving http://127.0.0.1:1/\n"],
    [false, ""],
  ])("writes only records into a log that is no terminal (terminal: %s)", async (terminal, err) => {
    expect((await run(["run", "--config", "x.yml"], { terminal })).err).toBe(err);
  });
});

describe("send", () => {
  it("refuses what is not a relay", async () => {
    expect(await run(["send", "eu"])).toMatchObject({
      code: EXIT.usage,
      err: expect.stringContaining("eu is no relay\n→ Give a relay's configured name, or a URL"),
    });
  });
});

describe("explain", () => {
  it.each([["250 2.0.0 Ok: queued as 4X"], ["354 go ahead"], ["host said: 250 ok"]])(
    "has nothing to explain about %s",
    async (reply) => {
      expect(await run(["explain", reply])).toMatchObject({
        code: 0,
        out: expect.stringMatching(/^Nothing is wrong/),
      });
      expect((await run(["explain", reply, "--json"])).out).toBe("null\n");
    },
  );

  it("says so when a reply is not known", async () => {
    expect((await run(["explain", "551 250 things"])).err).toContain("that reply is not known");
  });
});

describe("blocklist", () => {
  it.each(["???", "eu"])("does not look up %s, which is nothing to list", async (subject) => {
    const { code, err } = await run(["blocklist", subject]);
    expect([code, err]).toEqual([
      EXIT.usage,
      expect.stringMatching(/^mailgauge: .* is no IP address, domain/),
    ]);
  });

  it("runs the blocklist probe alone", async () => {
    const { observed } = await run(["blocklist", "192.0.2.1"]);
    expect(observed.map(({ probe }) => probe)).toEqual(["blocklist"]);
  });
});
