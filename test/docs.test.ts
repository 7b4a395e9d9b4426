import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { EXIT } from "../src/cli/exit.ts";
import type { CliIo } from "../src/cli/io.ts";
import { runCli } from "../src/cli/program.ts";
import type { Services, Toolkit } from "../src/cli/services.ts";
import type { Job } from "../src/model/probe.ts";
import { createProbes } from "../probes/index.ts";
import { parseConfig } from "../src/config/load.ts";
import { fakeLoadtests } from "./support/loadtests.ts";
import { blocks, isPrometheusConfig, isSinkProfile, isWebConfig, pages, places } from "./support/docs.ts";

/** One command a line; `\` goes on to the next line, `#` starts a remark, `$ ` is a prompt. */
function commandsOf(text: string): string[] {
  return text
    .replaceAll(/\\\n\s*/g, "")
    .split("\n")
    .map((line) =>
      line
        .replace(/^\$ /, "")
        .replace(/(^|\s)#.*$/, "")
        .trim(),
    )
    .filter((line) => line !== "");
}

/** The words of a simple command, quotes taken off; what follows `|`, `&&` or `>` is another program's. */
function words(command: string): string[] {
  const found = command.match(/'[^']*'|"[^"]*"|\S+/g) ?? [];
  const end = found.findIndex((word) => ["|", "&&", ">", ";"].includes(word));
  const own = end < 0 ? found : found.slice(0, end);
  return own.map((word) => word.replaceAll(/^['"]|['"]$/g, ""));
}

const job: Job = {
  id: "smtp/relay/eu",
  subject: {
    kind: "relay",
    name: "eu",
    labels: {},
    scheme: "smtp",
    host: "x",
    port: 25,
    helo: "x",
    from: "",
    to: ["a@x"],
    tls: {},
  },
  probe: "smtp",
  options: {},
  timeoutMs: 1,
};
const kinds = ["smtp", "tls", "mx", "blocklist"];
const toolkit: Toolkit = {
  jobs: [],
  observe: async ({ subject, probe }) => ({
    id: "x",
    target: subject.name,
    probe,
    startedAt: 0,
    durationMs: 1,
    phases: [],
    evidence: {},
    findings: [],
    verdict: "pass",
  }),
  bareJobs: () => kinds.map((probe) => ({ ...job, probe })),
  causeSentence: String,
  close: async () => {},
};
const running = { url: "", hints: [], stopped: Promise.resolve(), stop: async () => {} };
const services: Services = {
  openToolkit: async () => toolkit,
  checkConfig: async () => ({ problems: [], summary: "" }),
  printConfig: async () => "",
  configSchema: async () => "",
  openLoadtests: async () => fakeLoadtests(),
  explain: async () => undefined,
  run: async () => running,
  demo: async () => running,
};

/** The command line takes it: command, options and arguments exist and have the right form. */
async function runs(args: readonly string[]): Promise<string> {
  let said = "";
  const io: CliIo = {
    env: {},
    out: () => {},
    err: (text) => void (said += text),
    outIsTerminal: false,
    errIsTerminal: false,
    columns: 80,
    onStop: () => () => {},
  };
  const code = await runCli(args, { version: "0", load: async () => services, io });
  return code === EXIT.usage ? said : "";
}

/** Programs that are not ours to try here; the sink's flags are tried in test/integration/docs-k6.test.ts. */
const OTHERS = [
  "git",
  "cd",
  "curl",
  "npm",
  "node",
  "promtool",
  "kill",
  "docker",
  "sudo",
  "mailgauge-sink",
  "xk6",
];

const makefile = readFileSync("Makefile", "utf8");
const targets = new Set([...makefile.matchAll(/^([a-z][a-z0-9-]*):/gm)].map((m) => m[1]));

describe("the pages", () => {
  it("are there, with code on them", () => {
    expect(pages.length).toBeGreaterThan(5);
    expect(blocks.length).toBeGreaterThan(8);
  });

  it("name a language for every block that this test knows how to run", () => {
    const known = new Set(["sh", "yaml", "text", "json", "promql", "ts"]);
    expect(
      blocks.filter((block) => !known.has(block.language)).map((b) => `${b.page}:${b.line} ${b.language}`),
    ).toEqual([]);
  });

  it.each(pages)("%s links only to what exists", (page) => {
    const links = [...readFileSync(page, "utf8").matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)].map(
      (m) => m[1] ?? "",
    );
    expect(links.filter((link) => !existsSync(join(dirname(page), link)))).toEqual([]);
  });
});

describe("commands in the docs", () => {
  it.each(places("sh"))("%s run", async (_place, text) => {
    for (const command of commandsOf(text)) {
      const all = words(command);
      const start = all.findIndex((word) => !/^[A-Z_]+=/.test(word));
      const [program, ...args] = all.slice(start);
      if (program === "make")
        for (const arg of args.filter((a) => !a.includes("="))) expect(targets, command).toContain(arg);
      else if (program === "mailgauge") expect(await runs(args), command).toBe("");
      else if (program === "npx" && args[0] === "mailgauge")
        expect(await runs(args.slice(1)), command).toBe("");
      else expect(OTHERS, command).toContain(program?.split("/").pop());
    }
  });
});

describe("data in the docs", () => {
  const deps = {
    probes: createProbes(),
    env: new Proxy({}, { get: () => "value" }) as NodeJS.ProcessEnv,
    readFile: () => "value\n",
  };

  // What is Prometheus' is for test/integration/docs-prometheus.test.ts, what is the sink's for docs-k6.test.ts.
  it.each(places("yaml", (text) => ![isPrometheusConfig, isSinkProfile, isWebConfig].some((is) => is(text))))(
    "%s is a configuration without a problem",
    (place, text) => {
      const result = parseConfig(text, place, deps);
      expect(result.ok ? [] : result.problems).toEqual([]);
    },
  );

  it.each(places("json"))("%s is JSON", (_place, text) => {
    expect(JSON.parse(text)).toBeTypeOf("object");
  });
});
