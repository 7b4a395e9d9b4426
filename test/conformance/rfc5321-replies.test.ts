import { describe, expect, it } from "vitest";

import type { PhaseName } from "../../src/model/codes.ts";
import type { SmtpReply } from "../../src/model/smtp.ts";
import { classifyReply } from "../../src/standards/smtp/classify.ts";
import { SmtpSyntaxError } from "../../src/standards/smtp/errors.ts";
import { ReplyParser } from "../../src/standards/smtp/reply-parser.ts";
import { serveSmtp } from "../support/scripted-smtp.ts";
import { testClient } from "../support/smtp-client.ts";

/** The only reply in a stream, or the parser's error. */
function read(stream: string): SmtpReply | string | undefined {
  const parser = new ReplyParser();
  try {
    parser.feed(Buffer.from(stream));
    return parser.next();
  } catch (error) {
    if (error instanceof SmtpSyntaxError) return error.code;
    throw error;
  }
}

describe("RFC 5321 section 4.2: the form of a reply", () => {
  it.each<[string, number | string, readonly string[], string]>([
    ["250 OK\r\n", 250, ["OK"], "4.2: code, space, text"],
    [
      "250-First line\r\n250-Second line\r\n250-234 Text beginning with numbers\r\n250 The last line\r\n",
      250,
      ["First line", "Second line", "234 Text beginning with numbers", "The last line"],
      "4.2.1: the example",
    ],
    [
      "553- Ambiguous; Possibilities are\r\n553-Joe Smith <jsmith@foo.com>\r\n553 Melvin Smith <dweep@foo.com>\r\n",
      553,
      [" Ambiguous; Possibilities are", "Joe Smith <jsmith@foo.com>", "Melvin Smith <dweep@foo.com>"],
      "3.5.1: blanks before the text are text",
    ],
    [
      "250-Jon Postel <Postel@isi.edu>\r\n250-Fred Fonebone <Fonebone@physics.foo-u.edu>\r\n250 Sam Q. Smith <SQSmith@specific.generic.com>\r\n",
      250,
      [
        "Jon Postel <Postel@isi.edu>",
        "Fred Fonebone <Fonebone@physics.foo-u.edu>",
        "Sam Q. Smith <SQSmith@specific.generic.com>",
      ],
      "3.5.1: EXPN",
    ],
    ["220 ISIF.USC.EDU Service ready\r\n", 220, ["ISIF.USC.EDU Service ready"], "4.3.1"],
    [
      "220 [10.0.0.1] Clueless host service ready\r\n",
      220,
      ["[10.0.0.1] Clueless host service ready"],
      "4.3.1: an address literal",
    ],
    ["250\r\n", 250, [""], "4.2: the code alone, without a space"],
    ["250 \r\n", 250, [""], "4.2: the code alone, with a space"],
    ["250-First line\r\n250\r\n", 250, ["First line", ""], "4.2.1: the last space may be omitted"],
    ["250-\r\n250-\r\n250 x\r\n", 250, ["", "", "x"], "4.2: text is optional in every line"],
    ["250 a\tb\r\n", 250, ["a\tb"], "4.2: textstring holds tabs"],
    ["250-First line\r\n251 The last line\r\n", "protocol_error", [], "4.2.1: one code in all lines"],
    ["150 FTP has these\r\n", "protocol_error", [], "4.2.1: 1yz is not part of the model"],
    ["650 no\r\n", "protocol_error", [], "4.2: first digits are 2 to 5"],
    ["25 no\r\n", "protocol_error", [], "4.3.2: three digits"],
    ["2500 no\r\n", "protocol_error", [], "4.3.2: three digits"],
  ])("%j is %j %j (%s)", (stream, expected, lines) => {
    const reply = read(stream);
    if (typeof expected === "string") expect(reply).toBe(expected);
    else expect(reply).toEqual({ code: expected, lines });
  });

  it("4.5.3.1.5: takes a line of 512 octets with its end, and longer ones", () => {
    for (const text of ["x".repeat(512 - 6), "x".repeat(1000)]) {
      expect(read(`250 ${text}\r\n`)).toEqual({ code: 250, lines: [text] });
    }
  });
});

type Outcome = "ok" | "deferred" | "rejected";
const CLASS: Readonly<Record<string, Outcome>> = { 2: "ok", 4: "deferred", 5: "rejected" };

