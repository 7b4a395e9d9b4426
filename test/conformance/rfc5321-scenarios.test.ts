import { describe, expect, it } from "vitest";

import { follow, shown } from "../support/rfc-dialogue.ts";

/**
 * RFC 5321 appendix D. Where the server offers SIZE, our MAIL states it (RFC 1870 section 6), which the appendix does
 * not; and the line `...etc. etc. etc.` stands for more text there, but here it is one that begins with a dot.
 */
const BLAH = Buffer.from("Blah blah blah...\r\n...etc. etc. etc.\r\n");

const GREETED = `
  S: 220 foo.com Simple Mail Transfer Service Ready
  C: EHLO bar.com
  S: 250-foo.com greets bar.com
  S: 250-8BITMIME
  S: 250-SIZE
  S: 250-DSN
  S: 250 HELP`;

const GOODBYE = `
  C: QUIT
  S: 221 foo.com Service closing transmission channel`;

describe("RFC 5321 appendix D", () => {
  it("D.1: a typical transaction, one of three recipients refused", async () => {
    const dialogue = `${GREETED}
      C: MAIL FROM:<Smith@bar.com> SIZE=38
      S: 250 OK
      C: RCPT TO:<Jones@foo.com>
      S: 250 OK
      C: RCPT TO:<Green@foo.com>
      S: 550 No such user here
      C: RCPT TO:<Brown@foo.com>
      S: 250 OK
      C: DATA
      S: 354 Start mail input; end with <CRLF>.<CRLF>
      C: Blah blah blah...
      C: ....etc. etc. etc.
      C: .
      S: 250 OK${GOODBYE}`;
    const result = await follow(dialogue, async (session) => {
      await session.ehlo("bar.com");
      expect(session.capabilities).toMatchObject({
        domain: "foo.com",
        keywords: { "8BITMIME": [], SIZE: [], DSN: [], HELP: [] },
        size: 0, // no limit is named
      });
      const to = ["Jones@foo.com", "Green@foo.com", "Brown@foo.com"];
      const sent = await session.submit({ from: "Smith@bar.com", to }, BLAH);
      await session.quit();
      return sent;
    });
    expect(result.recipients.map(({ index, rcpt }) => `${index} ${shown(rcpt)}`)).toEqual([
      "0 250 OK",
      "1 550 No such user here",
      "2 250 OK",
    ]);
    expect(shown(result.body)).toBe("250 OK");
  });

  it("D.2: a transaction that is given up", async () => {
    const dialogue = `${GREETED}
      C: MAIL FROM:<Smith@bar.com>
      S: 250 OK
      C: RCPT TO:<Jones@foo.com>
      S: 250 OK
      C: RCPT TO:<Green@foo.com>
      S: 550 No such user here
      C: RSET
      S: 250 OK${GOODBYE}`;
    await follow(dialogue, async (session) => {
      await session.ehlo("bar.com");
      await session.mail("Smith@bar.com");
      expect(shown(await session.rcpt("Jones@foo.com"))).toBe("250 OK");
      expect(shown(await session.rcpt("Green@foo.com"))).toBe("550 No such user here");
      expect(shown(await session.rset())).toBe("250 OK");
      await session.quit();
    });
  });

  it("D.3: mail that is relayed, step 1", async () => {
    const message = [
      "Date: Thu, 21 May 1998 05:33:29 -0700",
      "From: John Q. Public <JQP@bar.com>",
      "Subject: The Next Meeting of the Board",
      "To: Jones@xyz.com",
      "",
      "Bill:",
      "The next meeting of the board of directors will be",
      "on Tuesday.",
      "John.",
    ];
    const octets = Buffer.from(`${message.join("\r\n")}\r\n`);
    const dialogue = `${GREETED}
      C: MAIL FROM:<JQP@bar.com> SIZE=${octets.length}
      S: 250 OK
      C: RCPT TO:<Jones@XYZ.COM>
      S: 250 OK
      C: DATA
      S: 354 Start mail input; end with <CRLF>.<CRLF>
${message.map((line) => `C: ${line}`).join("\n")}
      C: .
      S: 250 OK${GOODBYE}`;
    const result = await follow(dialogue, async (session) => {
      await session.ehlo("bar.com");
      const sent = await session.submit({ from: "JQP@bar.com", to: ["Jones@XYZ.COM"] }, octets);
      await session.quit();
      return sent;
    });
    expect(shown(result.body)).toBe("250 OK");
  });

  it("D.3: mail that is relayed, step 2, where the server offers nothing", async () => {
    const dialogue = `
      S: 220 xyz.com Simple Mail Transfer Service Ready
      C: EHLO foo.com
      S: 250 xyz.com is on the air
      C: MAIL FROM:<JQP@bar.com>
      S: 250 OK
      C: RCPT TO:<Jones@XYZ.COM>
      S: 250 OK
      C: DATA
      S: 354 Start mail input; end with <CRLF>.<CRLF>
      C: Received: from bar.com by foo.com ; Thu, 21 May 1998
      C:     05:33:29 -0700
      C:
      C: John.
      C: .
      S: 250 OK
      C: QUIT
      S: 221 foo.com Service closing transmission channel`;
    const text =
      "Received: from bar.com by foo.com ; Thu, 21 May 1998\r\n    05:33:29 -0700\r\n\r\nJohn.\r\n";
    await follow(dialogue, async (session) => {
      await session.ehlo("foo.com");
      expect(session.capabilities).toMatchObject({ domain: "xyz.com", keywords: {} });
      expect(session.capabilities).not.toHaveProperty("size");
      await session.submit({ from: "JQP@bar.com", to: ["Jones@XYZ.COM"] }, Buffer.from(text));
      await session.quit();
    });
  });
});

