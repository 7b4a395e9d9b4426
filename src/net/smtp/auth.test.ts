import { describe, expect, it } from "vitest";

import { serveSmtp, type Answers } from "../../../test/support/scripted-smtp.ts";
import { testClient } from "../../../test/support/smtp-client.ts";
import { Secret } from "../../model/secret.ts";
import type { SmtpReply } from "../../model/smtp.ts";

const text = (reply: SmtpReply | undefined): string => `${reply?.code} ${reply?.lines.join("|")}`;

describe("AUTH", () => {
  const credentials = { username: "probe", password: new Secret("s3cret-pass") };

  it("does not send a password in the clear unless told to", async () => {
    const server = await serveSmtp({ EHLO: "250-mx.test\r\n250 AUTH PLAIN", AUTH: "235 2.7.0 ok" });
    const session = await testClient().dial({ port: server.port });
    await session.ehlo("probe.test");
    await expect(session.auth(credentials)).rejects.toMatchObject({ fault: { code: "auth_not_offered" } });
    expect(server.lines).toEqual(["EHLO probe.test"]);
    const { reply, mechanism } = await session.auth({ ...credentials, allowCleartext: true });
    expect([mechanism, reply.code]).toEqual(["PLAIN", 235]);
  });

  it("keeps what is secret out of transcript and replies", async () => {
    const server = await serveSmtp({
      EHLO: "250-mx.test\r\n250 AUTH LOGIN",
      AUTH: async (end) => {
        end.send("334 VXNlcm5hbWU6");
        await end.line();
        end.send("334 UGFzc3dvcmQ6");
        end.send(`535 5.7.8 no: ${await end.line()} s3cret-pass`);
      },
    });
    const probe = testClient();
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

  it("cancels an exchange that it cannot go on with, and the session goes on (RFC 4954 section 4)", async () => {
    let answer: string | undefined;
    const server = await serveSmtp({
      EHLO: "250-mx.test\r\n250 AUTH CRAM-MD5",
      AUTH: async (end) => {
        end.send("334 this is no base64");
        answer = await end.line();
        end.send("501 5.7.0 cancelled");
      },
      RSET: "250 2.0.0 ok",
    });
    const session = await testClient().dial({ port: server.port });
    await session.ehlo("probe.test");
    const login = session.auth({ ...credentials, allowCleartext: true });
    await expect(login).rejects.toMatchObject({ fault: { code: "protocol_error", phase: "auth" } });
    expect(answer).toBe("*");
    expect((await session.rset()).code).toBe(250);
  });

  it.each(["AAA", "AAA==", "A===", "AA=="])("takes %s as base64 only when it is", async (challenge) => {
    const server = await serveSmtp({
      EHLO: "250-mx.test\r\n250 AUTH CRAM-MD5",
      AUTH: async (end) => {
        end.send(`334 ${challenge}`);
        end.send((await end.line()) === "*" ? "501 5.7.0 cancelled" : "235 2.7.0 ok");
      },
    });
    const session = await testClient().dial({ port: server.port });
    await session.ehlo("probe.test");
    const login = session.auth({ ...credentials, allowCleartext: true });
    if (challenge === "AA==") expect((await login).reply.code).toBe(235);
    else await expect(login).rejects.toMatchObject({ fault: { code: "protocol_error" } });
  });

  it("sends an initial response only where it fits into a command of 512 octets", async () => {
    const sent: (string | undefined)[] = [];
    const server = await serveSmtp({
      EHLO: "250-mx.test\r\n250 AUTH XOAUTH2",
      AUTH: async (end, line) => {
        sent.push(line);
        end.send("334 ");
        await end.line();
        end.send("235 2.7.0 ok");
      },
    });
    const session = await testClient().dial({ port: server.port });
    await session.ehlo("probe.test");
    const accessToken = new Secret("t".repeat(600));
    await session.auth({ username: "probe", accessToken, allowCleartext: true });
    expect(sent).toEqual(["AUTH XOAUTH2"]);
  });

  it("decodes the error of a bearer token and acknowledges it", async () => {
    const error = '{"status":"invalid_token","schemes":"bearer"}';
    let acknowledged: string | undefined;
    const server = await serveSmtp({
      EHLO: "250-mx.test\r\n250 AUTH OAUTHBEARER XOAUTH2",
      AUTH: async (end) => {
        end.send(`334 ${Buffer.from(error).toString("base64")}`);
        acknowledged = await end.line();
        end.send("535 5.7.8 no");
      },
    });
    const session = await testClient().dial({ port: server.port });
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
    [
      "no base64 and hangs up when told",
      { AUTH: "334 %%%", "*": (end) => end.hangUp() },
      "protocol_error",
      /not base64/,
    ],
    ["no end", { AUTH: "334 ", "": "334 ", "*": "334 " }, "protocol_error", /PLAIN: the server asks again/],
  ])("ends with a fault when the server offers %s", async (_, answers, code, message) => {
    const server = await serveSmtp({ EHLO: "250-mx.test\r\n250 AUTH PLAIN", ...answers });
    const session = await testClient().dial({ port: server.port });
    await session.ehlo("probe.test");
    await expect(session.auth({ ...credentials, allowCleartext: true })).rejects.toMatchObject({
      fault: { code, phase: "auth", message: expect.stringMatching(message) as string },
    });
  });

  it("refuses a server that takes a SCRAM login without proving itself", async () => {
    const server = await serveSmtp({
      EHLO: "250-mx.test\r\n250 AUTH SCRAM-SHA-256",
      AUTH: "235 2.7.0 welcome",
    });
    const session = await testClient().dial({ port: server.port });
    await session.ehlo("probe.test");
    await expect(session.auth({ ...credentials, allowCleartext: true })).rejects.toMatchObject({
      fault: { code: "auth_failed", message: expect.stringMatching(/did not prove/) as string },
    });
  });
});
