import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type K6Run, runK6 } from "../../support/k6.ts";
import { dovecotLedger, eximLedger, postfixLedger } from "../../support/ledger.ts";
import { type Certificates, makeCertificates, SERVER_NAME } from "../../support/servers/certificates.ts";
import { type Dovecot, DOVECOT_PASSWORD, startDovecot } from "../../support/servers/dovecot.ts";
import { type Exim, startExim } from "../../support/servers/exim.ts";
import { poll } from "../../support/servers/ports.ts";
import { type Postfix, startPostfix } from "../../support/servers/postfix.ts";
import type { RunningServer } from "../../support/servers/server.ts";
import { startSmtpSink } from "../../support/servers/smtp-sink.ts";

/**
 * What the load generator counts, against the books of servers that we did not write: no message counted that the
 * server did not log, none logged that was not counted.
 */
const SEND = "test/integration/loadtest/scripts/send.ts";
const PATIENCE_MS = 15_000;
const COUNT = 60;

type Listener = "bare" | "crowded" | "hurried";
type Parameters = Readonly<Record<string, string | number>>;

let certificates: Certificates;
let dovecot: Dovecot;
let postfix: Postfix<Listener>;
let exim: Exim;
let tls: Parameters;
let login: Parameters;

beforeAll(async () => {
  certificates = makeCertificates();
  const certificate = certificates.get("good");
  dovecot = await startDovecot({ certificate });
  postfix = await startPostfix<Listener>({
    certificate,
    saslPort: dovecot.ports.sasl,
    main: {
      // A short id is used again within the second.
      enable_long_queue_ids: "yes",
      // Else a session of refusals ends with 421 too many errors.
      smtpd_hard_error_limit: "1000",
    },
    listeners: {
      bare: { smtpd_discard_ehlo_keywords: "pipelining, chunking, dsn, size" },
      crowded: { smtpd_client_connection_count_limit: "2" },
      hurried: { smtpd_client_message_rate_limit: "20" },
    },
  });
  exim = await startExim({ certificate });
  tls = { SMTP_CA: certificates.ca, SMTP_SERVER_NAME: SERVER_NAME };
  login = { SMTP_USERNAME: "ok", SMTP_PASSWORD: DOVECOT_PASSWORD };
});

afterAll(async () => {
  await Promise.all([exim?.stop(), postfix?.stop(), dovecot?.stop()]);
  certificates?.remove();
});

type Ledger = (log: string) => readonly string[];

/** Tokens of this run in the books; waits for the last, since servers log behind the reply. */
async function logged(server: Pick<RunningServer<never>, "log">, ledger: Ledger, run: K6Run, wanted: number) {
  const id = run.sent.find(({ outcome }) => outcome === "accepted")?.token.slice(0, 8) ?? "none";
  const read = (): readonly string[] => ledger(server.log()).filter((token) => token.startsWith(id));
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const enough = poll(async () => (read().length >= wanted ? true : undefined), signal);
  await enough.catch(() => {}); // the expectation that follows says what is missing
  return read().toSorted();
}

const tokensOf = (run: K6Run, outcome: string): readonly string[] =>
  run.sent.filter((sent) => sent.outcome === outcome).map(({ token }) => token);

/** Each message is accepted, once, and stands once in the books; the queue id is the server's. */
async function expectAllTaken(server: RunningServer<never>, ledger: Ledger, run: K6Run): Promise<void> {
  expect(run.counts.messages, run.log).toEqual({ accepted: COUNT });
  expect(run.sent).toHaveLength(COUNT);
  expect(await logged(server, ledger, run, COUNT)).toEqual(tokensOf(run, "accepted").toSorted());
}