describe("RFC 5321 section 3: the session", () => {
  it("3.1: a greeting of 554 is followed by QUIT, for which the server waits", async () => {
    const dialogue = `
      S: 554 foo.com No SMTP service here
      C: QUIT
      S: 221 foo.com Service closing transmission channel`;
    await follow(dialogue, async (session) => {
      expect(shown(session.banner)).toBe("554 foo.com No SMTP service here");
      await session.quit();
    });
  });

  it("3.2: after `command not recognized` HELO takes the place of EHLO, and has no extensions", async () => {
    const dialogue = `
      S: 220 foo.com Simple Mail Transfer Service Ready
      C: EHLO bar.com
      S: 500 Syntax error, command unrecognized
      C: HELO bar.com
      S: 250 foo.com
      C: MAIL FROM:<Smith@bar.com>
      S: 250 OK
      C: RCPT TO:<Jones@foo.com>
      S: 250 OK
      C: DATA
      S: 354 Start mail input; end with <CRLF>.<CRLF>
      C: Blah blah blah...
      C: ....etc. etc. etc.
      C: .
      S: 250 OK${GOODBYE}`;
    await follow(dialogue, async (session) => {
      expect(shown(await session.ehlo("bar.com"))).toBe("250 foo.com");
      const options = { mode: "pipelined", chunking: true } as const;
      await session.submit({ from: "Smith@bar.com", to: ["Jones@foo.com"] }, BLAH, options);
      await session.quit();
    });
  });

  it.each([
    ["503 Bad sequence of commands", "3.3: no MAIL or RCPT was taken"],
    ["554 no valid recipients", "3.3: no recipient was taken"],
    ["451 Requested action aborted: local error in processing", "3.3: no data unless 354"],
    ["250 OK", "3.3: no data unless 354, not even after another positive reply"],
    ["300 go on", "3.3: no data unless 354, though the class is the same"],
  ])("sends no data after `%s` to DATA (%s)", async (reply) => {
    const dialogue = `${GREETED}
      C: MAIL FROM:<Smith@bar.com> SIZE=38
      S: 250 OK
      C: RCPT TO:<Jones@foo.com>
      S: 250 OK
      C: DATA
      S: ${reply}${GOODBYE}`;
    const result = await follow(dialogue, async (session) => {
      await session.ehlo("bar.com");
      const sent = await session.submit({ from: "Smith@bar.com", to: ["Jones@foo.com"] }, BLAH);
      await session.quit();
      return sent;
    });
    expect(shown(result.data)).toBe(reply);
    expect(result.body).toBeUndefined();
  });

  it("3.6.3: the null reverse-path", async () => {
    const dialogue = `${GREETED}
      C: MAIL FROM:<>
      S: 250 OK
      C: QUIT
      S: 221 foo.com Service closing transmission channel`;
    await follow(dialogue, async (session) => {
      await session.ehlo("bar.com");
      await session.mail("");
      await session.quit();
    });
  });
});

const CLOSING = "421 foo.com Service not available, closing transmission channel";
const MAIL = `C: MAIL FROM:<Smith@bar.com>
  S: 250 OK`;
const RCPT = `C: RCPT TO:<Jones@foo.com>
  S: 250 OK`;
const DATA = `C: DATA
  S: 354 Start mail input; end with <CRLF>.<CRLF>
  C: Blah blah blah...
  C: ....etc. etc. etc.
  C: .`;

describe("RFC 5321 sections 3.8 and 4.3.2: 421 to any command", () => {
  const hello = `S: 220 foo.com ready
  C: EHLO bar.com`;
  const greeted = `${hello}
  S: 250 foo.com`;

  it("in place of the greeting", async () => {
    await follow(`S: ${CLOSING}`, async ({ banner }) => expect(shown(banner)).toBe(CLOSING));
  });

  it("to EHLO, which is no reason to try HELO", async () => {
    await follow(`${hello}\nS: ${CLOSING}`, async (session) => {
      expect(shown(await session.ehlo("bar.com"))).toBe(CLOSING);
    });
  });

  it.each<[string, string, (reply: { readonly [key: string]: unknown }) => unknown]>([
    ["MAIL", "C: MAIL FROM:<Smith@bar.com>", ({ mail }) => mail],
    [
      "RCPT",
      `${MAIL}
      C: RCPT TO:<Jones@foo.com>`,
      ({ recipients }) => (recipients as { rcpt: unknown }[])[0]?.rcpt,
    ],
    [
      "DATA",
      `${MAIL}
      ${RCPT}
      C: DATA`,
      ({ data }) => data,
    ],
    [
      "the final dot",
      `${MAIL}
      ${RCPT}
      ${DATA}`,
      ({ body }) => body,
    ],
  ])("to %s", async (_command, dialogue, pick) => {
    const result = await follow(`${greeted}\n${dialogue}\nS: ${CLOSING}`, async (session) => {
      await session.ehlo("bar.com");
      return await session.submit({ from: "Smith@bar.com", to: ["Jones@foo.com"] }, BLAH);
    });
    expect(pick({ ...result })).toMatchObject({ code: 421 });
  });

  it("before any command: it stands for the reply to the next, which is not sent", async () => {
    const dialogue = `${greeted}
      S: ${CLOSING}`;
    await follow(dialogue, async (session) => {
      await session.ehlo("bar.com");
      expect(shown(await session.mail("Smith@bar.com"))).toBe(CLOSING);
    });
  });
});
