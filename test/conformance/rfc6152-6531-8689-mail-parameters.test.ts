import { describe, expect, it } from "vitest";

import { mailCommand, rcptCommand } from "../../src/standards/smtp/commands.ts";
import { parseEhlo } from "../../src/standards/smtp/ehlo.ts";
import { SmtpArgumentError } from "../../src/standards/smtp/errors.ts";
import { follow, shown } from "../support/rfc-dialogue.ts";

const offering = (...keywords: string[]) =>
  parseEhlo({ code: 250, lines: ["dbc.mtview.ca.us", ...keywords] });
/** A UTF-8 address as the scripted server sees it: octets. */
const octets = (text: string): string => Buffer.from(text).toString("latin1");

describe("RFC 6152: 8BITMIME", () => {
  it("section 4: the example", async () => {
    const dialogue = `
      S: 220 dbc.mtview.ca.us SMTP service ready
      C: EHLO ymir.claremont.edu
      S: 250-dbc.mtview.ca.us says hello
      S: 250 8BITMIME
      C: MAIL FROM:<ned@ymir.claremont.edu> BODY=8BITMIME
      S: 250 <ned@ymir.claremont.edu>... Sender and 8BITMIME ok
      C: RCPT TO:<mrose@dbc.mtview.ca.us>
      S: 250 <mrose@dbc.mtview.ca.us>... Recipient ok
      C: DATA
      S: 354 Send 8BITMIME message, ending in CRLF.CRLF.
      C: ${octets("Grüße")}
      C: .
      S: 250 OK
      C: QUIT
      S: 250 Goodbye`;
    const result = await follow(dialogue, async (session) => {
      await session.ehlo("ymir.claremont.edu");
      const to = ["mrose@dbc.mtview.ca.us"];
      const envelope = { from: "ned@ymir.claremont.edu", to, mail: { eightBit: true } };
      const sent = await session.submit(envelope, Buffer.from("Grüße\r\n"));
      await session.quit();
      return sent;
    });
    expect(shown(result.body)).toBe("250 OK");
  });

  it("section 2: the parameter needs the offer", () => {
    expect(() => mailCommand("a@b.test", { eightBit: true }, offering("PIPELINING"))).toThrow(
      SmtpArgumentError,
    );
  });
});

describe("RFC 6531: SMTPUTF8", () => {
  const utf8 = offering("8BITMIME", "SMTPUTF8");

  it("sections 3.3 and 3.4: internationalized addresses in MAIL and RCPT, as UTF-8", async () => {
    const dialogue = `
      S: 220 dbc.mtview.ca.us SMTP service ready
      C: EHLO ymir.claremont.edu
      S: 250-dbc.mtview.ca.us
      S: 250-8BITMIME
      S: 250 SMTPUTF8
      C: MAIL FROM:<${octets("用户@例え.テスト")}> SMTPUTF8
      S: 250 ok
      C: RCPT TO:<${octets("пример@example.com")}>
      S: 250 ok
      C: MAIL FROM:<a@example.com>
      S: 250 ok`;
    await follow(dialogue, async (session) => {
      await session.ehlo("ymir.claremont.edu");
      await session.mail("用户@例え.テスト", { smtpUtf8: true });
      await session.rcpt("пример@example.com");
      // The parameter belongs to one transaction.
      await session.mail("a@example.com");
      await expect(session.rcpt("пример@example.com")).rejects.toThrow(SmtpArgumentError);
    });
  });

  it.each<[string, () => string, string]>([
    ["an address outside ASCII without the parameter", () => mailCommand("ü@b.test", {}, utf8), "3.4"],
    [
      "a recipient outside ASCII without the parameter",
      () => rcptCommand("ü@b.test", {}, utf8, false),
      "3.4",
    ],
    [
      "the parameter without the offer",
      () => mailCommand("ü@b.test", { smtpUtf8: true }, offering("8BITMIME")),
      "3.2",
    ],
    [
      "a control character of C1",
      () => mailCommand("a\u0085@b.test", { smtpUtf8: true }, utf8),
      "3.3 (RFC 5198)",
    ],
  ])("%s is not sent (section %s)", (_what, make) => {
    expect(make).toThrow(SmtpArgumentError);
  });

  it("section 3.4: the parameter is for messages, too, whose address is ASCII", () => {
    const parameters = { smtpUtf8: true, eightBit: true };
    expect(mailCommand("a@b.test", parameters, utf8)).toBe("MAIL FROM:<a@b.test> BODY=8BITMIME SMTPUTF8");
  });

  it("section 3.7.4: replies may hold UTF-8", async () => {
    const dialogue = `
      S: 220 dbc.mtview.ca.us SMTP service ready
      C: EHLO ymir.claremont.edu
      S: 250-dbc.mtview.ca.us
      S: 250 SMTPUTF8
      C: MAIL FROM:<> SMTPUTF8
      S: 250 ${octets("отправитель принят")}`;
    const reply = await follow(dialogue, async (session) => {
      await session.ehlo("ymir.claremont.edu");
      return await session.mail("", { smtpUtf8: true });
    });
    expect(shown(reply)).toBe("250 отправитель принят");
  });
});

describe("RFC 8689: REQUIRETLS", () => {
  it("section 2: the option is a keyword without value, where the server offers it", () => {
    expect(mailCommand("roger@example.org", { requireTls: true }, offering("REQUIRETLS"))).toBe(
      "MAIL FROM:<roger@example.org> REQUIRETLS",
    );
  });

  it("section 2: never without the offer of the EHLO that came last", () => {
    for (const capabilities of [undefined, offering("STARTTLS")]) {
      expect(() => mailCommand("a@b.test", { requireTls: true }, capabilities)).toThrow(SmtpArgumentError);
    }
  });
});