describe("counts against Postfix", () => {
  const over = (port: keyof Postfix<Listener>["ports"], parameters: Parameters = {}): Promise<K6Run> =>
    runK6(SEND, { COUNT, SMTP_TO: "ok@y.test", SMTP_PORT: postfix.ports[port], ...parameters });

  it.each<readonly [string, keyof Postfix<Listener>["ports"], () => Parameters]>([
    ["pipelined", "smtp", () => ({})],
    ["in lockstep", "smtp", () => ({ PIPELINING: "off" })],
    ["chunked", "smtp", () => ({ CHUNKING: "yes" })],
    ["without any extension", "bare", () => ({})],
    ["a connection each", "smtp", () => ({ REUSE: 1 })],
    ["by STARTTLS", "smtp", () => ({ ...tls, SMTP_TLS: "starttls" })],
    [
      "by STARTTLS, resumed",
      "smtp",
      () => ({ ...tls, SMTP_TLS: "starttls", SMTP_TLS_SESSION: "resume", REUSE: 3 }),
    ],
    [
      "submitted with SCRAM",
      "submission",
      () => ({ ...tls, ...login, SMTP_TLS: "starttls", SMTP_AUTH_MECH: "SCRAM-SHA-256" }),
    ],
    [
      "submitted over TLS",
      "submissions",
      () => ({ ...tls, ...login, SMTP_TLS: "implicit", SMTP_AUTH_MECH: "PLAIN" }),
    ],
    ["of 100 kB", "smtp", () => ({ SIZE: "100KB" })],
  ])("are the same: %s", async (_title, port, parameters) => {
    const run = await over(port, parameters());
    await expectAllTaken(postfix, postfixLedger, run);
    const ids = run.sent.map(({ queueId }) => queueId);
    expect(ids.filter((id) => !postfix.log().includes(`: ${id}: message-id=`))).toEqual([]);
  });

  it.each<readonly [string, Parameters]>([
    ["the next envelope behind the final dot", { BATCH: 20, VUS: 3 }],
    ["chunked, windows of ten", { BATCH: 20, VUS: 3, CHUNKING: "yes", WINDOW: 10 }],
  ])("are the same in batches: %s", async (_title, parameters) => {
    const before = postfixLedger(postfix.log()).length;
    const run = await over("smtp", parameters);
    expect(run.counts.messages, run.log).toEqual({ accepted: COUNT });
    const all = (): number => postfixLedger(postfix.log()).length - before;
    await poll(async () => (all() >= COUNT ? true : undefined), AbortSignal.timeout(PATIENCE_MS));
    expect(all()).toBe(COUNT);
    expect(new Set(postfixLedger(postfix.log())).size).toBe(postfixLedger(postfix.log()).length);
  });

  it("tell recipients apart: one taken, one deferred, one refused", async () => {
    const run = await over("smtp", { SMTP_TO: "ok@y.test,grey@y.test,nobody@y.test", RECIPIENTS: 3, VUS: 2 });
    await expectAllTaken(postfix, postfixLedger, run);
    expect(run.counts.recipients).toEqual({ accepted: COUNT, deferred: COUNT, rejected: COUNT });
    expect(run.counts.replies).toMatchObject({ "rcpt 451 4.7.1": COUNT, "rcpt 550 5.1.1": COUNT });
  });

  it.each([
    ["deferred", "grey@y.test", "rcpt 451 4.7.1"],
    ["rejected", "nobody@y.test", "rcpt 550 5.1.1"],
    ["rejected", "ok@elsewhere.test", "rcpt 554 5.7.1"],
  ])("call a message %s for %s", async (outcome, to, reply) => {
    const run = await over("smtp", { SMTP_TO: to });
    expect(run.counts.messages, run.log).toEqual({ [outcome]: COUNT });
    expect(run.counts.replies[reply]).toBe(COUNT);
    expect(await logged(postfix, postfixLedger, run, 0)).toEqual([]);
  });

  it("hold when anvil(8) lets no more than two sessions in: 421", async () => {
    const run = await over("crowded", { VUS: 6, DURATION: "20s" });
    const accepted = tokensOf(run, "accepted");
    expect(run.counts.messages["accepted"], run.log).toBe(accepted.length);
    expect(accepted.length).toBeGreaterThan(0);
    expect(accepted.length + (run.counts.messages["deferred"] ?? 0)).toBe(COUNT);
    expect(run.counts.replies["banner 421 4.7.0"]).toBeGreaterThan(0);
    expect(await logged(postfix, postfixLedger, run, accepted.length)).toEqual(accepted.toSorted());
  });

  it("hold when anvil(8) lets twenty messages a minute in", async () => {
    const run = await over("hurried", { VUS: 2 });
    expect(run.counts.messages, run.log).toEqual({ accepted: 20, deferred: COUNT - 20 });
    expect(await logged(postfix, postfixLedger, run, 20)).toEqual(tokensOf(run, "accepted").toSorted());
  });
});

