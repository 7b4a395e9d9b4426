import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isSinkProfile, places } from "../support/docs.ts";
import { runK6 } from "../support/k6.ts";
import { startSmtpSink } from "../support/servers/smtp-sink.ts";

/** What the guides say about k6: their scripts have the right types and run, and the sink takes the flags they name. */
const ROOT = resolve(import.meta.dirname, "../..");
const SINK = join(ROOT, ".cache/bin/mailgauge-sink");
const scripts = places("ts", (text) => text.includes("k6/x/smtp"));
const sinkFlags = places("sh", (text) => text.includes("mailgauge-sink")).flatMap(([place, text]) =>
  [...text.matchAll(/mailgauge-sink (.*)$/gm)].flatMap(([, line = ""]) =>
    [...line.matchAll(/--([a-z-]+)/g)].map(([, flag = ""]) => [place, flag] as const),
  ),
);

let folder: string;

beforeAll(() => {
  // Below the project, so that the types of k6 are found.
  folder = mkdtempSync(join(ROOT, "loadtests/.docs-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("k6 scripts in the docs", () => {
  it.each(scripts)("%s has the right types, and runs", async (_place, text) => {
    const script = join(folder, "script.ts");
    writeFileSync(script, text);
    const config = {
      extends: "../tsconfig.json",
      include: ["*.ts", "../k6-globals.d.ts", "../xk6-smtp/index.d.ts"],
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ ...config, exclude: [] }));
    const types = spawnSync("tsc", ["--noEmit", "-p", folder], { encoding: "utf8" });
    expect(types.stdout, types.stderr).toBe("");
    const sink = await startSmtpSink();
    try {
      const run = await runK6(script, { SMTP_PORT: sink.ports.smtp });
      expect(run.exitCode, run.log).toBe(0);
      expect(run.counts.messages["accepted"]).toBe(run.counts.iterations);
      expect(run.counts.iterations).toBeGreaterThan(0);
    } finally {
      await sink.stop();
    }
  });

  it("are there", () => {
    expect(scripts.length).toBeGreaterThan(0);
    expect(sinkFlags.length).toBeGreaterThan(2);
  });
});

describe("profiles of the sink in the docs", () => {
  it.each(places("yaml", isSinkProfile))("%s is taken", (_place, text) => {
    const file = join(folder, "profile.yml");
    writeFileSync(file, text);
    // Its standard input has ended already, and so does the sink, unless the profile is wrong.
    const flags = ["--profile", file, "--listen", "127.0.0.1:0", "--http", "off", "--until-eof"];
    const sink = spawnSync(SINK, flags, { encoding: "utf8", input: "", timeout: 10_000 });
    expect(sink.status, sink.stderr).toBe(0);
  });

  it("are there", () => {
    expect(places("yaml", isSinkProfile)).not.toEqual([]);
  });
});

describe("flags of the sink in the docs", () => {
  it.each(sinkFlags)("%s: --%s", (_place, flag) => {
    const help = spawnSync(SINK, ["--help"], { encoding: "utf8" });
    expect(`${help.stdout}${help.stderr}`).toMatch(new RegExp(`^  -${flag}\\b`, "m"));
  });
});
