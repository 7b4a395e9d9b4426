import { describe, expect, it } from "vitest";

import { mailCommand, rcptCommand, xtext } from "../../src/standards/smtp/commands.ts";
import { parseEhlo } from "../../src/standards/smtp/ehlo.ts";
import { SmtpArgumentError } from "../../src/standards/smtp/errors.ts";
import { follow } from "../support/rfc-dialogue.ts";

const DSN = parseEhlo({ code: 250, lines: ["Example.ORG", "DSN", "EXPN", "SIZE"] });

describe("RFC 3461: delivery status notifications", () => {
  it("section 10.1: the submission of the example, without ORCPT, which a client may leave out", async () => {
    const dialogue = `
      S: 220 Example.ORG SMTP server here
      C: EHLO Example.ORG
      S: 250-Example.ORG
      S: 250-DSN
      S: 250-EXPN
      S: 250 SIZE
      C: MAIL FROM:<Alice@Example.ORG> RET=HDRS ENVID=QQ314159
      S: 250 <Alice@Example.ORG> sender ok
      C: RCPT TO:<Bob@Example.COM> NOTIFY=SUCCESS
      S: 250 <Bob@Example.COM> recipient ok
      C: RCPT TO:<Carol@Ivory.EDU> NOTIFY=FAILURE
      S: 250 <Carol@Ivory.EDU> recipient ok
      C: RCPT TO:<Dana@Ivory.EDU> NOTIFY=SUCCESS,FAILURE
      S: 250 <Dana@Ivory.EDU> recipient ok
      C: RCPT TO:<Fred@Bombs.AF.MIL> NOTIFY=NEVER
      S: 250 <Fred@Bombs.AF.MIL> recipient ok
      C: QUIT
      S: 221 goodbye`;
    await follow(dialogue, async (session) => {
      await session.ehlo("Example.ORG");
      await session.mail("Alice@Example.ORG", { dsnReturn: "HDRS", dsnEnvelopeId: "QQ314159" });
      await session.rcpt("Bob@Example.COM", { dsnNotify: ["SUCCESS"] });
      await session.rcpt("Carol@Ivory.EDU", { dsnNotify: ["FAILURE"] });
      await session.rcpt("Dana@Ivory.EDU", { dsnNotify: ["SUCCESS", "FAILURE"] });
      await session.rcpt("Fred@Bombs.AF.MIL", { dsnNotify: ["NEVER"] });
      await session.quit();
    });
  });

  it.each<[string, string, string]>([
    ["QQ314159", "QQ314159", "letters and digits stand for themselves"],
    ["a+b", "a+2Bb", "`+` begins a hexchar"],
    ["a=b", "a+3Db", "`=` would end the keyword"],
    ["a b", "a+20b", "a blank would end the parameter"],
    ["!*,-<>~", "!*,-<>~", "xchar: `!` to `~` without `+` and `=`"],
    ["\u007f", "+7F", "upper-case digits, two of them"],
    ["\t", "+09", "two digits, with a leading zero"],
  ])("section 4: %j as xtext is %j (%s)", (plain, encoded) => {
    expect(xtext(plain)).toBe(encoded);
  });

  it.each<[string, () => string, string]>([
    [
      "NEVER beside another keyword",
      () => rcptCommand("a@b.test", { dsnNotify: ["NEVER", "FAILURE"] }, DSN),
      "4.1",
    ],
    [
      "an ENVID of more than 100 characters",
      () => mailCommand("", { dsnEnvelopeId: "x".repeat(101) }, DSN),
      "4.4",
    ],
    ["an ENVID outside printable ASCII", () => mailCommand("", { dsnEnvelopeId: "a\tb" }, DSN), "4.4"],
    ["NOTIFY where DSN is not offered", () => rcptCommand("a@b.test", { dsnNotify: ["DELAY"] }), "3"],
    ["RET where DSN is not offered", () => mailCommand("", { dsnReturn: "FULL" }), "3"],
    ["ENVID where DSN is not offered", () => mailCommand("", { dsnEnvelopeId: "x" }), "3"],
  ])("%s is not sent (section %s)", (_what, make) => {
    expect(make).toThrow(SmtpArgumentError);
  });

  it.each([
    [["SUCCESS", "FAILURE", "DELAY"], "NOTIFY=SUCCESS,FAILURE,DELAY"],
    [["NEVER"], "NOTIFY=NEVER"],
    [["DELAY", "DELAY"], "NOTIFY=DELAY"],
  ] as const)("section 4.1: %j is %s", (dsnNotify, parameter) => {
    expect(rcptCommand("a@b.test", { dsnNotify }, DSN)).toBe(`RCPT TO:<a@b.test> ${parameter}`);
  });
});
