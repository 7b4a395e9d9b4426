import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type K6Run, runK6 } from "../../support/k6.ts";
import { postfixLedger } from "../../support/ledger.ts";
import { type Certificates, makeCertificates, SERVER_NAME } from "../../support/servers/certificates.ts";
import { LOOPBACK, poll } from "../../support/servers/ports.ts";
import { type Postfix, startPostfix } from "../../support/servers/postfix.ts";

/**
 * postscreen(8) lets a client wait for its greeting, tests it for a first session, and answers 421 to a crowd: the
 * load generator must wait, must count what it is told, and must not be taken for a bot.
 */
const SEND = "test/integration/loadtest/scripts/send.ts";
const PATIENCE_MS = 15_000;
const GREET_WAIT_S = 1;

type Listener = "waiting" | "testing" | "testingTls" | "crowded" | "banned" | "control";

let certificates: Certificates;
let postfix: Postfix<Listener>;

beforeAll(async () => {
  certificates = makeCertificates();
  const waiting = { postscreen_greet_wait: `${GREET_WAIT_S}s`, postscreen_greet_action: "enforce" };
  const testing = {
    ...waiting,
    postscreen_pipelining_enable: "yes",
    postscreen_pipelining_action: "enforce",
  };
  postfix = await startPostfix<Listener>({
    certificate: certificates.get("good"),
    main: { enable_long_queue_ids: "yes" },
    screened: {
      waiting,
      control: waiting,
      testing,
      testingTls: testing,
      crowded: { ...waiting, postscreen_client_connection_count_limit: "2" },
      banned: { postscreen_access_list: "static:reject", postscreen_blacklist_action: "drop" },
    },
  });
});

afterAll(async () => {
  await postfix?.stop();
  certificates?.remove();
});

function send(listener: Listener, parameters: Readonly<Record<string, string | number>>): Promise<K6Run> {
  return runK6(SEND, { SMTP_PORT: postfix.ports[listener], SMTP_TO: "ok@y.test", ...parameters });
}

const inTheLog = (what: RegExp): Promise<true> =>
  poll(async () => what.test(postfix.log()) || undefined, AbortSignal.timeout(PATIENCE_MS));

/** Every accepted message of the run, and no other of it, stands in the books. */
async function expectBooksToAgree(run: K6Run): Promise<void> {
  const accepted = run.sent.filter(({ outcome }) => outcome === "accepted").map(({ token }) => token);
  expect(run.counts.messages["accepted"] ?? 0, run.log).toBe(accepted.length);
  const id = accepted[0]?.slice(0, 8) ?? "none";
  const books = (): readonly string[] => postfixLedger(postfix.log()).filter((token) => token.startsWith(id));
  await poll(async () => books().length >= accepted.length || undefined, AbortSignal.timeout(PATIENCE_MS));
  expect(books().toSorted()).toEqual(accepted.toSorted());
}

describe("a relay behind postscreen", () => {
  it("makes each session wait for its greeting, which is measured, and passes it on", async () => {
    const run = await send("waiting", { COUNT: 20, VUS: 2 });
    expect(run.counts.messages, run.log).toEqual({ accepted: 20 });
    expect(run.longest["banner"]).toBeGreaterThanOrEqual(GREET_WAIT_S * 1e9);
    await expectBooksToAgree(run);
    await inTheLog(/PASS NEW/);
    expect(postfix.log()).not.toContain("PREGREET");
  });

  it.each<readonly [string, Listener, () => Readonly<Record<string, string>>]>([
    ["in plain text", "testing", () => ({})],
    [
      "under TLS",
      "testingTls",
      () => ({ SMTP_TLS: "starttls", SMTP_CA: certificates.ca, SMTP_SERVER_NAME: SERVER_NAME }),
    ],
  ])("puts the first session off with 450, and takes the next: %s", async (_title, listener, parameters) => {
    const run = await send(listener, { COUNT: 10, VUS: 1, REUSE: 1, ...parameters() });
    expect(run.counts.messages, run.log).toEqual({ accepted: 9, deferred: 1 });
    expect(run.counts.replies["rcpt 450 4.3.2"]).toBe(1);
    expect(run.sent[0]?.outcome).toBe("deferred");
    expect(run.counts.sessions).toEqual({ opened: 10 });
    await expectBooksToAgree(run);
  });

  it("answers 421 to sessions beyond two that wait", async () => {
    const run = await send("crowded", { COUNT: 60, VUS: 6 });
    const { accepted = 0, deferred = 0 } = run.counts.messages;
    expect(accepted + deferred, run.log).toBe(60);
    expect(deferred).toBeGreaterThan(0);
    expect(run.counts.replies["banner 421 4.7.0"]).toBe(deferred);
    await expectBooksToAgree(run);
  });

  it("answers 521 in place of a greeting to whom it has banned", async () => {
    const run = await send("banned", { COUNT: 5, VUS: 1 });
    expect(run.counts.messages, run.log).toEqual({ rejected: 5 });
    expect(run.counts.replies).toEqual({ "banner 521 5.3.2": 5 });
    expect(run.counts.errors).toEqual({});
  });

  it("does notice a client that speaks first", async () => {
    const socket = connect(postfix.ports.control, LOOPBACK);
    await once(socket, "connect");
    socket.write("EHLO early.test\r\n");
    await inTheLog(/PREGREET/);
    socket.destroy();
  });
});
