import { describe, expect, it } from "vitest";
import { CAUSE_CODES } from "../../src/model/codes.ts";
import { OptionsError } from "../../src/model/probe.ts";
import { smtpProbe } from "./index.ts";

describe("the smtp probe's options", () => {
  it("has defaults", () => {
    expect(smtpProbe.parseOptions(undefined)).toEqual({
      expect: "accept",
      mode: "lockstep",
      chunking: false,
      certificateWarnDays: 14,
      foreignRecipient: "relay-test@example.com",
    });
  });

  it.each([
    [{ deepth: "tls" }, ["deepth"], /unknown option "deepth"/],
    [{ depth: "quit" }, ["depth"], /banner/],
    [{ expect: "refuse" }, ["expect"], /refuse_relay/],
    [{ certificate_warn_days: -1 }, ["certificate_warn_days"], />=0/],
    [{ certificate_warn_days: 1.5 }, ["certificate_warn_days"], /int/],
    [{ foreign_recipient: "nobody" }, ["foreign_recipient"], /user@example.com/],
    [{ forged_sender: "a@b.test>\r\nDATA" }, ["forged_sender"], /user@example.com/],
    [{ chunking: "yes" }, ["chunking"], /boolean/],
    ["tls", [], /object/],
  ])("refuses %j", (input, path, message) => {
    let thrown: unknown;
    try {
      smtpProbe.parseOptions(input);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(OptionsError);
    expect(thrown).toMatchObject({ path, message: expect.stringMatching(message) });
  });

  it.each([
    [{ depth: "banner" }, ["dns", "connect", "banner", "tls", "quit"]],
    [{ depth: "ehlo" }, ["dns", "connect", "banner", "ehlo", "tls", "quit"]],
    [{}, ["dns", "connect", "banner", "ehlo", "starttls", "tls", "auth", "mail", "rcpt", "quit"]],
    [
      { depth: "data" },
      ["dns", "connect", "banner", "ehlo", "starttls", "tls", "auth", "mail", "rcpt", "data", "body", "quit"],
    ],
    [
      { expect: "refuse_credentials" },
      ["dns", "connect", "banner", "ehlo", "starttls", "tls", "auth", "quit"],
    ],
    [{ expect: "refuse_auth_without_tls" }, ["dns", "connect", "banner", "ehlo", "tls", "auth", "quit"]],
  ])("%j can have the phases %j", (input, phases) => {
    expect(smtpProbe.phases(smtpProbe.parseOptions(input))).toEqual(phases);
  });

  it("names each cause once, and only known ones", () => {
    expect(new Set(smtpProbe.causes).size).toBe(smtpProbe.causes.length);
    expect(smtpProbe.causes.filter((cause) => !CAUSE_CODES.includes(cause))).toEqual([]);
  });
});
