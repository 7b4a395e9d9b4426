import { getEventListeners } from "node:events";

import { expect, describe, it, onTestFinished } from "vitest";

import { Secret } from "../../model/secret.ts";
import type { SmtpReply } from "../../model/smtp.ts";
import {
  scriptedServer,
  serverContext,
  testAuthority,
  type Answers,
  type ScriptedServer,
  type ScriptOptions,
} from "../../../test/support/scripted-smtp.ts";
import { testClient, type TestClientOptions, type TestClient } from "../../../test/support/smtp-client.ts";

const MESSAGE = Buffer.from("Subject: x\r\n\r\n.dot\r\nend\r\n");
const text = (reply: SmtpReply | undefined): string => `${reply?.code} ${reply?.lines.join("|")}`;

async function serve(answers: Answers = {}, options: ScriptOptions = {}): Promise<ScriptedServer> {
  const server = await scriptedServer(answers, options);
  onTestFinished(() => server.stop());
  return server;
}

function client(options?: TestClientOptions): TestClient {
  const made = testClient(options);
  onTestFinished(() => made.controller.abort());
  return made;
}

describe("a session in the clear", () => {
  it("times each command as a phase and keeps each reply", async () => {
    const server = await serve();
    const probe = client();
    const session = await probe.dial({ port: server.port });
    expect(text(session.banner)).toBe("220 mx.test ESMTP");
    expect(session.remote).toMatchObject({ address: "127.0.0.1", family: 4, port: server.port });
    await session.ehlo("probe.test");
    expect(session.capabilities).toMatchObject({ domain: "mx.test", size: 10_000_000 });
    const result = await session.submit({ from: "a@x.test", to: ["b@y.test", "c@y.test"] }, MESSAGE);
    await session.quit();
    expect(result).toEqual({
      mail: { code: 250, enhanced: "2.1.0", lines: ["2.1.0 Ok"] },
      recipients: [
        { index: 0, rcpt: { code: 250, enhanced: "2.1.5", lines: ["2.1.5 Ok"] } },
        { index: 1, rcpt: { code: 250, enhanced: "2.1.5", lines: ["2.1.5 Ok"] } },
      ],
      data: { code: 354, lines: ["go on"] },
      body: { code: 250, enhanced: "2.0.0", lines: ["2.0.0 Ok: queued as 4ABCDEF"] },
    });
    expect(probe.phases().join(" ")).toBe("connect banner ehlo mail rcpt rcpt data body quit");
    expect(server.messages).toEqual(["Subject: x\r\n\r\n..dot\r\nend"]);
    expect(server.lines).toContain(`MAIL FROM:<a@x.test> SIZE=${MESSAGE.length}`);
    expect(session.replies.map(({ phase, code }) => `${phase} ${code}`).join(" ")).toBe(
      "banner 220 ehlo 250 mail 250 rcpt 250 rcpt 250 data 354 body 250 quit 221",
    );
    expect(probe.transcript.map(({ side, text }) => `${side} ${text}`).slice(1)).toEqual([
      "S 220 mx.test ESMTP",
      "C EHLO probe.test",
      "S 250-mx.test",
      "S 250-PIPELINING",
      "S 250-SIZE 10000000",
      "S 250 ENHANCEDSTATUSCODES",
      `C MAIL FROM:<a@x.test> SIZE=${MESSAGE.length}`,
      "S 250 2.1.0 Ok",
      "C RCPT TO:<b@y.test>",
      "S 250 2.1.5 Ok",
      "C RCPT TO:<c@y.test>",
      "S 250 2.1.5 Ok",
      "C DATA",
      "S 354 go on",
      `C <${MESSAGE.length + 4} bytes>`,
      "S 250 2.0.0 Ok: queued as 4ABCDEF",
      "C QUIT",
      "S 221 2.0.0 Bye",
    ]);
  });

  it.each<[string, Answers, string, string]>([
    ["a greeting of 554", { banner: "554 5.7.1 no" }, "554 5.7.1 no", "connect banner:rejected"],
    ["a greeting of 421", { banner: "421 4.3.2 busy" }, "421 4.3.2 busy", "connect banner:deferred"],
  ])("gives %s as a value", async (_, answers, banner, phases) => {
    const probe = client();
    const session = await probe.dial({ port: (await serve(answers)).port });
    expect(text(session.banner)).toBe(banner);
    expect(probe.phases().join(" ")).toBe(phases);
  });

  it.each([
    ["EHLO", { EHLO: "500 what?" }, "250 mx.test"],
    ["EHLO", { EHLO: "502 not here" }, "250 mx.test"],
    ["EHLO", { EHLO: "500 what?", HELO: "250-mx.test\r\n250 AUTH PLAIN" }, "250 mx.test"], // HELO offers nothing
    ["EHLO", { EHLO: "550 go away" }, "550 go away"], // a refusal, not ignorance
  ])("falls back from %s as RFC 5321 asks: %j", async (_, answers, expected) => {
    const probe = client();
    const session = await probe.dial({ port: (await serve(answers)).port });
    const reply = await session.ehlo("probe.test");
    expect(text(reply)).toBe(expected);
    expect(session.capabilities?.authMechanisms ?? []).toEqual([]);
    expect(probe.phases().filter((phase) => phase.startsWith("ehlo"))).toHaveLength(1);
  });

  it("says LHLO under LMTP and reads a reply for each recipient that was taken", async () => {
    let fates = 0;
    const server = await serve({
      RCPT: (end, line) => end.send(line.includes("bad") ? "550 5.1.1 no" : "250 2.1.5 ok"),
      content: (end) => {
        fates += 1;
        end.send("250 2.0.0 <b@y.test> abc Saved", "452 4.2.2 full");
      },
    });
    const session = await client().dial({ port: server.port, lmtp: true });
    expect((await session.ehlo("probe.test")).code).toBe(250);
    const to = ["b@y.test", "bad@y.test", "c@y.test"];
    const { recipients, body } = await session.submit({ from: "", to }, MESSAGE);
    expect(recipients.map(({ rcpt, delivery }) => [rcpt.code, delivery?.code])).toEqual([
      [250, 250],
      [550, undefined],
      [250, 452],
    ]);
    expect(body?.code).toBe(452);
    expect(fates).toBe(1);
    expect(server.lines.slice(0, 2)).toEqual(["LHLO probe.test", "MAIL FROM:<>"]);
  });
});

