import { describe, expect, it } from "vitest";

import { redactCommand, replyLines } from "./redact.ts";

describe("redactCommand", () => {
  it.each([
    ["MAIL FROM:<a@x.test>", "MAIL FROM:<a@x.test>"],
    ["AUTH PLAIN AHByb2JlAHNlY3JldA==", "AUTH PLAIN [redacted]"],
    ["auth plain AHByb2JlAHNlY3JldA==", "AUTH plain [redacted]"],
    ["AUTH LOGIN", "AUTH LOGIN"],
    ["AUTH  AHByb2JlAHNlY3JldEFCQ0RFRkdISUpLTE1O", "AUTH [redacted]"], // no mechanism is that long
  ])("shows %j as %j", (line, shown) => {
    expect(redactCommand(line)).toBe(shown);
  });
});

describe("replyLines", () => {
  it("writes a reply as it came", () => {
    expect(replyLines({ code: 250, lines: ["a", "b"] })).toEqual(["250-a", "250 b"]);
  });

  it("leaves challenges out", () => {
    expect(replyLines({ code: 334, lines: ["VXNlcm5hbWU6"] })).toEqual(["334 [redacted]"]);
  });
});
