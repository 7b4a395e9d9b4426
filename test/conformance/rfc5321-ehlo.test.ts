import { describe, expect, it } from "vitest";

import { heloCommand, mailCommand, rcptCommand } from "../../src/standards/smtp/commands.ts";
import { parseEhlo } from "../../src/standards/smtp/ehlo.ts";
import { SmtpArgumentError } from "../../src/standards/smtp/errors.ts";

const keywords = (...lines: string[]): unknown => ({ ...parseEhlo({ code: 250, lines }).keywords });

describe("RFC 5321 section 4.1.1.1: the reply to EHLO", () => {
  it.each<[readonly string[], string, unknown, string]>([
    [
      ["foo.com greets bar.com", "8BITMIME", "SIZE", "DSN", "HELP"],
      "foo.com",
      { "8BITMIME": [], SIZE: [], DSN: [], HELP: [] },
      "D.1",
    ],
    [["xyz.com is on the air"], "xyz.com", {}, "D.3: ehlo-ok-rsp without ehlo-line"],
    [["foo.com"], "foo.com", {}, "ehlo-greet is optional"],
    [["[192.0.2.1] hello"], "[192.0.2.1]", {}, "4.1.3: an address literal in place of a domain"],
    [
      ["foo.com", "size 1000"],
      "foo.com",
      { SIZE: ["1000"] },
      "ehlo-keyword: upper and lower case mean the same",
    ],
    [
      ["foo.com", "AUTH GSSAPI DIGEST-MD5"],
      "foo.com",
      { AUTH: ["GSSAPI", "DIGEST-MD5"] },
      "ehlo-param, several",
    ],
    [["foo.com", "X-MY-OWN a=b"], "foo.com", { "X-MY-OWN": ["a=b"] }, "4.1.5: private use; a hyphen inside"],
    [["foo.com", "8BITMIME"], "foo.com", { "8BITMIME": [] }, "a keyword may begin with a digit"],
    [["foo.com", "-X", "", " SIZE"], "foo.com", {}, "a keyword begins with a letter or a digit"],
  ])("%j names %s and %j (%s)", (lines, domain, expected) => {
    const parsed = parseEhlo({ code: 250, lines });
    expect(parsed.domain).toBe(domain);
    expect({ ...parsed.keywords }).toEqual(expected);
  });

  it("the first line is a greeting also when it looks like a keyword", () => {
    expect(keywords("SIZE 1000", "DSN")).toEqual({ DSN: [] });
  });
});

describe("RFC 5321 section 4.1: the client's commands", () => {
  it.each<[string, string, string]>([
    [heloCommand("EHLO", "bar.com"), "EHLO bar.com", "4.1.1.1"],
    [heloCommand("HELO", "bar.com"), "HELO bar.com", "4.1.1.1"],
    [heloCommand("EHLO", "[192.0.2.1]"), "EHLO [192.0.2.1]", "4.1.3: without a name, an address literal"],
    [heloCommand("EHLO", "[IPv6:2001:db8::1]"), "EHLO [IPv6:2001:db8::1]", "4.1.3: with its tag"],
    [
      mailCommand("userx@y.foo.org"),
      "MAIL FROM:<userx@y.foo.org>",
      "4.1.1.2: no blanks around the colon (3.3)",
    ],
    [mailCommand(""), "MAIL FROM:<>", "4.1.1.2: the null reverse-path"],
    [rcptCommand("Postmaster"), "RCPT TO:<Postmaster>", "4.1.1.3: without a domain"],
    [rcptCommand("userc@d.bar.org"), "RCPT TO:<userc@d.bar.org>", "4.1.1.3"],
    [
      rcptCommand('"Joe.\\\\Blow"@example.com'),
      'RCPT TO:<"Joe.\\\\Blow"@example.com>',
      "4.1.2: Quoted-string",
    ],
    [
      rcptCommand('"a b<c>d"@example.com'),
      'RCPT TO:<"a b<c>d"@example.com>',
      "4.1.2: qtextSMTP holds blanks and brackets",
    ],
    [rcptCommand('"a\\"b"@example.com'), 'RCPT TO:<"a\\"b"@example.com>', "4.1.2: quoted-pairSMTP"],
    [rcptCommand("jones@[192.0.2.1]"), "RCPT TO:<jones@[192.0.2.1]>", "4.1.2: address-literal"],
    [rcptCommand("jones@[IPv6:2001:db8::1]"), "RCPT TO:<jones@[IPv6:2001:db8::1]>", "4.1.3"],
  ])("%s", (line, expected) => {
    expect(line).toBe(expected);
    expect(line.length).toBeLessThanOrEqual(510); // 4.5.3.1.4, without CRLF
  });

  it.each<[string, () => string, string]>([
    ["a line end in a path", () => rcptCommand("a@b.test>\r\nDATA"), "2.3.8"],
    ["a bare LF in a path", () => rcptCommand("a@b.test>\nDATA"), "2.3.8"],
    ["a bare CR in a path", () => mailCommand("a\r@b.test"), "2.3.8"],
    ["octets outside ASCII without SMTPUTF8", () => mailCommand("\u00e4@b.test"), "2.4"],
    ["an empty forward-path", () => rcptCommand(""), "4.1.1.3"],
    ["an EHLO argument with a blank", () => heloCommand("EHLO", "bar com"), "4.1.1.1"],
    ["an EHLO without argument", () => heloCommand("EHLO", ""), "4.1.1.1"],
  ])("%s is not sent (section %s)", (_what, make) => {
    expect(make).toThrow(SmtpArgumentError);
  });

  it("4.5.3.1: the longest local part and the longest domain fit", () => {
    const domain = `${"d".repeat(63)}.`.repeat(3) + "d".repeat(63); // 255 octets
    const local = "l".repeat(64);
    expect(heloCommand("EHLO", domain)).toBe(`EHLO ${domain}`);
    expect(rcptCommand(`${local}@${domain}`)).toBe(`RCPT TO:<${local}@${domain}>`);
  });
});
