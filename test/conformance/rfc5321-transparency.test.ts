import { describe, expect, it } from "vitest";

import { dotStuff, normaliseLineEnds } from "../../src/standards/smtp/message.ts";
import { serveSmtp } from "../support/scripted-smtp.ts";
import { testClient } from "../support/smtp-client.ts";

const wire = (message: string): string =>
  Buffer.from(dotStuff(normaliseLineEnds(Buffer.from(message, "latin1")))).toString("latin1");

/** What the receiver makes of it: section 4.5.2, the second and third of its rules. */
function received(octets: string): string {
  const lines = octets.split("\r\n");
  const end = lines.indexOf(".");
  return lines
    .slice(0, end)
    .map((line) => (line.startsWith(".") ? line.slice(1) : line))
    .join("\r\n");
}

describe("RFC 5321 section 4.5.2: transparency", () => {
  it.each<[string, string, string]>([
    ["", ".\r\n", "4.1.1.4: no text at all"],
    ["a\r\n", "a\r\n.\r\n", "no dot"],
    [".a\r\n", "..a\r\n.\r\n", "a first dot gets another"],
    [".\r\n", "..\r\n.\r\n", "a line of one dot must not end the mail"],
    ["..\r\n", "...\r\n.\r\n", "one dot is added, whatever follows"],
    ["a.\r\n", "a.\r\n.\r\n", "only the first character of a line counts"],
    ["a\r\n\r\n.\r\n\r\nb\r\n", "a\r\n\r\n..\r\n\r\nb\r\n.\r\n", "between empty lines"],
    ["a\r\n.", "a\r\n..\r\n.\r\n", "4.1.1.4: text without a last line end gets one"],
    [
      "a\n.\nMAIL FROM:<x@y.test>\n",
      "a\r\n..\r\nMAIL FROM:<x@y.test>\r\n.\r\n",
      "2.3.8: a bare LF is no line end on the wire",
    ],
    ["a\r.\rb", "a\r\n..\r\nb\r\n.\r\n", "2.3.8: nor is a bare CR"],
    ["a\n.\r\nb\r\n", "a\r\n..\r\nb\r\n.\r\n", "4.1.1.4: `<LF>.<CRLF>` must not end the mail anywhere"],
  ])("%j goes out as %j (%s)", (message, expected) => {
    expect(wire(message)).toBe(expected);
    // 4.1.1.4: the line end that ends the last line is the one before the dot.
    const text = Buffer.from(normaliseLineEnds(Buffer.from(message, "latin1"))).toString("latin1");
    expect(received(expected)).toBe(text.replace(/\r\n$/, ""));
  });

  it("2.4: all 256 octets come through, line ends apart", () => {
    const octets = Uint8Array.from({ length: 256 }, (_, i) => i).filter(
      (octet) => octet !== 10 && octet !== 13,
    );
    const message = `${Buffer.from(octets).toString("latin1")}\r\n`;
    expect(wire(message)).toBe(`${message}.\r\n`);
  });

  it("4.5.3.1.6: a text line of 1,000 octets with its end is not broken, and a longer one neither", () => {
    for (const length of [998, 5000])
      expect(wire(`.${"x".repeat(length - 1)}\r\n`)).toBe(`..${"x".repeat(length - 1)}\r\n.\r\n`);
  });

  it("holds for the session: the server gets the text back", async () => {
    const server = await serveSmtp();
    const session = await testClient().dial({ port: server.port });
    const text = ".\r\n..\r\nfrom here to .\r\n.end\r\n";
    await session.submit({ from: "", to: ["a@b.test"] }, Buffer.from(text));
    expect(received(`${server.messages[0]}\r\n.\r\n`)).toBe(text.slice(0, -2));
    expect(server.lines).toEqual(["MAIL FROM:<>", "RCPT TO:<a@b.test>", "DATA"]);
  });
});
