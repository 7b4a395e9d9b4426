import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type K6Run, runK6 } from "../../support/k6.ts";
import { type Certificates, makeCertificates } from "../../support/servers/certificates.ts";
import { type Dovecot, startDovecot } from "../../support/servers/dovecot.ts";
import { type Postfix, startPostfix } from "../../support/servers/postfix.ts";
import { type RunningServer, runAsRoot } from "../../support/servers/server.ts";
import { afterAccepted, expectBooksToAgree, tokens } from "./books.ts";

/**
 * Servers that log through another process of theirs: killed all at once, they lose lines of the log, but no mail
 * that they took. So the mail on the disk is the book: every accepted message and of the uncertain some.
 */
const SEND = "test/integration/loadtest/scripts/send.ts";
const KILL_AFTER = 150;
const TOKEN = /X-Mailgauge-Token: ([a-z0-9]{8}-[a-z0-9]{6}-[a-z0-9]{8}-[a-z0-9]{11})/g;

let certificates: Certificates;

beforeAll(() => {
  certificates = makeCertificates();
});
afterAll(() => certificates?.remove());

const tokensIn = (text: string): readonly string[] =>
  [...text.matchAll(TOKEN)].map(([, token = ""]) => token);

/** Kills the server when it has taken some messages, under load of five sessions. */
async function loadAndKill(
  server: RunningServer<never>,
  target: Readonly<Record<string, string | number>>,
): Promise<K6Run> {
  let killed: Promise<void> | undefined;
  const onLine = afterAccepted(KILL_AFTER, () => void (killed = server.kill()));
  const run = await runK6(SEND, { COUNT: 5_000, VUS: 5, DURATION: "3s", ...target }, { onLine });
  expect(killed, run.log).toBeDefined();
  await killed;
  expect(tokens(run, "accepted").length).toBeGreaterThanOrEqual(KILL_AFTER);
  expect(Object.keys(run.counts.errors)).toContain("connecting connect_refused");
  return run;
}

describe("a server killed with all its processes", () => {
  it("Postfix: its queue holds what was accepted, and of the uncertain some", async () => {
    const postfix = await startPostfix({
      certificate: certificates.get("good"),
      main: {
        enable_long_queue_ids: "yes",
        // Nothing leaves the queue.
        smtpd_recipient_restrictions: "check_recipient_access static:HOLD, permit",
      },
    });
    try {
      const run = await loadAndKill(postfix, { SMTP_PORT: postfix.ports.smtp, SMTP_TO: "ok@y.test" });
      expectBooksToAgree(run, queued(postfix));
    } finally {
      await postfix.stop();
    }
  });

  it.each<readonly [string, Readonly<Record<string, string | number>>]>([
    ["pipelined", {}],
    ["in lockstep", { PIPELINING: "off" }],
  ])("Dovecot's LMTP, %s: the mailbox holds it", async (_title, parameters) => {
    const dovecot = await startDovecot({ certificate: certificates.get("good") });
    try {
      const target = { SMTP_PROTOCOL: "lmtp", SMTP_PORT: dovecot.ports.lmtp, SMTP_TO: "ok@y.test" };
      const run = await loadAndKill(dovecot, { ...target, ...parameters });
      expectBooksToAgree(run, delivered(dovecot));
    } finally {
      await dovecot.stop();
    }
  });
});

/** Postfix makes a file of its queue executable when the message in it is whole. */
function queued(postfix: Pick<Postfix, "dir">): readonly string[] {
  const queues = ["incoming", "active", "deferred", "hold"].map((name) => join(postfix.dir, "spool", name));
  const whole = ["-type", "f", "-perm", "-100"];
  return tokensIn(
    runAsRoot("find", [
      ...queues,
      ...whole,
      "-exec",
      "grep",
      "-aohE",
      "X-Mailgauge-Token: [a-z0-9-]{36}",
      "{}",
      "+",
    ]),
  );
}

function delivered(dovecot: Pick<Dovecot, "dir">): readonly string[] {
  const mailbox = join(dovecot.dir, "mail/ok/new");
  return readdirSync(mailbox).flatMap((name) => tokensIn(readFileSync(join(mailbox, name), "latin1")));
}