describe("a transaction", () => {
  it.each<[string, Answers, string]>([
    ["MAIL is refused", { MAIL: "550 5.7.1 no" }, "MAIL"],
    ["all recipients are refused", { RCPT: "550 5.1.1 no" }, "MAIL RCPT RCPT"],
    ["DATA is refused", { DATA: "452 4.3.1 full" }, "MAIL RCPT RCPT DATA"],
  ])("stops in lockstep when %s", async (_, answers, expected) => {
    const server = await serve(answers);
    const session = await client().dial({ port: server.port });
    const result = await session.submit({ from: "a@x.test", to: ["b@y.test", "c@y.test"] }, MESSAGE);
    expect(server.lines.map((line) => line.split(" ")[0]).join(" ")).toBe(expected);
    expect(result.body).toBeUndefined();
  });

  it("sends the envelope in one write when pipelining is offered", async () => {
    const together: string[] = [];
    const server = await serve({
      MAIL: async (end) => {
        together.push((await end.until("\r\nDATA\r\n")) ?? "");
        end.send("250 2.1.0 Ok", "250 2.1.5 Ok", "550 5.1.1 No", "354 go on");
        await end.until("\r\n.\r\n");
        end.send("250 2.0.0 Ok");
      },
    });
    const probe = client();
    const session = await probe.dial({ port: server.port });
    await session.ehlo("probe.test");
    const to = ["b@y.test", "c@y.test"];
    const result = await session.submit({ from: "a@x.test", to }, MESSAGE, { mode: "pipelined" });
    expect(together).toEqual(["RCPT TO:<b@y.test>\r\nRCPT TO:<c@y.test>"]);
    expect(result.recipients.map(({ rcpt }) => rcpt.code)).toEqual([250, 550]);
    expect(result.body?.code).toBe(250);
    expect(probe.phases().slice(3).join(" ")).toBe("mail rcpt rcpt:rejected data body");
  });

  it("ends the data that a pipelined DATA started without any recipient", async () => {
    const server = await serve({
      RCPT: "550 5.1.1 no",
      DATA: async (end) => {
        end.send("354 go on");
        await end.until(".\r\n");
        end.send("554 5.5.1 no recipients");
      },
    });
    const probe = client();
    const session = await probe.dial({ port: server.port });
    await session.ehlo("probe.test");
    const envelope = { from: "a@x.test", to: ["b@y.test"] };
    const result = await session.submit(envelope, MESSAGE, { mode: "pipelined" });
    expect(result).toMatchObject({ data: { code: 354 }, recipients: [{ rcpt: { code: 550 } }] });
    expect(result.body).toBeUndefined();
    expect(probe.phases().slice(3).join(" ")).toBe("mail rcpt:rejected data body:rejected");
    expect((await session.rset()).code).toBe(250);
  });

  it("uses BDAT when it is offered and asked for, with the message as it is", async () => {
    const server = await serve({ EHLO: "250-mx.test\r\n250 CHUNKING" });
    const probe = client();
    const session = await probe.dial({ port: server.port });
    await session.ehlo("probe.test");
    const options = { chunking: true };
    const result = await session.submit({ from: "a@x.test", to: ["b@y.test"] }, MESSAGE, options);
    expect(result.data).toBeUndefined();
    expect(result.body?.code).toBe(250);
    expect(server.messages).toEqual([MESSAGE.toString()]);
    expect(probe.phases().slice(3).join(" ")).toBe("mail rcpt body");
  });

  it("falls back to lockstep and DATA where neither extension is offered", async () => {
    const server = await serve({ EHLO: "250 mx.test" });
    const session = await client().dial({ port: server.port });
    await session.ehlo("probe.test");
    const options = { mode: "pipelined", chunking: true } as const;
    await session.submit({ from: "a@x.test", to: ["b@y.test"], mail: { size: 5 } }, MESSAGE, options);
    expect(server.lines).toEqual(["EHLO probe.test", "MAIL FROM:<a@x.test>", "RCPT TO:<b@y.test>", "DATA"]);
  });

  it.each(["DATA", "BDAT"] as const)("carries a message of some megabytes by %s whole", async (how) => {
    const server = await serve({ EHLO: "250-mx.test\r\n250 CHUNKING" });
    const probe = client();
    const session = await probe.dial({ port: server.port });
    await session.ehlo("probe.test");
    const message = Buffer.from(`${".line of text\r\n".repeat(200_000)}`);
    const options = { chunking: how === "BDAT" };
    const result = await session.submit({ from: "a@x.test", to: ["b@y.test"] }, message, options);
    expect(result.body?.code).toBe(250);
    const [received = ""] = server.messages;
    expect(received.length).toBe(how === "BDAT" ? message.length : message.length + 200_000 - 2);
    expect(probe.phases().slice(3).join(" ")).toBe(
      how === "BDAT" ? "mail rcpt data body" : "mail rcpt data data body",
    );
  });

  it("takes a refusal in the midst of a large message for its fate", async () => {
    const server = await serve({
      DATA: (end) => {
        end.send("354 go on", "552 5.3.4 too big");
        end.hangUp();
      },
    });
    const session = await client().dial({ port: server.port });
    const message = Buffer.alloc(8_000_000, "line of text\r\n");
    const result = await session.submit({ from: "a@x.test", to: ["b@y.test"] }, message);
    expect(text(result.body)).toBe("552 5.3.4 too big");
  });

  it("sends parameters only where their extension is offered, and says what is missing", async () => {
    const server = await serve({ EHLO: "250-mx.test\r\n250-DSN\r\n250 SMTPUTF8" });
    const session = await client().dial({ port: server.port });
    await session.ehlo("probe.test");
    await session.mail("ä@x.test", { smtpUtf8: true, dsnReturn: "HDRS", dsnEnvelopeId: "a b+c" });
    await session.rcpt("ö@y.test", { dsnNotify: ["SUCCESS", "FAILURE"] });
    expect(server.lines.slice(1).map((line) => Buffer.from(line, "latin1").toString())).toEqual([
      "MAIL FROM:<ä@x.test> SMTPUTF8 RET=HDRS ENVID=a+20b+2Bc",
      "RCPT TO:<ö@y.test> NOTIFY=SUCCESS,FAILURE",
    ]);
    await expect(session.mail("a@x.test", { requireTls: true })).rejects.toThrow(/does not offer REQUIRETLS/);
    await expect(session.mail("a@x.test>\r\nRCPT TO:<b@y.test")).rejects.toThrow(/control characters/);
    await expect(session.ehlo("a b")).rejects.toThrow(/host name/);
    expect(server.lines).toHaveLength(3);
  });
});

