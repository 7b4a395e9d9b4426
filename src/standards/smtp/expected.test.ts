import { describe, expect, it } from "vitest";
import type { PhaseName } from "../../model/codes.ts";
import { isExpected } from "./expected.ts";

describe("what a command hopes for", () => {
  it.each<[PhaseName, number, boolean]>([
    ["banner", 220, true],
    ["banner", 354, false],
    ["ehlo", 250, true],
    ["starttls", 220, true],
    ["starttls", 250, false], // no handshake follows
    ["auth", 235, true],
    ["auth", 334, false],
    ["rcpt", 251, true],
    ["rcpt", 354, false],
    ["data", 354, true],
    ["data", 250, false], // nothing was sent yet
    ["body", 250, true],
    ["body", 354, false],
    ["mail", 450, false],
    ["mail", 550, false],
  ])("%s: %i is %s", (phase, code, expected) => expect(isExpected(phase, { code })).toBe(expected));
});
