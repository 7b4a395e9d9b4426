import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { SmtpReply } from "../../model/smtp.ts";
import { SmtpSyntaxError } from "./errors.ts";
import { ReplyParser, type ReplyLimits } from "./reply-parser.ts";

const SMALL: ReplyLimits = { lineBytes: 40, lines: 4, bytes: 100 };

interface Outcome {
  readonly replies: SmtpReply[];
  readonly error?: string;
}

/** All that a parser makes of a stream, read after each chunk as a session does. */
function parse(chunks: readonly (string | Uint8Array)[], limits?: ReplyLimits): Outcome {
  const parser = new ReplyParser(limits);
  const replies: SmtpReply[] = [];
  try {
    for (const chunk of chunks) {
      parser.feed(Buffer.from(chunk));
      for (let reply = parser.next(); reply !== undefined; reply = parser.next()) replies.push(reply);
    }
  } catch (error) {
    if (!(error instanceof SmtpSyntaxError)) throw error;
    return { replies, error: `${error.code}: ${error.message}` };
  }
  return { replies };
}

const only = (text: string): SmtpReply | undefined => parse([text]).replies[0];

describe("ReplyParser", () => {
  it.each<[string, SmtpReply]>([
    ["250 OK\r\n", { code: 250, lines: ["OK"] }],
    ["250 OK\n", { code: 250, lines: ["OK"] }], // a bare LF is tolerated
    ["250\r\n", { code: 250, lines: [""] }], // RFC 5321 section 4.2: a bare code
    ["250 \r\n", { code: 250, lines: [""] }],
    ["250-a\r\n250-\r\n250 b\r\n", { code: 250, lines: ["a", "", "b"] }],
    ["250-a\r\n250\r\n", { code: 250, lines: ["a", ""] }],
    ["554 5.7.1 no\r\n", { code: 554, enhanced: "5.7.1", lines: ["5.7.1 no"] }],
    ["554 5.7.1\r\n", { code: 554, enhanced: "5.7.1", lines: ["5.7.1"] }],
    [
      "550-5.7.26 a\r\n550 b - gsmtp\r\n",
      { code: 550, enhanced: "5.7.26", lines: ["5.7.26 a", "b - gsmtp"] },
    ],
    ["550 4.7.1 no\r\n", { code: 550, lines: ["4.7.1 no"] }], // RFC 2034: the class must be that of the code
    ["550 5.7.1.2 no\r\n", { code: 550, lines: ["5.7.1.2 no"] }], // an address, not a code
    ["550 5.7.1000 no\r\n", { code: 550, lines: ["5.7.1000 no"] }],
    ["354 3.0.0 go\r\n", { code: 354, lines: ["3.0.0 go"] }], // class 3 does not exist
    ["250 gr\u00fc\u00df\r\n", { code: 250, lines: ["gr\u00fc\u00df"] }],
    ["250 a\u001b[31mb\u0000\rc\td\r\n", { code: 250, lines: ["a\ufffd[31mb\ufffd\ufffdc\td"] }], // no steering
    ["250 a\u202eb\r\n", { code: 250, lines: ["a\ufffdb"] }],
  ])("reads %j", (text, expected) => {
    expect(only(text)).toEqual(expected);
  });

  it("takes octets that are no UTF-8 for what they are", () => {
    expect(parse([Buffer.from("250 \xff\r\n", "latin1")]).replies[0]?.lines).toEqual(["\ufffd"]);
  });

  it.each([
    ["hello\r\n", 'not an SMTP reply: "hello"'],
    ["\r\n", 'not an SMTP reply: ""'],
    ["25\r\n", 'not an SMTP reply: "25"'],
    ["150 no\r\n", 'not an SMTP reply: "150 no"'], // no class 1 in SMTP
    ["650 no\r\n", 'not an SMTP reply: "650 no"'],
    ["250_no\r\n", 'not an SMTP reply: "250_no"'],
    ["2500 no\r\n", 'not an SMTP reply: "2500 no"'],
    [
      "HTTP/1.1 400 Bad Request and more text than is shown\r\n",
      'not an SMTP reply: "HTTP/1.1 400 Bad Request and more text t"',
    ],
    ["250-a\r\n251 b\r\n", "a reply that begins with 250 goes on with 251"],
    ["250-a\r\n\r\n", 'not an SMTP reply: ""'],
    ["\x15\x03\x01\x00\x02\x02\x46\n", "a TLS record in place of an SMTP reply"],
  ])("refuses %j", (text, message) => {
    expect(parse([text]).error).toBe(`protocol_error: ${message}`);
  });

  it.each<[string, string]>([
    [`250 ${"x".repeat(36)}\r\n`, ""],
    [`250 ${"x".repeat(37)}\r\n`, "limit_exceeded: a line of more than 40 octets"],
    [`250 ${"x".repeat(100)}`, "limit_exceeded: a line of more than 40 octets"], // never ends
    ["250-a\r\n".repeat(3) + "250 b\r\n", ""],
    ["250-a\r\n".repeat(5), "limit_exceeded: a reply of more than 4 lines"],
    [`250-${"x".repeat(30)}\r\n`.repeat(4), "limit_exceeded: a reply of more than 100 octets"],
  ])("bounds %j", (text, error) => {
    expect(parse([text], SMALL).error ?? "").toBe(error);
    expect(parse(text.split(""), SMALL).error ?? "").toBe(error);
  });

  it("refuses more when nobody reads what arrived", () => {
    const parser = new ReplyParser(SMALL);
    parser.feed(Buffer.from("250 a\r\n".repeat(20)));
    expect(() => parser.feed(Buffer.from("250 a\r\n"))).toThrow("more data than any reply has");
  });

  it.each([
    ["", undefined],
    ["250-a\r\n25", undefined],
    ["250 o", undefined],
    ["x", 'not an SMTP reply: "x"'],
    ["250_", 'not an SMTP reply: "250_"'],
    ["\x16\x03", "a TLS record in place of an SMTP reply"],
    ["250 ok\r\nx", undefined], // there is a reply to be read first
  ])("at the end of the stream says of %j: %s", (text, message) => {
    const parser = new ReplyParser();
    parser.feed(Buffer.from(text, "latin1"));
    if (message === undefined) expect(parser.end()).toBeUndefined();
    else expect(() => parser.end()).toThrow(message);
  });

  it("stays in error", () => {
    const parser = new ReplyParser();
    parser.feed(Buffer.from("what?\r\n250 ok\r\n"));
    expect(() => parser.next()).toThrow(SmtpSyntaxError);
    expect(() => parser.next()).toThrow(SmtpSyntaxError);
    expect(() => parser.feed(Buffer.from("250 ok\r\n"))).toThrow(SmtpSyntaxError);
  });

  it("counts what it throws away, lines of an unfinished reply included", () => {
    const parser = new ReplyParser();
    parser.feed(Buffer.from("220 go\r\n250-a\r\n250"));
    expect(parser.next()?.code).toBe(220);
    expect(parser.discard()).toBe(10);
    expect(parser.discard()).toBe(0);
    parser.feed(Buffer.from("220 go\r\n250-a\r\n"));
    parser.next();
    expect(parser.next()).toBeUndefined();
    expect(parser.discard()).toBe(7);
    parser.feed(Buffer.from("250 b\r\n"));
    expect(parser.next()).toEqual({ code: 250, lines: ["b"] });
  });
});

