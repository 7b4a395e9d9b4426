import { describe, expect, it } from "vitest";

import { bdatCommand } from "../../src/standards/smtp/commands.ts";
import { follow, shown } from "../support/rfc-dialogue.ts";

const TEXT = Buffer.from(
  "To: Susan@random.com\r\nFrom: Sam@random.com\r\nSubject: This is a bodyless test message\r\n",
);
const envelope = { from: "Sam@Random.com", to: ["Susan@Random.com"] };

describe("RFC 3030: BDAT", () => {
  it("section 4.1: a message in one chunk", async () => {
    const dialogue = `
      S: 220 cnri.reston.va.us SMTP service ready
      C: EHLO ymir.claremont.edu
      S: 250-cnri.reston.va.us says hello
      S: 250 CHUNKING
      C: MAIL FROM:<Sam@Random.com>
      S: 250 <Sam@Random.com> Sender ok
      C: RCPT TO:<Susan@Random.com>
      S: 250 <Susan@random.com> Recipient ok
      C: BDAT 86 LAST
      C: To: Susan@random.com
      C: From: Sam@random.com
      C: Subject: This is a bodyless test message
      S: 250 Message OK, 86 octets received
      C: QUIT
      S: 221 Goodbye`;
    const result = await follow(dialogue, async (session) => {
      await session.ehlo("ymir.claremont.edu");
      const sent = await session.submit(envelope, TEXT, { chunking: true });
      await session.quit();
      return sent;
    });
    expect(shown(result.body)).toBe("250 Message OK, 86 octets received");
    expect(result.data).toBeUndefined();
  });

  it.each([
    [100_000, false, "BDAT 100000"],
    [324, false, "BDAT 324"],
    [0, true, "BDAT 0 LAST"],
  ])("section 4.2: %i octets, last %s: %s", (octets, last, line) => {
    expect(bdatCommand(octets, last)).toBe(line);
  });

  it("section 2: BDAT carries the octets as they are: no dot is added, and none ends it", async () => {
    const dialogue = `
      S: 220 cnri.reston.va.us SMTP service ready
      C: EHLO ymir.claremont.edu
      S: 250-cnri.reston.va.us says hello
      S: 250 CHUNKING
      C: MAIL FROM:<Sam@Random.com>
      S: 250 ok
      C: RCPT TO:<Susan@Random.com>
      S: 250 ok
      C: BDAT 10 LAST
      C: .
      C: ..a
      C:
      S: 250 ok
      C: QUIT
      S: 221 Goodbye`;
    await follow(dialogue, async (session) => {
      await session.ehlo("ymir.claremont.edu");
      await session.submit(envelope, Buffer.from(".\r\n..a\r\n\r\n"), { chunking: true });
      await session.quit();
    });
  });

  it("section 2: without a recipient no chunk is sent", async () => {
    const dialogue = `
      S: 220 cnri.reston.va.us SMTP service ready
      C: EHLO ymir.claremont.edu
      S: 250-cnri.reston.va.us says hello
      S: 250-PIPELINING
      S: 250 CHUNKING
      C: MAIL FROM:<Sam@Random.com>
      C: RCPT TO:<Susan@Random.com>
      S: 250 ok
      S: 550 no
      C: QUIT
      S: 221 Goodbye`;
    await follow(dialogue, async (session) => {
      await session.ehlo("ymir.claremont.edu");
      const options = { mode: "pipelined", chunking: true } as const;
      expect((await session.submit(envelope, TEXT, options)).body).toBeUndefined();
      await session.quit();
    });
  });

  it("section 2: where CHUNKING is not offered, DATA carries the message", async () => {
    const dialogue = `
      S: 220 cnri.reston.va.us SMTP service ready
      C: EHLO ymir.claremont.edu
      S: 250 cnri.reston.va.us says hello
      C: MAIL FROM:<Sam@Random.com>
      S: 250 ok
      C: RCPT TO:<Susan@Random.com>
      S: 250 ok
      C: DATA
      S: 354 go on
      C: To: Susan@random.com
      C: From: Sam@random.com
      C: Subject: This is a bodyless test message
      C: .
      S: 250 ok`;
    await follow(dialogue, async (session) => {
      await session.ehlo("ymir.claremont.edu");
      return await session.submit(envelope, TEXT, { chunking: true });
    });
  });
});