describe("STARTTLS", () => {
  it("discards what was known, reads the certificate, and goes on under TLS", async () => {
    const secureContext = await serverContext();
    const { ca } = await testAuthority();
    const server = await serve({ EHLO: "250-mx.test\r\n250 STARTTLS" }, { secureContext });
    const probe = client();
    const session = await probe.dial({ port: server.port, tls: { ca, serverName: "mx.test" } });
    await session.ehlo("probe.test");
    expect((await session.startTls()).code).toBe(220);
    expect(session.capabilities).toBeUndefined();
    expect(session.injectedBytes).toBe(0);
    expect(session.tls).toMatchObject({ version: "TLSv1.3", serverName: "mx.test", trusted: true });
    expect(session.tls?.chain.map(({ subject }) => subject)).toEqual([
      "CN=localhost",
      "CN=Mailgauge Lab Issuing CA",
    ]);
    await session.ehlo("probe.test");
    const result = await session.submit({ from: "a@x.test", to: ["b@y.test"] }, MESSAGE);
    expect(result.body?.code).toBe(250);
    await session.quit();
    expect(probe.phases().join(" ")).toBe("connect banner ehlo starttls tls ehlo mail rcpt data body quit");
    await server.idle();
  });

  it("gives a refusal as a value", async () => {
    const probe = client();
    const session = await probe.dial({ port: (await serve({ STARTTLS: "454 4.7.0 not now" })).port });
    expect(text(await session.startTls())).toBe("454 4.7.0 not now");
    expect(session.tls).toBeUndefined();
    expect(probe.phases().at(-1)).toBe("starttls:tls_refused");
  });

  it("counts and throws away what comes in the clear behind 220", async () => {
    const secureContext = await serverContext();
    const server = await serve({
      STARTTLS: async (end) => {
        end.send("220 2.0.0 Ready", "250 injected");
        await end.startTls(secureContext);
      },
    });
    const session = await client().dial({ port: server.port });
    await session.startTls();
    expect(session.injectedBytes).toBe("250 injected\r\n".length);
    expect((await session.ehlo("probe.test")).lines[0]).toBe("mx.test");
  });

  it("reads the greeting under implicit TLS", async () => {
    const server = await serve({}, { secureContext: await serverContext(), implicitTls: true });
    const probe = client();
    const session = await probe.dial({ port: server.port, implicitTls: true });
    expect(session.banner.code).toBe(220);
    expect(session.tls?.trusted).toBe(false);
    expect(probe.phases().join(" ")).toBe("connect tls banner");
    await session.quit();
    await server.idle();
  });
});