describe("counts against Exim", () => {
  it.each<readonly [string, keyof Exim["ports"], () => Parameters]>([
    ["pipelined", "smtp", () => ({})],
    ["in lockstep", "smtp", () => ({ PIPELINING: "off" })],
    ["chunked", "smtp", () => ({ CHUNKING: "yes" })],
    ["by STARTTLS", "smtp", () => ({ ...tls, SMTP_TLS: "starttls" })],
    [
      "submitted with CRAM-MD5",
      "submissions",
      () => ({ ...tls, ...login, SMTP_TLS: "implicit", SMTP_AUTH_MECH: "CRAM-MD5" }),
    ],
  ])("are the same: %s", async (_title, port, parameters) => {
    const to = { COUNT, SMTP_TO: "ok@ex.test", SMTP_PORT: exim.ports[port] };
    await expectAllTaken(exim, eximLedger, await runK6(SEND, { ...to, ...parameters() }));
  });
});

describe("counts against Dovecot's LMTP", () => {
  it("are the same, recipient by recipient", async () => {
    const to = "ok@y.test,broken@y.test,nobody@y.test";
    const parameters = { SMTP_PROTOCOL: "lmtp", SMTP_PORT: dovecot.ports.lmtp, SMTP_TO: to, RECIPIENTS: 3 };
    const run = await runK6(SEND, { COUNT, VUS: 1, ...parameters });
    await expectAllTaken(dovecot, dovecotLedger, run);
    expect(run.counts.recipients["accepted"]).toBe(COUNT);
    // One mailbox is broken, which LMTP tells of behind the final dot; the third does not exist.
    const { deferred = 0, rejected = 0 } = run.counts.recipients;
    expect(deferred + rejected).toBe(2 * COUNT);
    expect(run.counts.replies["rcpt 550 5.1.1"]).toBe(COUNT);
  });
});

describe("counts against smtp-sink", () => {
  it("are the same as its own", async () => {
    const sink = await startSmtpSink(["-c"]);
    try {
      const run = await runK6(SEND, { COUNT, SMTP_PORT: sink.ports.smtp, SMTP_TO: "a@y.test" });
      expect(run.counts.messages, run.log).toEqual({ accepted: COUNT });
      const mesg = (): number => Number([...sink.log().matchAll(/mesg=\s*(\d+)/g)].at(-1)?.[1]);
      await poll(async () => (mesg() >= COUNT ? true : undefined), AbortSignal.timeout(PATIENCE_MS));
      expect(mesg()).toBe(COUNT);
    } finally {
      await sink.stop();
    }
  });

  it.each<readonly [string, readonly string[], string, string, string]>([
    ["421 at RCPT", ["-Q", "rcpt"], "deferred", "replies", "rcpt 421"],
    ["dropped at MAIL", ["-q", "mail"], "failed", "errors", "closed"],
    ["dropped behind the final dot", ["-q", "."], "uncertain", "errors", "accepting closed"],
  ])("call it as it was: %s", async (_title, flags, outcome, where, key) => {
    const sink = await startSmtpSink(flags);
    try {
      const run = await runK6(SEND, { COUNT: 10, VUS: 2, SMTP_PORT: sink.ports.smtp, SMTP_TO: "a@y.test" });
      expect(run.counts.messages, run.log).toEqual({ [outcome]: 10 });
      const told = Object.keys(where === "replies" ? run.counts.replies : run.counts.errors);
      expect(told.filter((name) => name.includes(key))).not.toEqual([]);
    } finally {
      await sink.stop();
    }
  });
});
