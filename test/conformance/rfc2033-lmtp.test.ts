import { describe, expect, it } from "vitest";

import { follow, shown } from "../support/rfc-dialogue.ts";

const dial = { lmtp: true };
const BLAH = Buffer.from("Blah blah blah...\r\n...etc. etc. etc.\r\n");

describe("RFC 2033: LMTP", () => {
  it("section 4.2: the example, a reply for each recipient that was taken", async () => {
    // SIZE is offered, and so stated (RFC 1870 section 6); the example leaves that out.
    const dialogue = `
      S: 220 foo.edu LMTP server ready
      C: LHLO foo.edu
      S: 250-foo.edu
      S: 250-PIPELINING
      S: 250 SIZE
      C: MAIL FROM:<chris@bar.com> SIZE=38
      S: 250 OK
      C: RCPT TO:<pat@foo.edu>
      S: 250 OK
      C: RCPT TO:<jones@foo.edu>
      S: 550 No such user here
      C: RCPT TO:<green@foo.edu>
      S: 250 OK
      C: DATA
      S: 354 Start mail input; end with <CRLF>.<CRLF>
      C: Blah blah blah...
      C: ....etc. etc. etc.
      C: .
      S: 250 OK
      S: 452 <green@foo.edu> is temporarily over quota
      C: QUIT
      S: 221 foo.edu closing connection`;
    const drive = async (session: Parameters<Parameters<typeof follow>[1]>[0]) => {
      await session.ehlo("foo.edu");
      const to = ["pat@foo.edu", "jones@foo.edu", "green@foo.edu"];
      const sent = await session.submit({ from: "chris@bar.com", to }, BLAH);
      await session.quit();
      return sent;
    };
    const { recipients, body } = await follow(dialogue, drive, { dial });
    expect(recipients.map(({ rcpt, delivery }) => [shown(rcpt), delivery && shown(delivery)])).toEqual([
      ["250 OK", "250 OK"],
      ["550 No such user here", undefined],
      ["250 OK", "452 <green@foo.edu> is temporarily over quota"],
    ]);
    expect(body?.code).toBe(452);
  });

  it("section 4.2: a reply of several lines is the reply for one recipient", async () => {
    const dialogue = `
      S: 220 foo.edu LMTP server ready
      C: MAIL FROM:<>
      S: 250 OK
      C: RCPT TO:<a@foo.edu>
      S: 250 OK
      C: RCPT TO:<b@foo.edu>
      S: 250 OK
      C: DATA
      S: 354 Start mail input; end with <CRLF>.<CRLF>
      C: x
      C: .
      S: 250-stored
      S: 250 twice
      S: 550-not
      S: 550 stored`;
    const { recipients } = await follow(
      dialogue,
      (session) => session.submit({ from: "", to: ["a@foo.edu", "b@foo.edu"] }, Buffer.from("x\r\n")),
      { dial },
    );
    expect(recipients.map(({ delivery }) => shown(delivery))).toEqual(["250 stored|twice", "550 not|stored"]);
  });

  it("section 4.2: the same recipient twice gets two replies", async () => {
    const dialogue = `
      S: 220 foo.edu LMTP server ready
      C: MAIL FROM:<>
      S: 250 OK
      C: RCPT TO:<a@foo.edu>
      S: 250 OK
      C: RCPT TO:<a@foo.edu>
      S: 250 OK
      C: DATA
      S: 354 go on
      C: x
      C: .
      S: 250 first
      S: 250 second`;
    const { recipients } = await follow(
      dialogue,
      (session) => session.submit({ from: "", to: ["a@foo.edu", "a@foo.edu"] }, Buffer.from("x\r\n")),
      { dial },
    );
    expect(recipients.map(({ delivery }) => shown(delivery))).toEqual(["250 first", "250 second"]);
  });

  it("section 4.3: BDAT LAST has a reply for each recipient, too", async () => {
    const dialogue = `
      S: 220 foo.edu LMTP server ready
      C: LHLO bar.com
      S: 250-foo.edu
      S: 250 CHUNKING
      C: MAIL FROM:<>
      S: 250 OK
      C: RCPT TO:<a@foo.edu>
      S: 250 OK
      C: RCPT TO:<b@foo.edu>
      S: 250 OK
      C: BDAT 3 LAST
      C: x
      S: 250 stored
      S: 452 full`;
    const { recipients } = await follow(
      dialogue,
      async (session) => {
        await session.ehlo("bar.com");
        const envelope = { from: "", to: ["a@foo.edu", "b@foo.edu"] };
        return await session.submit(envelope, Buffer.from("x\r\n"), { chunking: true });
      },
      { dial },
    );
    expect(recipients.map(({ delivery }) => shown(delivery))).toEqual(["250 stored", "452 full"]);
  });

  it("section 4.1: there is no HELO to fall back to", async () => {
    const dialogue = `
      S: 220 foo.edu LMTP server ready
      C: LHLO bar.com
      S: 500 Command not recognized`;
    const reply = await follow(dialogue, (session) => session.ehlo("bar.com"), { dial });
    expect(reply.code).toBe(500);
  });
});
