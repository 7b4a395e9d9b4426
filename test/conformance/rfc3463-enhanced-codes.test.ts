import { describe, expect, it } from "vitest";

import type { CauseCode, PhaseName } from "../../src/model/codes.ts";
import { classifyReply } from "../../src/standards/smtp/classify.ts";
import { ReplyParser } from "../../src/standards/smtp/reply-parser.ts";
import { follow, shown } from "../support/rfc-dialogue.ts";

function enhancedOf(...lines: string[]): string | undefined {
  const parser = new ReplyParser();
  parser.feed(Buffer.from(lines.map((line) => `${line}\r\n`).join("")));
  return parser.next()?.enhanced;
}

describe("RFC 2034 section 6: the example", () => {
  it("reads the code of each reply", async () => {
    const dialogue = `
      S: 220 dbc.mtview.ca.us SMTP service ready
      C: EHLO ymir.claremont.edu
      S: 250-dbc.mtview.ca.us says hello
      S: 250 ENHANCEDSTATUSCODES
      C: MAIL FROM:<ned@ymir.claremont.edu>
      S: 250 2.1.0 Originator <ned@ymir.claremont.edu> ok
      C: RCPT TO:<mrose@dbc.mtview.ca.us>
      S: 250 2.1.5 Recipient <mrose@dbc.mtview.ca.us> ok
      C: RCPT TO:<nosuchuser@dbc.mtview.ca.us>
      S: 550 5.1.1 Mailbox "nosuchuser" does not exist
      C: RCPT TO:<remoteuser@isi.edu>
      S: 551-5.7.1 Forwarding to remote hosts disabled
      S: 551 5.7.1 Select another host to act as your forwarder
      C: DATA
      S: 354 Send message, ending in CRLF.CRLF.
      C: text
      C: .
      S: 250 2.6.0 Message accepted
      C: QUIT
      S: 221 2.0.0 Goodbye`;
    const session = await follow(dialogue, async (session) => {
      await session.ehlo("ymir.claremont.edu");
      const to = ["mrose@dbc.mtview.ca.us", "nosuchuser@dbc.mtview.ca.us", "remoteuser@isi.edu"];
      const envelope = { from: "ned@ymir.claremont.edu", to };
      const { recipients } = await session.submit(envelope, Buffer.from("text\r\n"));
      await session.quit();
      expect(shown(recipients[2]?.rcpt)).toBe(
        "551 5.7.1 Forwarding to remote hosts disabled|5.7.1 Select another host to act as your forwarder",
      );
      return session;
    });
    expect(session.replies.map(({ code, enhanced }) => `${code} ${enhanced ?? "-"}`)).toEqual([
      "220 -", // section 4: neither the greeting
      "250 -", // nor the reply to EHLO has one
      "250 2.1.0",
      "250 2.1.5",
      "550 5.1.1",
      "551 5.7.1",
      "354 -", // nor any 3yz reply
      "250 2.6.0",
      "221 2.0.0",
    ]);
  });
});

describe("RFC 2034 section 4 and RFC 3463 section 2: the form of a code", () => {
  it.each<[readonly string[], string | undefined, string]>([
    [["550 5.1.1 no"], "5.1.1", "class, subject, detail"],
    [["250 2.1.5"], "2.1.5", "without text"],
    [["550-5.7.1 a", "550 5.7.1 b"], "5.7.1", "in each line"],
    [["421 4.999.999 x"], "4.999.999", "three digits at most"],
    [["550 4.1.1 no"], undefined, "RFC 2034 section 4: the class is that of the reply code"],
    [["450 5.1.1 no"], undefined, "RFC 2034 section 4: the class is that of the reply code"],
    [["250 5.1.1 no"], undefined, "RFC 2034 section 4: the class is that of the reply code"],
    [["354 3.0.0 go"], undefined, "RFC 3463 section 3.1: there is no class 3"],
    [["550 5.1 no"], undefined, "three numbers"],
    [["550 5.1.1000 no"], undefined, "three digits at most"],
    [["550 5.1.1.1 no"], undefined, "no more than three numbers"],
    [["550 no 5.1.1"], undefined, "RFC 2034 section 4: at the beginning of the text"],
    [["550 5.1.1: no"], undefined, "a blank follows"],
  ])("%j has the code %s (%s)", (lines, expected) => {
    expect(enhancedOf(...lines)).toBe(expected);
  });
});

type Entry = readonly [code: string, phase: PhaseName, cause: CauseCode, meaning: string];