/** Section 4.3.2, `S` and `E` of each command that the client gives, 421, 500 and 501 of any command included. */
const SEQUENCES: readonly (readonly [command: string, phase: PhaseName, codes: string])[] = [
  ["EHLO", "ehlo", "250 504 550 421 501"],
  ["MAIL", "mail", "250 552 451 452 550 553 503 455 555 421 500 501"],
  ["RCPT", "rcpt", "250 251 550 551 552 553 450 451 452 503 455 555 421 500 501"],
  ["DATA", "data", "503 554 421 500 501"],
  ["content", "body", "250 552 554 451 452 450 550 421"],
];
const cases = SEQUENCES.flatMap(([command, phase, codes]) =>
  codes.split(" ").map((code) => [command, Number(code), phase] as const),
);

describe("RFC 5321 section 4.3.2: command-reply sequences", () => {
  it.each(cases)("%s answered with %i", async (command, code, phase) => {
    const server = await serveSmtp({ [command]: `${code} text is for people` });
    const client = testClient();
    const session = await client.dial({ port: server.port });
    const ehlo = await session.ehlo("bar.com");
    const envelope = { from: "Smith@bar.com", to: ["Jones@foo.com"] };
    if (ehlo.code === 250) await session.submit(envelope, Buffer.from("x\r\n"));
    expect(session.replies.find((reply) => reply.phase === phase)?.code).toBe(code);
    const outcome = CLASS[String(code)[0] ?? ""];
    const seen = client.phases().find((one) => one.split(":")[0] === phase);
    expect(seen).toBe(outcome === "ok" ? phase : `${phase}:${outcome}`);
    // Whoever reads the refusal is told what it may mean.
    expect(classifyReply({ phase, code, lines: ["text is for people"] }) === undefined).toBe(
      outcome === "ok",
    );
  });

  it.each<[string, string, Outcome]>([
    ["RCPT", "259 Recipient taken, in a way that RFC 5321 does not know", "ok"],
    ["RCPT", "239 Recipient taken", "ok"],
    ["RCPT", "499 Not now", "deferred"],
    ["RCPT", "599 Never", "rejected"],
  ])("%s answered with the unknown %j: the first digit counts", async (command, reply, outcome) => {
    const server = await serveSmtp({ [command]: reply });
    const client = testClient();
    const session = await client.dial({ port: server.port });
    const result = await session.submit({ from: "", to: ["Jones@foo.com"] }, Buffer.from("x\r\n"));
    expect(client.phases()).toContain(outcome === "ok" ? "rcpt" : `rcpt:${outcome}`);
    expect(result.body?.code).toBe(outcome === "ok" ? 250 : undefined);
  });
});

/** Section 4.2.3 with RFC 7504, which adds 521 and 556: every failure, in the phase that it belongs to. */
describe("RFC 5321 section 4.2.3: what each failure means", () => {
  it.each<[number, PhaseName, string, string]>([
    [421, "ehlo", "server_busy", "service not available"],
    [450, "rcpt", "greylisted", "mailbox unavailable, or blocked for now"],
    [451, "body", "server_fault", "local error in processing"],
    [452, "mail", "storage_full", "insufficient system storage"],
    [455, "mail", "server_fault", "unable to accommodate parameters"],
    [500, "mail", "protocol_violation", "command unrecognized"],
    [501, "mail", "protocol_violation", "syntax error in parameters"],
    [502, "mail", "protocol_violation", "command not implemented"],
    [503, "data", "protocol_violation", "bad sequence of commands"],
    [504, "mail", "protocol_violation", "parameter not implemented"],
    [550, "rcpt", "recipient_unknown", "mailbox not found, no access, or policy"],
    [551, "rcpt", "recipient_unknown", "user not local"],
    [552, "body", "message_too_large", "exceeded storage allocation"],
    [553, "rcpt", "recipient_unknown", "mailbox name not allowed"],
    [554, "banner", "connection_rejected", "no SMTP service here"],
    [554, "body", "content_rejected", "transaction failed"],
    [555, "mail", "protocol_violation", "parameters not recognized"],
    [521, "banner", "connection_rejected", "RFC 7504 section 3: no mail here"],
    [521, "mail", "connection_rejected", "RFC 7504 section 3: no mail here"],
    [556, "rcpt", "null_mx", "RFC 7504 section 4: the domain takes no mail"],
  ])("%i in phase %s: %s (%s)", (code, phase, cause) => {
    const found = classifyReply({ phase, code, lines: [""] });
    expect(found).toMatchObject({ cause });
    // Three digits alone are never certain: servers use them as they like.
    expect(found?.certainty).not.toBe("certain");
  });
});
