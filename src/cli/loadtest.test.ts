import { describe, expect, it } from "vitest";
import { fakeLoadtests } from "../../test/support/loadtests.ts";
import { steadyRun } from "../../test/support/load-run.ts";
import { CliError } from "./exit.ts";
import type { CliIo } from "./io.ts";
import { runCli } from "./program.ts";
import type { LoadtestRequest, Loadtests, Services } from "./services.ts";

/** Runs one command line; a run is asked for and never made. */
async function run(args: string[], changes: Partial<Loadtests> = {}) {
  const asked: LoadtestRequest[] = [];
  let out = "";
  let err = "";
  const loadtests = fakeLoadtests({
    run: async (request) => {
      asked.push(request);
      throw new CliError("asked");
    },
    ...changes,
  });
  const io: CliIo = {
    env: { MAILGAUGE_CONFIG: "m.yml" },
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    outIsTerminal: false,
    errIsTerminal: false,
    columns: 80,
    onStop: () => () => {},
  };
  const services = { openLoadtests: async () => loadtests } as Partial<Services> as Services;
  const code = await runCli(["loadtest", ...args], { version: "0", load: async () => services, io });
  return { code, out, err, request: asked[0] };
}

describe("mailgauge loadtest", () => {
  it.each(["--html", "--junit"])(
    "finds out that %s cannot be written before there is any load",
    async (flag) => {
      const path = "/nowhere/report";
      const { code, err, request } = await run(["smoke", "--relay", "eu", flag, path]);
      expect(request).toBeUndefined();
      expect(code).toBe(64);
      expect(err).toContain(`cannot write ${path}: there is no such folder`);
    },
  );

  it("makes parameters of its options; -e wins over them, and they over a profile", async () => {
    const args = [
      "throughput",
      "--relay",
      "eu",
      "--rate",
      "200",
      "--p99",
      "500ms",
      "--profile",
      "p.yml",
      "-e",
      "RATE=300",
      "-e",
      "STALL=2s",
    ];
    const { request } = await run(args, { profile: () => ({ RATE: "1", SIZE: "2KB", P99: "1s" }) });
    expect(request).toEqual({
      scenario: "throughput",
      relay: "eu",
      bare: {},
      parameters: { RATE: "300", SIZE: "2KB", P99: "500ms", STALL: "2s" },
      processes: 1,
    });
  });

  it.each([
    [["smoke", "--sink"], "accept"],
    [["smoke", "--sink", "slow"], "slow"],
  ])("takes a sink in place of a relay: %j", async (args, sink) => {
    expect((await run(args)).request).toMatchObject({ scenario: "smoke", sink });
  });

  it("hands envelope, log-in and limits on", async () => {
    const args = [
      "smoke",
      "--relay",
      "smtp://127.0.0.1",
      "--to",
      "a@load.test",
      "--to",
      "b@load.test",
      "--helo",
      "x.test",
      "--username",
      "u",
      "--password-env",
      "P",
      "--max-refusals",
      "0.2",
      "--processes",
      "4",
      "--prometheus",
      "http://p",
    ];
    expect((await run(args)).request).toMatchObject({
      bare: { to: ["a@load.test", "b@load.test"], helo: "x.test", username: "u", passwordEnv: "P" },
      maxRefusals: 0.2,
      processes: 4,
      prometheus: "http://p",
    });
  });

  it.each<[string[], string]>([
    [
      [],
      "mailgauge: no scenario is named\n→ `mailgauge loadtest --list` shows them; smoke is the first to run.\n",
    ],
    [
      ["smoke"],
      "mailgauge: no relay is named\n→ Give --relay a configured name, or a URL such as smtp://127.0.0.1:2525; or --sink, to try it without one.\n",
    ],
    [
      ["smoke", "--relay", "eu", "-e", "rate=1"],
      "mailgauge: option '-e, --env <name=value>' argument 'rate=1' is invalid. Write NAME=VALUE with a name in capitals, such as RATE=100.\n(see mailgauge loadtest --help)\n",
    ],
    [
      ["smoke", "--relay", "eu", "--max-refusals", "50%"],
      "mailgauge: option '--max-refusals <share>' argument '50%' is invalid. Give a share from 0 to 1, such as 0.2.\n(see mailgauge loadtest --help)\n",
    ],
    [
      ["smoke", "--relay", "eu", "--processes", "0"],
      "mailgauge: option '--processes <n>' argument '0' is invalid. Give a whole number from 1 to 64.\n(see mailgauge loadtest --help)\n",
    ],
    [
      ["smoke", "--relay", "eu", "--sink"],
      "mailgauge: --sink takes the place of --relay\n→ Leave one of them out; a sink behind a relay is started by itself: -e SINK_URL=URL tells of it.\n",
    ],
    [
      ["--verdict", "x"],
      "mailgauge: --verdict asks Prometheus, and none is named\n→ Give --prometheus its URL.\n",
    ],
  ])("refuses %j", async (args, text) => {
    expect(await run(args)).toMatchObject({ code: 64, err: text, out: "" });
  });

  it("looks for the earlier run before it loads anybody", async () => {
    const earlier = (): never => {
      throw new CliError("no such run");
    };
    const { request, err } = await run(["smoke", "--relay", "eu", "--compare", "x"], { earlier });
    expect(request).toBeUndefined();
    expect(err).toBe("mailgauge: no such run\n");
  });

  it("lists the runs that are kept, in the database of the command line", async () => {
    const summary = {
      id: "k3v9x2ab",
      startedAt: "2026-11-22T13:40:00.000Z",
      scenario: "throughput",
      target: "relay-eu",
      verdict: "warn",
      seconds: 60,
      messages: 72_000,
      rate: 1198,
    } as const;
    const runs = (store?: string) => (store === "runs.db" ? [summary] : []);
    expect((await run(["--runs", "--store", "runs.db"], { runs })).out).toBe(
      `  run       began (UTC)       scenario    relay     lasted  messages
! k3v9x2ab  2026-11-22 13:40  throughput  relay-eu  1 min   1,198/s accepted

One of them again: mailgauge loadtest --show RUN
`,
    );
    expect(JSON.parse((await run(["--runs", "--store", "runs.db", "--json"], { runs })).out)).toEqual([
      summary,
    ]);
    expect((await run(["--runs"], { runs })).out).toBe("No load test is kept yet.\n");
  });

  it("shows a kept run again, with its exit code, and keeps it no second time", async () => {
    const asked: unknown[] = [];
    const earlier = (id: string, store?: string) => {
      asked.push([id, store]);
      return steadyRun({ id, overrides: { verdict: "fail" } });
    };
    const keep = () => expect.unreachable("kept already");
    const args = ["--show", "aaaaaaaa", "--compare", "bbbbbbbb", "--store", "runs.db"];
    const { code, out } = await run(args, { earlier, keep });
    expect(asked).toEqual([
      ["aaaaaaaa", "runs.db"],
      ["bbbbbbbb", "runs.db"],
    ]);
    expect(code).toBe(2);
    expect(out).toMatch(/FAIL {2}throughput[^]*Comparison[^]* bbbbbbbb/);
    const json = await run([...args, "--json"], { earlier, keep });
    expect(JSON.parse(json.out)).toMatchObject({
      id: "aaaaaaaa",
      comparison: { before: { id: "bbbbbbbb" } },
    });
  });

  it("asks Prometheus for the verdict on a run of others", async () => {
    const objectives = [{ metric: "m", expression: "count==0 (3)", ok: false }];
    const verdict = async () => ({ verdict: "fail", objectives }) as const;
    const args = ["--verdict", "abcd1234", "--prometheus", "http://p"];
    expect(await run(args, { verdict })).toMatchObject({ code: 2, out: "✗ m count==0 (3)\n" });
    expect(JSON.parse((await run([...args, "--json"], { verdict })).out)).toEqual({
      verdict: "fail",
      objectives,
    });
  });

  it("lists scenarios, and the parameters of one", async () => {
    const smoke = {
      name: "smoke",
      path: "",
      summary: "A few.",
      description: "More.",
      parameters: [{ name: "SIZE", default: "1KB", text: "size of a message" }],
      known: ["SIZE"],
    };
    const lists = { list: () => [smoke], scenario: () => smoke };
    expect((await run(["--list"], lists)).out).toBe(
      "  smoke  A few.\n\nParameters of one: mailgauge loadtest --list SCENARIO\n",
    );
    expect((await run(["--list", "smoke"], lists)).out).toBe(
      "smoke  A few.\n\nMore.\n\nParameters (-e NAME=VALUE) and their defaults:\n  SIZE  1KB  size of a message\n",
    );
  });
});
