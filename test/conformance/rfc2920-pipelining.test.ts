import { describe, expect, it } from "vitest";

import { follow, shown } from "../support/rfc-dialogue.ts";

/** The server of these dialogues answers only when it has the whole group, so that lockstep would stand still. */
const options = { mode: "pipelined" } as const;

const GREETED = `
  S: 220 innosoft.com SMTP service ready
  C: EHLO dbc.mtview.ca.us
  S: 250-innosoft.com
  S: 250 PIPELINING`;

describe("RFC 2920 section 4: pipelining", () => {
  it("the envelope and DATA in one group", async () => {
    const dialogue = `${GREETED}
      C: MAIL FROM:<mrose@dbc.mtview.ca.us>
      C: RCPT TO:<ned@innosoft.com>
      C: RCPT TO:<dan@innosoft.com>
      C: RCPT TO:<kvc@innosoft.com>
      C: DATA
      S: 250 sender <mrose@dbc.mtview.ca.us> OK
      S: 250 recipient <ned@innosoft.com> OK
      S: 250 recipient <dan@innosoft.com> OK
      S: 250 recipient <kvc@innosoft.com> OK
      S: 354 enter mail, end with line containing only "."
      C: text
      C: .
      S: 250 message sent
      C: QUIT
      S: 221 goodbye`;
    const result = await follow(dialogue, async (session) => {
      await session.ehlo("dbc.mtview.ca.us");
      const to = ["ned@innosoft.com", "dan@innosoft.com", "kvc@innosoft.com"];
      const sent = await session.submit(
        { from: "mrose@dbc.mtview.ca.us", to },
        Buffer.from("text\r\n"),
        options,
      );
      await session.quit();
      return sent;
    });
    expect(result.recipients.map(({ rcpt }) => shown(rcpt))).toEqual([
      "250 recipient <ned@innosoft.com> OK",
      "250 recipient <dan@innosoft.com> OK",
      "250 recipient <kvc@innosoft.com> OK",
    ]);
    expect(shown(result.body)).toBe("250 message sent");
  });

  const REFUSED = `${GREETED}
    C: MAIL FROM:<mrose@dbc.mtview.ca.us>
    C: RCPT TO:<nsb@thumper.bellcore.com>
    C: RCPT TO:<galvin@tis.com>
    C: DATA
    S: 250 sender <mrose@dbc.mtview.ca.us> OK
    S: 550 remote mail to <nsb@thumper.bellore.com> not allowed
    S: 550 remote mail to <galvin@tis.com> not allowed`;

  it.each([
    [
      "where DATA is refused, too",
      `${REFUSED}
      S: 554 no valid recipients given
      C: QUIT
      S: 221 goodbye`,
      554,
    ],
    [
      "where DATA is taken all the same: an empty message ends it (section 3.1)",
      `${REFUSED}
      S: 354 enter mail, end with line containing only "."
      C: .
      S: 554 no valid recipients
      C: QUIT
      S: 221 goodbye`,
      354,
    ],
  ])("no recipient taken, %s", async (_what, dialogue, data) => {
    const result = await follow(dialogue, async (session) => {
      await session.ehlo("dbc.mtview.ca.us");
      const to = ["nsb@thumper.bellcore.com", "galvin@tis.com"];
      const sent = await session.submit(
        { from: "mrose@dbc.mtview.ca.us", to },
        Buffer.from("text\r\n"),
        options,
      );
      await session.quit();
      return sent;
    });
    expect(result.recipients.map(({ rcpt }) => rcpt.code)).toEqual([550, 550]);
    expect(result.data?.code).toBe(data);
    expect(result.body).toBeUndefined();
  });

  it("section 3.1: replies are matched to commands by their order, however they are cut", async () => {
    const dialogue = `${GREETED}
      C: MAIL FROM:<mrose@dbc.mtview.ca.us>
      C: RCPT TO:<a@innosoft.com>
      C: RCPT TO:<b@innosoft.com>
      C: DATA
      S: 250-sender
      S: 250 OK
      S: 450-not
      S: 450-yet
      S: 450 a
      S: 250 b
      S: 354 go on
      C: text
      C: .
      S: 250 message sent`;
    const { recipients, mail } = await follow(dialogue, async (session) => {
      await session.ehlo("dbc.mtview.ca.us");
      const envelope = { from: "mrose@dbc.mtview.ca.us", to: ["a@innosoft.com", "b@innosoft.com"] };
      return await session.submit(envelope, Buffer.from("text\r\n"), options);
    });
    expect(shown(mail)).toBe("250 sender|OK");
    expect(recipients.map(({ rcpt }) => shown(rcpt))).toEqual(["450 not|yet|a", "250 b"]);
  });

  it("section 3.1: no group without the offer", async () => {
    const dialogue = `
      S: 220 innosoft.com SMTP service ready
      C: EHLO dbc.mtview.ca.us
      S: 250 innosoft.com
      C: MAIL FROM:<>
      S: 550 no`;
    const { mail } = await follow(dialogue, async (session) => {
      await session.ehlo("dbc.mtview.ca.us");
      return await session.submit({ from: "", to: ["a@innosoft.com"] }, Buffer.from("text\r\n"), options);
    });
    expect(mail.code).toBe(550);
  });
});
