import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SecretMask } from "./secret-mask.ts";

function mask(...secrets: string[]): SecretMask {
  const made = new SecretMask();
  for (const secret of secrets) made.addSecret(secret);
  return made;
}

const base64 = (text: string): string => Buffer.from(text).toString("base64");

describe("SecretMask", () => {
  it.each<[string, string, string]>([
    ["s3cret", "no: s3cret, S3CRET", "no: [redacted], [redacted]"],
    ["s3cret", "no: s3cre", "no: s3cre"],
    ["a.c+d*", "abc+d* a.c+d*", "abc+d* [redacted]"], // no pattern of ours
    ["s3cret", `x ${base64("s3cret")}`, "x [redacted]"],
    ["s3cret1", `x ${base64("s3cret1")}`, "x [redacted]Q=="], // the last character holds two of its bits
    ["s3cret", `x ${Buffer.from("s3cret").toString("hex")}`, "x [redacted]"],
    ["s/cr?t", `x ${encodeURIComponent("s/cr?t")}`, "x [redacted]"],
    ["abc", "abc", "abc"], // too short to be told from chance
    ["login", "AUTH PLAIN LOGIN", "AUTH PLAIN LOGIN"], // a word that the client needs
    ["\ud800 odd", "\ud800 odd", "[redacted]"], // half a character
  ])("with %j reads %j as %j", (secret, text, expected) => {
    expect(mask(secret).text(text)).toBe(expected);
  });

  it("gives the same reply when there is nothing to hide", () => {
    const reply = { code: 535, enhanced: "5.7.8", lines: ["5.7.8 no", "s3cret"] };
    expect(mask().reply(reply)).toBe(reply);
    expect(mask("other").reply(reply)).toBe(reply);
    expect(mask("other", "s3cret").reply(reply)).toEqual({ ...reply, lines: ["5.7.8 no", "[redacted]"] });
  });

  it("finds what was sent, and a part of it when it is long", () => {
    const made = new SecretMask();
    const token = Buffer.from(Array.from({ length: 3000 }, (_, n) => (n * 7919) % 251)).toString("base64");
    made.addSent(token);
    expect(made.text(`no ${token.slice(0, 3000)}`)).toMatch(/^no \[redacted\].{0,31}$/);
    expect(made.text(`no ${token.slice(500, 900)}`)).toMatch(/^no .{0,31}\[redacted\].{0,31}$/);
    made.addSecret("t".repeat(100_000));
    expect(made.text("no t".concat("t".repeat(4000)))).toBe("no [redacted]");
  });

  it("leaves nothing of a secret in base64, wherever it stands in what was encoded", () => {
    const ascii = fc.string({ minLength: 6, maxLength: 20 }).filter((text) => text.trim().length >= 6);
    fc.assert(
      fc.property(
        ascii,
        fc.string({ maxLength: 5 }),
        fc.string({ maxLength: 5 }),
        (secret, before, after) => {
          const masked = mask(secret).text(base64(`${before}${secret}${after}`));
          expect(masked).toContain("[redacted]");
        },
      ),
    );
  });
});
