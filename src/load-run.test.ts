import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { relay } from "../test/support/fake-session.ts";
import { endLine, intervalLine, snapshotLine, startLine } from "../test/support/load-record.ts";
import { type LoadRunOrder, newRunId, runLoad } from "./load-run.ts";
import { relayParameters } from "./loadtest/parameters.ts";
import { Secret } from "./model/secret.ts";
import type { LoadRun } from "./model/load-run.ts";
import { loadRunHtml } from "./reports/load-html.ts";
import { renderLoadJunit } from "./reports/load-junit.ts";
import { renderLoadRun } from "./reports/load-terminal.ts";

const folder = mkdtempSync(join(tmpdir(), "mailgauge-load-run-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => vi.unstubAllEnvs());

const VERSION = "k6 v2.2.0 (go1.26.8, linux/amd64)\n  k6/x/smtp [js]\n  smtp-record [output]";
const span = { from: 0, to: 1 };
const RECORD = [startLine(), intervalLine(1, 10, span), snapshotLine(1, 10, span), endLine()];
const CANARY = "canary-7f3a";

/** Runs a program in place of k6, and gives the result with everything that stood on the screen meanwhile. */
async function run(body: string): Promise<{ run: LoadRun; screen: string }> {
  const path = join(folder, newRunId());
  writeFileSync(path, `#!/bin/sh\nif [ "$1" = version ]; then echo '${VERSION}'; exit; fi\n${body}\n`);
  chmodSync(path, 0o755);
  vi.stubEnv("K6_BINARY", path);
  const target = relay({
    host: "127.0.0.1",
    port: 2525,
    tls: { key: new Secret(`${CANARY}-key`) },
    auth: { username: `${CANARY}-user`, password: new Secret(`${CANARY}-password`) },
  });
  const given = { API_TOKEN: `${CANARY}-token`, SINK_URL: `http://x:${CANARY}-url@127.0.0.1:9` };
  let screen = "";
  const order: LoadRunOrder = {
    id: newRunId(),
    scenario: { name: "mine", path: "mine.ts", summary: "", description: "", parameters: [] },
    request: { scenario: "mine", relay: "eu", bare: {}, parameters: given, processes: 1 },
    target: {
      relay: target,
      addresses: ["127.0.0.1"],
      parameters: { ...relayParameters(target, "127.0.0.1"), ...given, SINK_URL: "http://127.0.0.1:9" },
    },
    watch: {
      write: (text) => void (screen += text),
      isTerminal: false,
      columns: 80,
      onStop: () => () => {},
    },
  };
  return { run: await runLoad(order), screen };
}

const record = (lines: readonly string[]): string => `cat >&3 <<'END'\n${lines.join("\n")}\nEND`;
const says = (message: string, source = "console"): string =>
  `printf '%s\\n' '${JSON.stringify({ level: "error", msg: message, source })}' >&2`;

describe("what k6 says", () => {
  it("cannot move the cursor, though it may be the reply of a server", async () => {
    const { screen } = await run(`${record(RECORD)}\n${says("550 \u001b]0;gone\u0007\u001b[2J no")}`);
    expect(screen).toContain("k6: 550 ·]0;gone··[2J no\n");
  });

  it("cannot do so either when the test never begins", async () => {
    const broken = run(`${says("\u001b[2J no")}; exit 107`);
    await expect(broken).rejects.toThrow("the test did not begin; k6 says:\n·[2J no");
  });
});

describe("a secret", () => {
  it("stands in no output, though the script says all that it was given", async () => {
    const all = `{"level":"error","source":"console","msg":"'$SMTP_PASSWORD' '$SMTP_KEY' '$API_TOKEN'"}`;
    const thrown = `{"level":"error","source":"stacktrace","msg":"Error: '$SMTP_PASSWORD'"}`;
    const result = await run(`${record(RECORD)}\necho '${all}' >&2; echo '${thrown}' >&2`);
    expect(result.run.endReason).toBe("the script threw: Error: [redacted]");
    expect(result.screen).toContain("k6: [redacted] [redacted] [redacted]\n");
    const outputs = [
      result.screen,
      JSON.stringify(result.run),
      renderLoadRun(result.run),
      renderLoadJunit(result.run),
      loadRunHtml(result.run),
    ];
    for (const output of outputs) expect(output).not.toContain(CANARY);
  });

  it("stands in no error", async () => {
    const words = `{"level":"error","msg":"'$SMTP_PASSWORD'"}`;
    await expect(run(`echo '${words}' >&2; exit 107`)).rejects.toThrow(
      "the test did not begin; k6 says:\n[redacted]",
    );
  });
});
