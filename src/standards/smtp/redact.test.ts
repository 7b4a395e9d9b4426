import { describe, expect, it } from "vitest";

import { redactCommand, replyLines, scrubReply } from "./redact.ts";

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

describe("scrubReply", () => {
  const reply = { code: 535, enhanced: "5.7.8", lines: ["5.7.8 no: s3cret", "s3cret s3cret"] };

  it("takes out what was sent in secret", () => {
    expect(scrubReply(reply, ["s3cret", "other"])).toEqual({
      code: 535,
      enhanced: "5.7.8",
      lines: ["5.7.8 no: [redacted]", "[redacted] [redacted]"],
    });
  });

  it("gives the same reply when there is nothing to hide, and ignores what is too short to be told apart", () => {
    expect(scrubReply(reply, ["other", "no"])).toBe(reply);
  });
});
