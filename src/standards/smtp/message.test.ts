import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { dotStuff, normaliseLineEnds } from "./message.ts";

const normal = (text: string): string =>
  Buffer.from(normaliseLineEnds(Buffer.from(text, "latin1"))).toString("latin1");
const stuffed = (text: string): string =>
  Buffer.from(dotStuff(Buffer.from(text, "latin1"))).toString("latin1");

describe("normaliseLineEnds", () => {
  it.each([
    ["", ""],
    ["a\r\nb\r\n", "a\r\nb\r\n"],
    ["a", "a\r\n"],
    ["a\nb", "a\r\nb\r\n"],
    ["a\rb", "a\r\nb\r\n"],
    ["a\r", "a\r\n"],
    ["\n", "\r\n"],
    ["a\n\r\nb\r\r\n", "a\r\n\r\nb\r\n\r\n"],
    ["a\n.\r\nMAIL FROM:<x>", "a\r\n.\r\nMAIL FROM:<x>\r\n"], // smuggling: what one server sees, all see
  ])("makes of %j", (given, expected) => {
    expect(normal(given)).toBe(expected);
  });

  it("does not copy what is right already", () => {
    const message = Buffer.from("a\r\n");
    expect(normaliseLineEnds(message)).toBe(message);
  });

  it("leaves CR and LF only as a pair, and is stable", () => {
    const text = fc.array(fc.constantFrom("\r", "\n", ".", "a")).map((parts) => parts.join(""));
    fc.assert(
      fc.property(text, (given) => {
        const once = normal(given);
        expect(once.replaceAll("\r\n", "")).not.toMatch(/[\r\n]/);
        expect(once === "" || once.endsWith("\r\n")).toBe(true);
        expect(normal(once)).toBe(once);
      }),
    );
  });
});

describe("dotStuff", () => {
  it.each([
    ["", ".\r\n"],
    ["a\r\n", "a\r\n.\r\n"],
    [".\r\n", "..\r\n.\r\n"],
    ["..\r\na.\r\n.b\r\n", "...\r\na.\r\n..b\r\n.\r\n"],
  ])("makes of %j", (given, expected) => {
    expect(stuffed(given)).toBe(expected);
  });

  it("ends a message at its end and nowhere else, and can be undone", () => {
    const text = fc
      .array(fc.constantFrom("\r", "\n", ".", "a", "\r\n."))
      .map((parts) => normal(parts.join("")));
    fc.assert(
      fc.property(text, (message) => {
        const sent = stuffed(message);
        expect(`\r\n${sent}`.indexOf("\r\n.\r\n")).toBe(sent.length - 3);
        expect(sent.slice(0, -3).replace(/^\./gm, "")).toBe(message);
      }),
    );
  });
});
