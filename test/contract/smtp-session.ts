import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { usableMechanisms } from "../../src/standards/sasl/choose.ts";
import { Secret } from "../../src/model/secret.ts";
import type { SmtpSession } from "../../src/model/smtp.ts";
import type { Credentials } from "../../src/model/subject.ts";
import { testClient, type TestClient } from "../support/smtp-client.ts";

/** A running server, as the contract needs to know it. Ports that it does not have are left out. */
export interface ContractServer {
  readonly host: string;
  readonly ports: {
    /** STARTTLS offered, relays to `acceptedRecipient` without AUTH. */
    readonly smtp?: number;
    /** STARTTLS and AUTH offered. */
    readonly submission?: number;
    /** TLS from the first byte, AUTH offered. */
    readonly submissions?: number;
    readonly lmtp?: number;
  };
  /** PEM of the authority. */
  readonly ca: string;
  /** Name in the certificate, when it is not `host`. */
  readonly serverName?: string;
  /** User and password that the submission ports take. */
  readonly credentials: Credentials;
  readonly from?: string;
  readonly acceptedRecipient: string;
  /** Refused at RCPT with 5xx. */
  readonly rejectedRecipient: string;
  /** Refused at RCPT with 4xx. */
  readonly deferredRecipient: string;
  stop(): Promise<void>;
}

type PortName = keyof ContractServer["ports"];

const HELO = "probe.mailgauge.test";
const WRONG = "not-the-password-7f3a";
const message = (mark: string): Buffer =>
  Buffer.from(`From: a@x.test\r\nSubject: ${mark}\r\n\r\n.a line that begins with a dot\r\n${mark}\r\n`);

/**
 * What holds between our session and any sound server: one suite for the lab and for real ones. `start` is called once;
 * a port that the server lacks leaves out what is about it.
 */
export function smtpSessionContract(
  name: string,
  ports: readonly PortName[],
  start: () => Promise<ContractServer>,
): void {
  describe(`an SMTP session with ${name}`, () => {
    let server: ContractServer;
    beforeAll(async () => {
      server = await start();
    });
    afterAll(() => server.stop());

    const open = async (port: PortName, probe: TestClient = testClient()): Promise<SmtpSession> =>
      await probe.dial({
        host: server.host,
        port: server.ports[port] ?? 0,
        implicitTls: port === "submissions",
        lmtp: port === "lmtp",
        tls: { ca: server.ca, ...(server.serverName === undefined ? {} : { serverName: server.serverName }) },
      });
    const from = (): string => server.from ?? "a@x.test";
    const has = (port: PortName): boolean => ports.includes(port);

    if (has("smtp")) describe("on port 25", () => onPort25(() => server, open, from));
    for (const port of ["submission", "submissions"] as const) {
      if (has(port)) describe(`on the port of ${port}`, () => onSubmission(port, () => server, open, from));
    }
    if (has("lmtp")) describe("over LMTP", () => overLmtp(() => server, open, from));
  });
}

type Open = (port: PortName, probe?: TestClient) => Promise<SmtpSession>;

/** EHLO, and where the port asks for it STARTTLS and EHLO again. */
async function greet(port: PortName, session: SmtpSession): Promise<void> {
  expect((await session.ehlo(HELO)).code).toBe(250);
  if (port === "lmtp" || port === "submissions") return;
  expect(session.capabilities?.keywords["STARTTLS"]).toEqual([]);
  expect((await session.startTls()).code).toBe(220);
  expect((await session.ehlo(HELO)).code).toBe(250);
}

