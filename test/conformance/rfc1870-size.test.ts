import { describe, expect, it } from "vitest";

import { classifyReply } from "../../src/standards/smtp/classify.ts";
import { mailCommand } from "../../src/standards/smtp/commands.ts";
import { parseEhlo } from "../../src/standards/smtp/ehlo.ts";
import { follow, shown } from "../support/rfc-dialogue.ts";

const sizeOf = (line: string): number | undefined =>
  parseEhlo({ code: 250, lines: ["sigurd.innosoft.com", line] }).size;

describe("RFC 1870: SIZE", () => {
  it("section 8: the example, with permanent and transient failures", async () => {
    const text = `${"x".repeat(98)}\r\n`.repeat(5000); // 500,000 octets
    const [line = ""] = text.split("\r\n");
    const dialogue = `
      S: 220 sigurd.innosoft.com -- Server SMTP (PMDF V4.2-6 #1992)
      C: EHLO ymir.claremont.edu
      S: 250-sigurd.innosoft.com
      S: 250-EXPN
      S: 250-HELP
      S: 250 SIZE 1000000
      C: MAIL FROM:<ned@thor.innosoft.com> SIZE=500000
      S: 250 Address Ok.
      C: RCPT TO:<ned@innosoft.com>
      S: 250 ned@innosoft.com OK; can accomodate 500000 byte message
      C: RCPT TO:<ned@ymir.claremont.edu>
      S: 552 Channel size limit exceeded: ned@YMIR.CLAREMONT.EDU
      C: RCPT TO:<ned@hmcvax.claremont.edu>
      S: 452 Insufficient channel storage: ned@hmcvax.CLAREMONT.EDU
      C: DATA
      S: 354 Send message, ending in CRLF.CRLF.
${`C: ${line}\n`.repeat(5000)}
      C: .
      S: 250 Some recipients OK
      C: QUIT
      S: 221 Goodbye`;
    const result = await follow(dialogue, async (session) => {
      await session.ehlo("ymir.claremont.edu");
      expect(session.capabilities?.size).toBe(1_000_000);
      const to = ["ned@innosoft.com", "ned@ymir.claremont.edu", "ned@hmcvax.claremont.edu"];
      const sent = await session.submit({ from: "ned@thor.innosoft.com", to }, Buffer.from(text));
      await session.quit();
      return sent;
    });
    expect(result.recipients.map(({ rcpt }) => rcpt.code)).toEqual([250, 552, 452]);
    expect(shown(result.body)).toBe("250 Some recipients OK");
  });

  it.each<[string, number | undefined, string]>([
    ["SIZE 1000000", 1_000_000, "section 4: the fixed maximum"],
    ["SIZE", 0, "section 4: without parameter nothing is said of a maximum"],
    ["SIZE 0", 0, "section 4: zero says that no fixed maximum is in force"],
    ["SIZE 99999999999999999999", 0, "section 4: any number of digits; this many are no limit"],
    ["HELP", undefined, "not offered"],
  ])("%s limits to %s (%s)", (line, size) => {
    expect(sizeOf(line)).toBe(size);
  });

  it("section 6: the parameter is sent only where the extension is offered", () => {
    const offered = parseEhlo({ code: 250, lines: ["x", "SIZE"] });
    expect(mailCommand("a@b.test", { size: 500_000 }, offered)).toBe("MAIL FROM:<a@b.test> SIZE=500000");
    expect(mailCommand("a@b.test", { size: 500_000 })).toBe("MAIL FROM:<a@b.test>");
  });

  it.each<[number, "mail" | "body", string, string]>([
    [452, "mail", "storage_full", "section 6.1: insufficient system storage"],
    [552, "mail", "message_too_large", "section 6.1: exceeds fixed maximum message size"],
    [552, "body", "message_too_large", "section 6.3: the message was larger than declared"],
  ])("%i in phase %s is %s (%s)", (code, phase, cause) => {
    expect(classifyReply({ phase, code, lines: [""] })).toMatchObject({ cause });
  });
});
