import { describe, expect, it } from "vitest";

import { serveSmtp, type Answers } from "../../../test/support/scripted-smtp.ts";
import { testClient } from "../../../test/support/smtp-client.ts";
import type { SmtpReply } from "../../model/smtp.ts";

const MESSAGE = Buffer.from("Subject: x\r\n\r\n.dot\r\nend\r\n");
const text = (reply: SmtpReply | undefined): string => `${reply?.code} ${reply?.lines.join("|")}`;

describe("a transaction", () => {
  it.each<[string, Answers, string]>([
    ["MAIL is refused", { MAIL: "550 5.7.1 no" }, "MAIL"],
    ["all recipients are refused", { RCPT: "550 5.1.1 no" }, "MAIL RCPT RCPT"],
    ["DATA is refused", { DATA: "452 4.3.1 full" }, "MAIL RCPT RCPT DATA"],
  ])("stops in lockstep when %s", async (_, answers, expected) => {
    const server = await serveSmtp(answers);
    const session = await testClient().dial({ port: server.port });
    const result = await session.submit({ from: "a@x.test", to: ["b@y.test", "c@y.test"] }, MESSAGE);
    expect(server.lines.map((line) => line.split(" ")[0]).join(" ")).toBe(expected);
    expect(result.body).toBeUndefined();
  });

  it.each(["lockstep", "pipelined"] as const)(
    "stops at 421, and keeps what was said before: %s",
    async (mode) => {
      let asked = 0;
      const server = await serveSmtp({
        RCPT: (end) => {
          asked += 1;
          if (asked === 1) return end.send("250 2.1.5 Ok");
          end.send("421 4.7.0 too many");
          end.hangUp();
        },
      });
      const session = await testClient().dial({ port: server.port });
      await session.ehlo("probe.test");
      const envelope = { from: "a@x.test", to: ["b@y.test", "c@y.test", "d@y.test"] };
      const result = await session.submit(envelope, MESSAGE, { mode });
      expect(result.recipients.map(({ rcpt }) => rcpt.code)).toEqual([250, 421]);
      expect([result.data, result.body]).toEqual([undefined, undefined]);
    },
  );

  it("sends the envelope in one write when pipelining is offered", async () => {
    const together: string[] = [];
    const server = await serveSmtp({
      MAIL: async (end) => {
        together.push((await end.until("\r\nDATA\r\n")) ?? "");
        end.send("250 2.1.0 Ok", "250 2.1.5 Ok", "550 5.1.1 No", "354 go on");
        await end.until("\r\n.\r\n");
        end.send("250 2.0.0 Ok");
      },
    });
    const probe = testClient();
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
    const server = await serveSmtp({
      RCPT: "550 5.1.1 no",
      DATA: async (end) => {
        end.send("354 go on");
        await end.until(".\r\n");
        end.send("554 5.5.1 no recipients");
      },
    });
    const probe = testClient();
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
    const server = await serveSmtp({ EHLO: "250-mx.test\r\n250 CHUNKING" });
    const probe = testClient();
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
    const server = await serveSmtp({ EHLO: "250 mx.test" });
    const session = await testClient().dial({ port: server.port });
    await session.ehlo("probe.test");
    const options = { mode: "pipelined", chunking: true } as const;
    await session.submit({ from: "a@x.test", to: ["b@y.test"], mail: { size: 5 } }, MESSAGE, options);
    expect(server.lines).toEqual(["EHLO probe.test", "MAIL FROM:<a@x.test>", "RCPT TO:<b@y.test>", "DATA"]);
  });

  it.each(["DATA", "BDAT"] as const)("carries a message of some megabytes by %s whole", async (how) => {
    const server = await serveSmtp({ EHLO: "250-mx.test\r\n250 CHUNKING" });
    const probe = testClient();
    const session = await probe.dial({ port: server.port });
    await session.ehlo("probe.test");
    const message = Buffer.from(".line of text\r\n".repeat(200_000));
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
    const server = await serveSmtp({
      DATA: (end) => {
        end.send("354 go on", "552 5.3.4 too big");
        end.hangUp();
      },
    });
    const session = await testClient().dial({ port: server.port });
    const message = Buffer.alloc(8_000_000, "line of text\r\n");
    const result = await session.submit({ from: "a@x.test", to: ["b@y.test"] }, message);
    expect(text(result.body)).toBe("552 5.3.4 too big");
  });

  it("asks for REQUIRETLS under TLS only, also where the server offers it in the clear (RFC 8689 section 2)", async () => {
    const server = await serveSmtp({ EHLO: "250-mx.test\r\n250 REQUIRETLS" });
    const session = await testClient().dial({ port: server.port });
    await session.ehlo("probe.test");
    const envelope = { from: "a@x.test", to: ["b@y.test"], mail: { requireTls: true } };
    await expect(session.mail("a@x.test", { requireTls: true })).rejects.toThrow(/REQUIRETLS needs TLS/);
    await expect(session.submit(envelope, Buffer.from("x\r\n"))).rejects.toThrow(/REQUIRETLS needs TLS/);
    expect(server.lines).toEqual(["EHLO probe.test"]);
  });

  it("sends parameters only where their extension is offered, and says what is missing", async () => {
    const server = await serveSmtp({ EHLO: "250-mx.test\r\n250-DSN\r\n250 SMTPUTF8" });
    const session = await testClient().dial({ port: server.port });
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