/** IANA's registry "SMTP Enhanced Status Codes" (RFC 5248): RFC 3463 and what later RFCs added. */
const REGISTRY: readonly Entry[] = [
  ["550 5.1.0", "rcpt", "recipient_unknown", "other address status"],
  ["550 5.1.1", "rcpt", "recipient_unknown", "bad destination mailbox address"],
  ["550 5.1.2", "rcpt", "recipient_unknown", "bad destination system address"],
  ["553 5.1.3", "rcpt", "recipient_unknown", "bad destination mailbox address syntax"],
  ["550 5.1.4", "rcpt", "recipient_unknown", "destination mailbox address ambiguous"],
  ["551 5.1.6", "rcpt", "recipient_unknown", "destination mailbox has moved"],
  ["553 5.1.7", "mail", "sender_not_permitted", "bad sender's mailbox address syntax"],
  ["550 5.1.8", "mail", "sender_not_permitted", "bad sender's system address"],
  ["556 5.1.10", "rcpt", "null_mx", "RFC 7505: recipient address has null MX"],
  ["550 5.2.1", "rcpt", "recipient_disabled", "mailbox disabled"],
  ["452 4.2.2", "rcpt", "mailbox_full", "mailbox full"],
  ["552 5.2.3", "body", "message_too_large", "message length exceeds administrative limit"],
  ["450 4.2.4", "rcpt", "server_fault", "mailing list expansion problem"],
  ["452 4.3.1", "mail", "storage_full", "mail system full"],
  ["453 4.3.2", "mail", "server_busy", "system not accepting network messages"],
  ["554 5.3.3", "mail", "server_fault", "system not capable of selected features"],
  ["554 5.3.4", "body", "message_too_large", "message too big for system"],
  ["451 4.3.5", "mail", "server_fault", "system incorrectly configured"],
  ["451 4.4.1", "rcpt", "server_fault", "no answer from host"],
  ["421 4.4.2", "mail", "server_fault", "bad connection"],
  ["451 4.4.3", "rcpt", "server_fault", "directory server failure"],
  ["451 4.4.4", "rcpt", "server_fault", "unable to route"],
  ["451 4.4.5", "mail", "server_busy", "mail system congestion"],
  ["554 5.4.6", "body", "server_fault", "routing loop detected"],
  ["451 4.4.7", "body", "server_fault", "delivery time expired"],
  ["500 5.5.1", "mail", "protocol_violation", "invalid command"],
  ["501 5.5.2", "mail", "protocol_violation", "syntax error"],
  ["452 4.5.3", "rcpt", "rate_limited", "too many recipients"],
  ["501 5.5.4", "mail", "protocol_violation", "invalid command arguments"],
  ["500 5.5.6", "auth", "auth_mechanism_unsupported", "RFC 4954: exchange line is too long"],
  ["554 5.6.0", "body", "content_rejected", "other media error"],
  ["554 5.6.1", "body", "content_rejected", "media not supported"],
  ["554 5.6.3", "body", "content_rejected", "conversion required but not supported"],
  ["550 5.6.7", "body", "content_rejected", "RFC 6531: non-ASCII addresses not permitted"],
  ["550 5.6.9", "body", "content_rejected", "RFC 6531: UTF-8 header cannot be transferred"],
  ["535 5.7.8", "auth", "wrong_credentials", "RFC 4954: credentials invalid"],
  ["534 5.7.9", "auth", "auth_mechanism_unsupported", "RFC 4954: mechanism is too weak"],
  ["523 5.7.10", "mail", "tls_required", "RFC 5248: encryption needed"],
  ["538 5.7.11", "auth", "auth_requires_tls", "RFC 4954: encryption required for the mechanism"],
  ["432 4.7.12", "auth", "wrong_credentials", "RFC 4954: a password transition is needed"],
  ["525 5.7.13", "auth", "account_locked", "RFC 5248: user account disabled"],
  ["450 4.7.15", "mail", "server_busy", "RFC 6710: priority level is too low"],
  ["552 5.7.16", "mail", "message_too_large", "RFC 6710: message is too big for the specified priority"],
  ["550 5.7.17", "rcpt", "recipient_unknown", "RFC 7293: mailbox owner has changed"],
  ["550 5.7.18", "rcpt", "recipient_unknown", "RFC 7293: domain owner has changed"],
  ["550 5.7.20", "body", "dkim_failed", "RFC 7372: no passing DKIM signature found"],
  ["550 5.7.21", "body", "dkim_failed", "RFC 7372: no acceptable DKIM signature found"],
  ["550 5.7.22", "body", "dkim_failed", "RFC 7372: no valid author-matched DKIM signature"],
  ["550 5.7.23", "body", "spf_failed", "RFC 7372: SPF validation failed"],
  ["451 4.7.24", "mail", "spf_failed", "RFC 7372: SPF validation error"],
  ["550 5.7.25", "rcpt", "ptr_missing", "RFC 7372: reverse DNS validation failed"],
  ["550 5.7.26", "body", "sender_unauthenticated", "RFC 7372: multiple authentication checks failed"],
  ["550 5.7.27", "mail", "sender_not_permitted", "RFC 7505: sender address has null MX"],
  ["450 4.7.28", "body", "rate_limited", "mail flood detected"],
  ["550 5.7.29", "body", "sender_unauthenticated", "RFC 8617: ARC validation failure"],
  ["550 5.7.30", "mail", "tls_required", "RFC 8689: REQUIRETLS support required"],
];

describe("RFC 5248: what the registered codes mean", () => {
  it.each(REGISTRY)("%s in phase %s: %s (%s)", (code, phase, cause) => {
    const [digits = "", enhanced = ""] = code.split(" ");
    // Whatever the words: these say nothing.
    expect(enhancedOf(`${code} -`)).toBe(enhanced);
    expect(classifyReply({ code: Number(digits), enhanced, phase, lines: [`${enhanced} -`] })).toMatchObject({
      cause,
    });
  });
});