function onPort25(server: () => ContractServer, open: Open, from: () => string): void {
  it("times the phases to the end, and reads what the server can do", async () => {
    const probe = testClient();
    const session = await open("smtp", probe);
    expect(session.banner.code).toBe(220);
    expect(session.remote.localAddress).not.toBe("");
    await greet("smtp", session);
    expect(session.capabilities?.keywords["STARTTLS"]).toBeUndefined();
    expect(session.capabilities?.keywords["PIPELINING"]).toEqual([]);
    expect(session.capabilities?.size).toBeGreaterThanOrEqual(0);
    expect(session.tls).toMatchObject({ trusted: true });
    expect(session.tls?.chain[0]?.notAfter).toBeGreaterThan(Date.now());
    expect(session.injectedBytes).toBe(0);
    const result = await session.submit(
      { from: from(), to: [server().acceptedRecipient] },
      message("phases"),
    );
    expect(result.body?.code).toBe(250);
    await session.quit();
    expect(probe.phases().join(" ")).toBe("connect banner ehlo starttls tls ehlo mail rcpt data body quit");
    expect(session.replies.map(({ phase }) => phase).join(" ")).toBe(
      "banner ehlo starttls ehlo mail rcpt data body quit",
    );
  });

  it("does not trust a certificate of an unknown authority, and reads it", async () => {
    const { host, ports, serverName } = server();
    const tls = serverName === undefined ? {} : { serverName };
    const session = await testClient().dial({ host, port: ports.smtp ?? 0, tls });
    await greet("smtp", session);
    expect(session.tls).toMatchObject({ trusted: false });
    expect(session.tls?.chain[0]?.fingerprint).toMatch(/^[0-9a-f]{64}$/);
    await session.quit();
  });

  it.each([
    ["lockstep, DATA", {}],
    ["lockstep, BDAT", { chunking: true }],
    ["pipelined, DATA", { mode: "pipelined" }],
    ["pipelined, BDAT", { mode: "pipelined", chunking: true }],
  ] as const)("tells the fate of each recipient: %s", async (mark, options) => {
    const session = await open("smtp");
    await greet("smtp", session);
    const { acceptedRecipient, rejectedRecipient, deferredRecipient } = server();
    const to = [rejectedRecipient, acceptedRecipient, deferredRecipient];
    const result = await session.submit({ from: from(), to }, message(mark), options);
    expect(result.mail.code).toBe(250);
    expect(result.recipients.map(({ index, rcpt }) => [index, Math.floor(rcpt.code / 100)])).toEqual([
      [0, 5],
      [1, 2],
      [2, 4],
    ]);
    expect(result.body?.code).toBe(250);
    const second = await session.submit({ from: from(), to: [rejectedRecipient] }, message(mark), options);
    expect(second.recipients.map(({ rcpt }) => Math.floor(rcpt.code / 100))).toEqual([5]);
    expect(second.body).toBeUndefined();
    expect((await session.rset()).code).toBe(250);
    await session.quit();
  });

  it("takes the null sender, and says SIZE where it is offered", async () => {
    const probe = testClient();
    const session = await open("smtp", probe);
    await session.ehlo(HELO);
    const size = session.capabilities?.size ?? 0;
    await session.submit({ from: "", to: [server().acceptedRecipient] }, message("null"));
    const mail = probe.transcript.find(({ text }) => text.startsWith("MAIL"))?.text;
    expect(mail).toMatch(/^MAIL FROM:<> SIZE=\d+$/);
    if (size > 0) {
      const refused = await session.mail(from(), { size: size + 1 });
      expect(refused.code).toBe(552);
    }
    await session.quit();
  });

  it("refuses arguments that would break out of their line, before anything is sent", async () => {
    const session = await open("smtp");
    await session.ehlo(HELO);
    await expect(session.mail("a@x.test>\r\nRSET\r\n")).rejects.toThrow(/control characters/);
    expect((await session.mail(from())).code).toBe(250);
    await session.quit();
  });

  it("ends at once with the signal", async () => {
    const probe = testClient();
    const session = await open("smtp", probe);
    const reply = session.ehlo(HELO);
    probe.controller.abort(new DOMException("too late", "TimeoutError"));
    await expect(reply).rejects.toMatchObject({ fault: { code: "timeout", phase: "ehlo" } });
    await expect(session.mail(from())).rejects.toMatchObject({ fault: { phase: "mail" } });
    await session.quit();
  });
}

