import { getEventListeners } from "node:events";

import { describe, expect, it } from "vitest";

import { serveSmtp, type Answers } from "../../../test/support/scripted-smtp.ts";
import { testClient } from "../../../test/support/smtp-client.ts";
import type { SmtpReply } from "../../model/smtp.ts";

const MESSAGE = Buffer.from("Subject: x\r\n\r\n.dot\r\nend\r\n");
const text = (reply: SmtpReply | undefined): string => `${reply?.code} ${reply?.lines.join("|")}`;

describe("a session in the clear", () => {
  it("times each command as a phase and keeps each reply", async () => {
    const server = await serveSmtp();
    const probe = testClient();
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
    const probe = testClient();
    const session = await probe.dial({ port: (await serveSmtp(answers)).port });
    expect(text(session.banner)).toBe(banner);
    expect(probe.phases().join(" ")).toBe(phases);
  });

  it.each([
    ["EHLO", { EHLO: "500 what?" }, "250 mx.test"],
    ["EHLO", { EHLO: "502 not here" }, "250 mx.test"],
    ["EHLO", { EHLO: "500 what?", HELO: "250-mx.test\r\n250 AUTH PLAIN" }, "250 mx.test"], // HELO offers nothing
    ["EHLO", { EHLO: "550 go away" }, "550 go away"], // a refusal, not ignorance
  ])("falls back from %s as RFC 5321 asks: %j", async (_, answers, expected) => {
    const probe = testClient();
    const session = await probe.dial({ port: (await serveSmtp(answers)).port });
    const reply = await session.ehlo("probe.test");
    expect(text(reply)).toBe(expected);
    expect(session.capabilities?.authMechanisms ?? []).toEqual([]);
    expect(probe.phases().filter((phase) => phase.startsWith("ehlo"))).toHaveLength(1);
  });

  it("says LHLO under LMTP and reads a reply for each recipient that was taken", async () => {
    let fates = 0;
    const server = await serveSmtp({
      RCPT: (end, line) => end.send(line.includes("bad") ? "550 5.1.1 no" : "250 2.1.5 ok"),
      content: (end) => {
        fates += 1;
        end.send("250 2.0.0 <b@y.test> abc Saved", "452 4.2.2 full");
      },
    });
    const session = await testClient().dial({ port: server.port, lmtp: true });
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

describe("the end of a session", () => {
  it("tidies up without a phase and uncounted: RSET tells nothing about the server's speed", async () => {
    const server = await serveSmtp();
    const probe = testClient();
    const session = await probe.dial({ port: server.port });
    await session.ehlo("probe.test");
    await session.mail("a@x.test");
    expect((await session.rset()).code).toBe(250);
    await session.quit();
    expect(probe.phases().join(" ")).toBe("connect banner ehlo mail quit");
    expect(session.replies.map(({ phase }) => phase).join(" ")).toBe("banner ehlo mail quit");
    expect(probe.transcript.map(({ text }) => text)).toContain("RSET");
  });

  it("tells when the server is gone at RSET, in the phase that it ends", async () => {
    const server = await serveSmtp({ RSET: (end) => end.hangUp() });
    const session = await testClient().dial({ port: server.port });
    await session.ehlo("probe.test");
    await expect(session.rset()).rejects.toMatchObject({
      fault: {
        code: "closed",
        phase: "rcpt",
        message: "the server closed the connection in place of a reply to RSET",
      },
    });
  });

  it("never rejects in quit, and waits for its reply only briefly", async () => {
    const server = await serveSmtp({ QUIT: () => {} });
    const probe = testClient({ limits: { quitMs: 5 } });
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
    const server = await serveSmtp();
    const controller = new AbortController();
    for (let i = 0; i < 20; i += 1) {
      const session = await testClient({ controller }).dial({ port: server.port });
      await session.quit();
    }
    expect(getEventListeners(controller.signal, "abort")).toEqual([]);
  });
});