/** Streams near enough to SMTP that they reach every branch. */
const stream = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "250 ok\r\n",
        "250-a\r\n",
        "250 \n",
        "354\r\n",
        "550 5.1.1 no\r\n",
        "\r",
        "\n",
        "-",
        " ",
      ),
      fc.string({ maxLength: 50 }),
      fc.uint8Array({ maxLength: 50 }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => Buffer.concat(parts.map((part) => Buffer.from(part))));

describe("hostile streams", () => {
  it("give nothing but bounded replies or the parser's own error", () => {
    fc.assert(
      fc.property(stream, (octets) => {
        const { replies } = parse([octets], SMALL);
        for (const { code, lines } of replies) {
          expect(code).toBeGreaterThanOrEqual(200);
          expect(code).toBeLessThanOrEqual(599);
          expect(lines.length).toBeGreaterThanOrEqual(1);
          expect(lines.length).toBeLessThanOrEqual(SMALL.lines);
          expect(lines.join("").length).toBeLessThanOrEqual(SMALL.bytes);
          expect(lines.join("")).not.toMatch(/[^\P{Cc}\t]/u);
        }
      }),
    );
  });

  it("give the same however they are cut", () => {
    fc.assert(
      fc.property(stream, fc.array(fc.nat(300)), (octets, cuts) => {
        const at = [0, ...cuts.map((cut) => cut % (octets.length + 1)), octets.length].sort((x, y) => x - y);
        const chunks = at.slice(1).map((end, i) => octets.subarray(at[i], end));
        expect(parse(chunks, SMALL)).toEqual(parse([octets], SMALL));
      }),
    );
  });

  it("never make it hold more than a line beside what was fed last", () => {
    fc.assert(
      fc.property(fc.array(stream), (chunks) => {
        const parser = new ReplyParser(SMALL);
        try {
          for (const chunk of chunks) {
            parser.feed(chunk);
            while (parser.next() !== undefined);
            expect(parser.buffered).toBeLessThanOrEqual(SMALL.lineBytes + 1);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(SmtpSyntaxError);
          expect(parser.buffered).toBe(0);
        }
      }),
    );
  });
});