describe("the end of a session", () => {
  it("never rejects in quit, and waits for its reply only briefly", async () => {
    const server = await serve({ QUIT: () => {} });
    const probe = client({ limits: { quitMs: 5 } });
    const session = await probe.dial({ port: server.port });
    await session.quit();
    await server.idle();
    expect(probe.phases().at(-1)).toBe("quit:timeout");
    await session.quit();
    session.destroy();
    session.destroy();
    await expect(session.ehlo("probe.test")).rejects.toMatchObject({ fault: { phase: "ehlo" } });
  });

  it("leaves no listener on the signal", async () => {
    const server = await serve();
    const controller = new AbortController();
    for (let i = 0; i < 20; i += 1) {
      const session = await client({ controller }).dial({ port: server.port });
      await session.quit();
    }
    expect(getEventListeners(controller.signal, "abort")).toEqual([]);
  });
});

describe("AUTH", () => {
  const credentials = { username: "probe", password: new Secret("s3cret-pass") };

  it("does not send a password in the clear unless told to", async () => {
    const server = await serve({ EHLO: "250-mx.test\r\n250 AUTH PLAIN", AUTH: "235 2.7.0 ok" });
    const session = await client().dial({ port: server.port });
    await session.ehlo("probe.test");
    await expect(session.auth(credentials)).rejects.toMatchObject({ fault: { code: "auth_not_offered" } });
    expect(server.lines).toEqual(["EHLO probe.test"]);
    const { reply, mechanism } = await session.auth({ ...credentials, allowCleartext: true });
    expect([mechanism, reply.code]).toEqual(["PLAIN", 235]);
  });

  it("keeps what is secret out of transcript and replies", async () => {
    const server = await serve({
      EHLO: "250-mx.test\r\n250 AUTH LOGIN",
      AUTH: async (end) => {
        end.send("334 VXNlcm5hbWU6");
        await end.line();
        end.send("334 UGFzc3dvcmQ6");
        end.send(`535 5.7.8 no: ${await end.line()} s3cret-pass`);
      },
    });
    const probe = client();
    const session = await probe.dial({ port: server.port });
    await session.ehlo("probe.test");
    const result = await session.auth({ ...credentials, allowCleartext: true });
    expect(text(result.reply)).toBe("535 5.7.8 no: [redacted] [redacted]");
    expect(probe.transcript.map(({ text }) => text).slice(-6)).toEqual([
      "AUTH LOGIN",
      "334 [redacted]",
      "[redacted]",
      "334 [redacted]",
      "[redacted]",
      "535 5.7.8 no: [redacted] [redacted]",
    ]);
    expect(probe.phases().at(-1)).toBe("auth:auth_failed");
    expect(session.replies.filter(({ phase }) => phase === "auth").map(({ code }) => code)).toEqual([
      334, 334, 535,
    ]);
  });

  it("decodes the error of a bearer token and acknowledges it", async () => {
    const error = '{"status":"invalid_token","schemes":"bearer"}';
    let acknowledged: string | undefined;
    const server = await serve({
      EHLO: "250-mx.test\r\n250 AUTH OAUTHBEARER XOAUTH2",
      AUTH: async (end) => {
        end.send(`334 ${Buffer.from(error).toString("base64")}`);
        acknowledged = await end.line();
        end.send("535 5.7.8 no");
      },
    });
    const session = await client().dial({ port: server.port });
    await session.ehlo("probe.test");
    const token = { username: "u", accessToken: new Secret("tok3n"), allowCleartext: true };
    expect(await session.auth(token)).toMatchObject({ mechanism: "OAUTHBEARER", challengeError: error });
    expect(acknowledged).toBe("AQ==");
    const second = await session.auth({ ...token, mechanism: "XOAUTH2" });
    expect(second).toMatchObject({ mechanism: "XOAUTH2", challengeError: error, reply: { code: 535 } });
    expect(acknowledged).toBe("");
  });

  it.each<[string, Answers, string, RegExp]>([
    ["no AUTH", { EHLO: "250 mx.test" }, "auth_not_offered", /does not offer AUTH/],
    ["foreign ones", { EHLO: "250-x\r\n250 AUTH GSSAPI" }, "auth_not_offered", /GSSAPI, none that/],
    ["no base64", { AUTH: "334 %%%" }, "protocol_error", /not base64/],
    ["no end", { AUTH: "334 ", "": "334 ", "*": "334 " }, "protocol_error", /PLAIN: the server asks again/],
  ])("ends with a fault when the server offers %s", async (_, answers, code, message) => {
    const server = await serve({ EHLO: "250-mx.test\r\n250 AUTH PLAIN", ...answers });
    const session = await client().dial({ port: server.port });
    await session.ehlo("probe.test");
    await expect(session.auth({ ...credentials, allowCleartext: true })).rejects.toMatchObject({
      fault: { code, phase: "auth", message: expect.stringMatching(message) as string },
    });
  });

  it("refuses a server that takes a SCRAM login without proving itself", async () => {
    const server = await serve({ EHLO: "250-mx.test\r\n250 AUTH SCRAM-SHA-256", AUTH: "235 2.7.0 welcome" });
    const session = await client().dial({ port: server.port });
    await session.ehlo("probe.test");
    await expect(session.auth({ ...credentials, allowCleartext: true })).rejects.toMatchObject({
      fault: { code: "auth_failed", message: expect.stringMatching(/did not prove/) as string },
    });
  });
});
