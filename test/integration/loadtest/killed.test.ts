import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runK6 } from "../../support/k6.ts";
import { eximLedger, postfixLedger } from "../../support/ledger.ts";
import { type Certificates, makeCertificates } from "../../support/servers/certificates.ts";
import { startExim } from "../../support/servers/exim.ts";
import { poll } from "../../support/servers/ports.ts";
import { type Postfix, startPostfix } from "../../support/servers/postfix.ts";
import { runAsRoot } from "../../support/servers/server.ts";
import { afterAccepted, expectBooksToAgree, tokens } from "./books.ts";

/**
 * A server that dies in the middle of a run. What it took it has logged; what it took and could no longer answer is
 * `uncertain`, and named: the books hold every accepted message and no other than these two.
 */
const SEND = "test/integration/loadtest/scripts/send.ts";
const PATIENCE_MS = 15_000;

let certificates: Certificates;

beforeAll(() => {
  certificates = makeCertificates();
});
afterAll(() => certificates?.remove());

describe("a server killed in mid-run", () => {
  it("Exim, all of it: its books hold what was accepted, and of the uncertain some", async () => {
    const exim = await startExim({ certificate: certificates.get("good") });
    try {
      const target = { SMTP_PORT: exim.ports.smtp, SMTP_TO: "ok@ex.test" };
      let killed: Promise<void> | undefined;
      const run = await runK6(
        SEND,
        { COUNT: 5_000, VUS: 5, DURATION: "4s", ...target },
        { onLine: afterAccepted(150, () => void (killed = exim.kill())) },
      );
      await killed;
      expect(killed, run.log).toBeDefined();
      expect(tokens(run, "accepted").length).toBeGreaterThanOrEqual(150);
      expect(tokens(run, "failed").length, "nobody was there any more").toBeGreaterThan(0);
      expect(Object.keys(run.counts.errors)).toContain("connecting connect_refused");
      expectBooksToAgree(run, eximLedger(exim.log()));
    } finally {
      await exim.stop();
    }
  });

  it.each<readonly [string, Readonly<Record<string, string | number>>]>([
    ["the next envelope behind the final dot", {}],
    ["chunked, windows of ten", { CHUNKING: "yes", WINDOW: 10 }],
  ])("Exim, in batches: its books lie between accepted and uncertain: %s", async (_title, parameters) => {
    const exim = await startExim({ certificate: certificates.get("good") });
    try {
      const target = { SMTP_PORT: exim.ports.smtp, SMTP_TO: "ok@ex.test" };
      const running = runK6(SEND, {
        COUNT: 5_000,
        VUS: 4,
        BATCH: 50,
        DURATION: "4s",
        ...target,
        ...parameters,
      });
      const taken = (): number => eximLedger(exim.log()).length;
      await poll(async () => (taken() >= 120 ? true : undefined), AbortSignal.timeout(PATIENCE_MS));
      await exim.kill();
      const { counts, log } = await running;
      const { accepted = 0, uncertain = 0 } = counts.messages;
      expect(accepted, log).toBeGreaterThan(0);
      expect(taken(), "counted and not logged").toBeGreaterThanOrEqual(accepted);
      expect(taken(), "logged and not counted").toBeLessThanOrEqual(accepted + uncertain);
    } finally {
      await exim.stop();
    }
  });

  it("every smtpd of Postfix, again and again: the run goes on, and the books agree", async () => {
    const postfix = await startPostfix({
      certificate: certificates.get("good"),
      // The master takes the death of a young process for a fault of its configuration, and waits.
      main: { enable_long_queue_ids: "yes", service_throttle_time: "1s" },
    });
    try {
      let kills = 0;
      let seen = 0;
      const run = await runK6(
        SEND,
        { COUNT: 1_500, VUS: 8, DURATION: "30s", SMTP_PORT: postfix.ports.smtp, SMTP_TO: "ok@y.test" },
        {
          onLine: (line) => {
            if (line.startsWith("sent accepted") && [200, 500, 800].includes(++seen))
              kills += killSmtpds(postfix);
          },
        },
      );
      expect(kills, run.log).toBeGreaterThan(0);
      expect(run.sent).toHaveLength(1_500);
      expect(tokens(run, "failed", "uncertain").length).toBeGreaterThan(0);
      const accepted = tokens(run, "accepted").length;
      const books = (): readonly string[] => postfixLedger(postfix.log());
      await poll(
        async () => (books().length >= accepted ? true : undefined),
        AbortSignal.timeout(PATIENCE_MS),
      );
      await settled(postfix);
      expectBooksToAgree(run, books());
    } finally {
      await postfix.stop();
    }
  }, 60_000);
});

/** Kills the smtpd processes that this Postfix's own master started. */
function killSmtpds(postfix: Postfix): number {
  const master = readFileSync(join(postfix.dir, "spool/pid/master.pid"), "utf8").trim();
  const children = execFileSync("ps", ["--ppid", master, "-o", "pid=,comm="], { encoding: "utf8" });
  const pids = [...children.matchAll(/(\d+) smtpd$/gm)].map(([, pid = ""]) => pid);
  if (pids.length > 0) runAsRoot("kill", ["-KILL", ...pids]);
  return pids.length;
}

/** The queue is empty: whatever was taken has been logged. */
async function settled(postfix: Postfix): Promise<void> {
  const waiting = (): string =>
    runAsRoot(
      "find",
      ["incoming", "active", "deferred"]
        .map((name) => join(postfix.dir, "spool", name))
        .concat(["-type", "f"]),
    );
  await poll(async () => (waiting() === "" ? true : undefined), AbortSignal.timeout(PATIENCE_MS));
}