function onSubmission(
  port: "submission" | "submissions",
  server: () => ContractServer,
  open: Open,
  from: () => string,
): void {
  it("logs in with every mechanism that is offered and that the credentials allow", async () => {
    const { credentials } = server();
    const first = await open(port);
    await greet(port, first);
    const offered = first.capabilities?.authMechanisms ?? [];
    await first.quit();
    const mechanisms = usableMechanisms(credentials).filter((mechanism) => offered.includes(mechanism));
    expect(mechanisms).not.toEqual([]);
    for (const mechanism of mechanisms) {
      const probe = testClient();
      const session = await open(port, probe);
      await greet(port, session);
      const result = await session.auth({ ...credentials, mechanism });
      expect(result).toMatchObject({ mechanism, reply: { code: 235 } });
      expect(probe.phases().at(-1)).toBe("auth");
      expectNoSecret(probe, credentials);
      await session.quit();
    }
  });

  it("gives the refusal of a wrong password as a reply, by every mechanism", async () => {
    const { credentials } = server();
    const first = await open(port);
    await greet(port, first);
    const offered = first.capabilities?.authMechanisms ?? [];
    await first.quit();
    const wrong: Credentials = { username: credentials.username, password: new Secret(WRONG) };
    for (const mechanism of usableMechanisms(wrong).filter((one) => offered.includes(one))) {
      const probe = testClient();
      const session = await open(port, probe);
      await greet(port, session);
      const result = await session.auth({ ...wrong, mechanism });
      expect(result.reply.code).toBe(535);
      expect(probe.phases().at(-1)).toBe("auth:auth_failed");
      expectNoSecret(probe, wrong);
      await session.quit();
    }
  });

  it("submits a message after AUTH", async () => {
    const session = await open(port);
    await greet(port, session);
    expect(session.tls).toMatchObject({ trusted: true });
    expect((await session.auth(server().credentials)).reply.code).toBe(235);
    const result = await session.submit({ from: from(), to: [server().acceptedRecipient] }, message(port));
    expect(result.body?.code).toBe(250);
    await session.quit();
  });

  it("refuses to relay without AUTH", async () => {
    const session = await open(port);
    await greet(port, session);
    const { mail, recipients } = await session.submit(
      { from: from(), to: [server().acceptedRecipient] },
      message("no auth"),
    );
    expect((recipients[0]?.rcpt ?? mail).code).toBeGreaterThanOrEqual(500);
    await session.quit();
  });

  if (port === "submission") {
    it("sends no password in the clear", async () => {
      const session = await open(port);
      await session.ehlo(HELO);
      await expect(session.auth(server().credentials)).rejects.toMatchObject({
        fault: { code: "auth_not_offered", phase: "auth" },
      });
      await session.quit();
    });
  }
}

function expectNoSecret(probe: TestClient, { username, password }: Credentials): void {
  const secret = password?.reveal() ?? "";
  const shown = JSON.stringify(probe.transcript);
  const plain = Buffer.from(`\0${username}\0${secret}`).toString("base64");
  for (const text of [secret, Buffer.from(secret).toString("base64"), plain])
    expect(shown).not.toContain(text);
}

function overLmtp(server: () => ContractServer, open: Open, from: () => string): void {
  it("tells the fate of each accepted recipient after the final dot", async () => {
    const probe = testClient();
    const session = await open("lmtp", probe);
    await greet("lmtp", session);
    const { acceptedRecipient, rejectedRecipient } = server();
    const to = [acceptedRecipient, rejectedRecipient, acceptedRecipient];
    const { recipients, body } = await session.submit({ from: from(), to }, message("lmtp"));
    expect(recipients.map(({ rcpt, delivery }) => [Math.floor(rcpt.code / 100), delivery?.code])).toEqual([
      [2, 250],
      [5, undefined],
      [2, 250],
    ]);
    expect(body?.code).toBe(250);
    await session.quit();
    expect(probe.phases().join(" ")).toBe(
      "connect banner ehlo mail rcpt rcpt:rejected rcpt data body body quit",
    );
  });
}
