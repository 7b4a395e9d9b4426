import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runK6 } from "../../support/k6.ts";
import { postfixLedger } from "../../support/ledger.ts";
import { type Certificates, makeCertificates } from "../../support/servers/certificates.ts";
import { poll } from "../../support/servers/ports.ts";
import { startPostfix } from "../../support/servers/postfix.ts";
import { runAsRoot } from "../../support/servers/server.ts";
import { expectBooksToAgree } from "./books.ts";

/** An administrator reloads the relay in the middle of a run: new sessions, and nothing lost. */
const SEND = "test/integration/loadtest/scripts/send.ts";
const PATIENCE_MS = 15_000;
const COUNT = 600;

let certificates: Certificates;

beforeAll(() => {
  certificates = makeCertificates();
});
afterAll(() => certificates?.remove());

describe("Postfix reloaded in mid-run", () => {
  it.each([
    ["sessions that last", {}],
    ["sessions of seven messages", { REUSE: 7 }],
  ])("loses nothing, and logs each session that k6 opened: %s", async (_title, parameters) => {
    const postfix = await startPostfix({
      certificate: certificates.get("good"),
      main: { enable_long_queue_ids: "yes" },
    });
    try {
      const master = readFileSync(join(postfix.dir, "spool/pid/master.pid"), "utf8").trim();
      let seen = 0;
      const run = await runK6(
        SEND,
        { COUNT, VUS: 5, SMTP_PORT: postfix.ports.smtp, SMTP_TO: "ok@y.test", ...parameters },
        {
          // As `postfix reload` does, thrice.
          onLine: (line) => {
            if (line.startsWith("sent ") && ++seen % 150 === 0 && seen < COUNT)
              runAsRoot("kill", ["-HUP", master]);
          },
        },
      );
      expect(run.counts.messages, run.log).toEqual({ accepted: COUNT });
      expect(run.counts.errors).toEqual({});
      const books = (): readonly string[] => postfixLedger(postfix.log());
      const signal = AbortSignal.timeout(PATIENCE_MS);
      await poll(async () => (books().length >= COUNT ? true : undefined), signal);
      expectBooksToAgree(run, books());
      expect(postfix.log()).toMatch(/master\[\d+\]: reload/);
      const { opened } = run.counts.sessions;
      // A log that is written by another process is read until it holds them all; one session is that of the readiness.
      const told = (): number =>
        [...postfix.log().matchAll(/smtpd\[\d+\]: disconnect from .* ehlo=1/g)].length;
      await poll(async () => (told() >= (opened ?? 0) ? true : undefined), signal).catch(() => {});
      expect(told()).toBe(opened);
    } finally {
      await postfix.stop();
    }
  });
});
