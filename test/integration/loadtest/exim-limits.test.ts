import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runK6 } from "../../support/k6.ts";
import { eximLedger } from "../../support/ledger.ts";
import { type Certificates, makeCertificates } from "../../support/servers/certificates.ts";
import { type Exim, startExim } from "../../support/servers/exim.ts";
import { poll } from "../../support/servers/ports.ts";
import { expectBooksToAgree, tokens } from "./books.ts";

/** Exim's limits answer 421 to a crowd, and to a session that has sent enough. */
const SEND = "test/integration/loadtest/scripts/send.ts";
const PATIENCE_MS = 15_000;
const COUNT = 60;

let certificates: Certificates;

beforeAll(() => {
  certificates = makeCertificates();
});
afterAll(() => certificates?.remove());

async function withExim(
  main: Readonly<Record<string, string>>,
  use: (exim: Exim) => Promise<void>,
): Promise<void> {
  const exim = await startExim({ certificate: certificates.get("good"), main });
  try {
    await use(exim);
  } finally {
    await exim.stop();
  }
}

describe("Exim at its limits", () => {
  it("answers 421 to sessions beyond two", async () => {
    await withExim({ smtp_accept_max: "2", smtp_accept_queue: "0" }, async (exim) => {
      const target = { SMTP_PORT: exim.ports.smtp, SMTP_TO: "ok@ex.test" };
      const run = await runK6(SEND, { COUNT, VUS: 6, ...target });
      const { accepted = 0, deferred = 0 } = run.counts.messages;
      expect(accepted + deferred, run.log).toBe(COUNT);
      expect(accepted).toBeGreaterThan(0);
      expect(run.counts.replies["banner 421"]).toBe(deferred);
      expect(deferred).toBeGreaterThan(0);
      await poll(
        async () => (eximLedger(exim.log()).length >= accepted ? true : undefined),
        AbortSignal.timeout(PATIENCE_MS),
      );
      expectBooksToAgree(run, eximLedger(exim.log()));
    });
  });

  it.each([
    ["pipelined", {}],
    ["in lockstep", { PIPELINING: "off" }],
  ])("answers 421 to the sixth message of a session, and takes the next session: %s", async (_title, how) => {
    await withExim({ smtp_accept_max_per_connection: "5" }, async (exim) => {
      const target = { SMTP_PORT: exim.ports.smtp, SMTP_TO: "ok@ex.test" };
      const run = await runK6(SEND, { COUNT, VUS: 1, ...target, ...how });
      expect(run.counts.messages, run.log).toEqual({ accepted: 50, deferred: 10 });
      expect(run.counts.replies["mail 421"]).toBe(10);
      expect(run.counts.sessions).toEqual({ opened: 10 });
      expect(tokens(run, "accepted")).toHaveLength(50);
      expectBooksToAgree(run, eximLedger(exim.log()));
    });
  });
});
