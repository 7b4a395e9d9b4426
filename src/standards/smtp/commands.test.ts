import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { MailParameters, RcptParameters } from "../../model/smtp.ts";
import { bdatCommand, heloCommand, mailCommand, rcptCommand } from "./commands.ts";
import { parseEhlo } from "./ehlo.ts";
import { SmtpArgumentError } from "./errors.ts";

const ALL = parseEhlo({
  code: 250,
  lines: ["mx.test", "SIZE", "8BITMIME", "SMTPUTF8", "REQUIRETLS", "DSN"],
});

describe("commands", () => {
  it.each<[string, MailParameters, string]>([
    ["", {}, "MAIL FROM:<>"],
    ["a@x.test", { size: 12 }, "MAIL FROM:<a@x.test> SIZE=12"],
    ["a@x.test", { eightBit: true, requireTls: true }, "MAIL FROM:<a@x.test> BODY=8BITMIME REQUIRETLS"],
    ["\u00e4@x.test", { smtpUtf8: true }, "MAIL FROM:<\u00e4@x.test> SMTPUTF8"],
    ["a@x.test", { dsnReturn: "FULL", dsnEnvelopeId: "a=b" }, "MAIL FROM:<a@x.test> RET=FULL ENVID=a+3Db"],
    ['"a b>"@x.test', {}, 'MAIL FROM:<"a b>"@x.test>'],
  ])("MAIL from %j with %j", (from, parameters, line) => {
    expect(mailCommand(from, parameters, ALL)).toBe(line);
  });

  it.each<[string, RcptParameters, string]>([
    ["b@y.test", {}, "RCPT TO:<b@y.test>"],
    ["b@y.test", { dsnNotify: [] }, "RCPT TO:<b@y.test>"],
    ["b@y.test", { dsnNotify: ["DELAY", "SUCCESS", "DELAY"] }, "RCPT TO:<b@y.test> NOTIFY=DELAY,SUCCESS"],
    ["b@y.test", { dsnNotify: ["NEVER"] }, "RCPT TO:<b@y.test> NOTIFY=NEVER"],
  ])("RCPT to %j with %j", (to, parameters, line) => {
    expect(rcptCommand(to, parameters, ALL)).toBe(line);
  });

  it.each<[string, () => string, RegExp]>([
    ["CRLF", () => mailCommand("a@x.test>\r\nDATA"), /control characters/],
    ["a bare LF", () => rcptCommand("b@y.test\nDATA"), /control characters/],
    ["NUL", () => mailCommand("a\0@x.test"), /control characters/],
    ["NEL", () => mailCommand("a\u0085@x.test", { smtpUtf8: true }, ALL), /control characters/],
    ["a parameter in the address", () => mailCommand("a@x.test> SIZE=1"), /angle brackets/],
    ["a blank in the address", () => rcptCommand("b@y.test NOTIFY=NEVER"), /blanks/],
    ["an unclosed quote", () => rcptCommand('"b@y.test> X'), /blanks/],
    ["UTF-8 without SMTPUTF8", () => mailCommand("\u00e4@x.test"), /needs SMTPUTF8/],
    ["no recipient", () => rcptCommand(""), /needs an address/],
    ["an endless address", () => rcptCommand("b".repeat(1001)), /more than 1000/],
    ["NEVER with another", () => rcptCommand("b@y", { dsnNotify: ["NEVER", "DELAY"] }, ALL), /stands alone/],
    ["a bad ENVID", () => mailCommand("a@x", { dsnEnvelopeId: "\u00e4" }, ALL), /printable ASCII/],
    ["a bad size", () => mailCommand("a@x", { size: -1 }, ALL), /whole number/],
    ["a host name with a blank", () => heloCommand("EHLO", "a b"), /host name/],
    ["a host name with CRLF", () => heloCommand("EHLO", "a\r\nMAIL"), /host name/],
    ["no DSN", () => rcptCommand("b@y.test", { dsnNotify: ["DELAY"] }), /does not offer DSN/],
    ["no 8BITMIME", () => mailCommand("a@x.test", { eightBit: true }), /does not offer 8BITMIME/],
  ])("refuse %s", (_, make, message) => {
    expect(make).toThrow(SmtpArgumentError);
    expect(make).toThrow(message);
  });

  it("leave SIZE out where it is not offered", () => {
    expect(mailCommand("a@x.test", { size: 12 })).toBe("MAIL FROM:<a@x.test>");
  });

  it("say hello and announce chunks", () => {
    expect(heloCommand("EHLO", "[IPv6:2001:db8::1]")).toBe("EHLO [IPv6:2001:db8::1]");
    expect(bdatCommand(5, true)).toBe("BDAT 5 LAST");
    expect(bdatCommand(5, false)).toBe("BDAT 5");
  });

  it("are one line whatever the address is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.boolean(), (address, smtpUtf8) => {
        try {
          expect(mailCommand(address, { smtpUtf8 }, ALL)).toMatch(/^MAIL FROM:<[^\p{Cc}]*>( SMTPUTF8)?$/u);
        } catch (error) {
          expect(error).toBeInstanceOf(SmtpArgumentError);
        }
      }),
    );
  });
});
