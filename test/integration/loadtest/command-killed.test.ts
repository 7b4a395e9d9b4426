import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";

import { loadtest, runOf } from "../../support/loadtest-command.ts";
import { poll } from "../../support/servers/ports.ts";
import { startSmtpSink } from "../../support/servers/smtp-sink.ts";

/** What `mailgauge loadtest` says and leaves behind when the relay is killed under it. */
const folder = mkdtempSync(join(tmpdir(), "mailgauge-loadtest-"));
const PATIENCE_MS = 30_000;

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** smtp-sink -c tells so how many messages it took. */
const taken = (log: string): number => Number([...log.matchAll(/mesg=\s*(\d+)/g)].at(-1)?.[1] ?? 0);

describe("mailgauge loadtest of a relay that is killed", () => {
  it("names what is uncertain, writes every report and fails", async () => {
    // It answers the final dot after a second: whenever it dies, somebody waits for that answer.
    const sink = await startSmtpSink(["-c", "-W", ".:1"]);
    try {
      const [html, junit, store] = ["run.html", "run.xml", "runs.db"].map((name) => join(folder, name));
      const target = ["--relay", `smtp://127.0.0.1:${sink.ports.smtp}`, "--rate", "10", "--duration", "6s"];
      const reports = ["--html", `${html}`, "--junit", `${junit}`, "--store", `${store}`];
      const running = loadtest(["throughput", ...target, ...reports, "-e", "STALL=3s"]);
      await poll(async () => taken(sink.log()) >= 25 || undefined, AbortSignal.timeout(PATIENCE_MS));
      await sink.kill();
      const done = await running;
      expect(done.code, done.err).toBe(2);
      expect(done.out).toMatch(/^✗ FAIL {2}throughput/m);
      expect(done.out).toMatch(/^ {2}uncertain +[1-9].* lost after final dot$/m);
      expect(done.out).toMatch(/connect_refused +[1-9]/);
      expect(readFileSync(`${html}`, "utf8")).toMatch(/times? (closed|reset) at accepting/);
      expect(readFileSync(`${junit}`, "utf8")).toContain("<failure");
      const [, id = ""] = /, run (\w+),/.exec(done.out) ?? [];
      const kept = runOf(await loadtest(["--show", id, "--store", `${store}`, "--json"]));
      expect(kept.verdict).toBe("fail");
      const { accepted, uncertain, failed } = kept.totals.messages;
      for (const count of [accepted, uncertain, failed]) expect(count).toBeGreaterThan(0);
      expect(accepted + uncertain).toBeGreaterThanOrEqual(taken(sink.log()));
    } finally {
      await sink.stop();
    }
  });
});
