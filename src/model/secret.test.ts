import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { Secret } from "./secret.ts";

const canary = "canary-4711";
const secret = new Secret(canary);
/** What JavaScript makes of it where types do not look. */
const untyped = secret as unknown as string;

describe("a secret", () => {
  it.each([
    ["String()", String(secret)],
    ["template", `a${untyped}`],
    ["JSON", JSON.stringify({ deep: [secret] })],
    ["inspect", inspect({ deep: { secret } }, { depth: 9, showHidden: true })],
    ["error", inspect(new Error(`bad ${untyped}`))],
    ["keys", JSON.stringify(Object.entries(secret))],
  ])("stays out of %s", (_where, text) => {
    expect(text).not.toContain(canary);
  });

  it("is redacted by name, so that a reader sees that something was there", () => {
    expect(JSON.stringify({ secret })).toBe('{"secret":"[redacted]"}');
  });

  it("is given only to who asks for it", () => {
    expect(secret.reveal()).toBe(canary);
  });
});
