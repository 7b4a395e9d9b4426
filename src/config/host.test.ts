import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isHelo, isMailAddress, parseHostPort, toDomain, toHost, toMailDomain } from "./host.ts";

describe("toDomain", () => {
  it.each([
    ["Example.COM", "example.com"],
    ["example.com.", "example.com"], // the root's dot
    ["münchen.example", "xn--mnchen-3ya.example"], // A-labels (RFC 5890)
    ["_spf.example.com", "_spf.example.com"],
    ["localhost", "localhost"],
    ["example..com", undefined], // an empty label
    ["-a.example", undefined], // no hyphen at the ends
    ["192.0.2.1", undefined], // an address
    ["192.0.2.256", undefined], // a mistyped address
    ["1.2", undefined], // which URL parsers read as 1.0.0.2
    ["exa mple.com", undefined],
    ["example.com:25", undefined],
    ["a@example.com", undefined],
    [`${"a".repeat(64)}.example`, undefined], // a label of 64
    ["a.".repeat(130) + "com", undefined], // 263 octets
    ["", undefined],
    [".", undefined],
  ])("%s", (text, domain) => expect(toDomain(text)).toBe(domain));

  it("gives what it takes again", () => {
    fc.assert(
      fc.property(fc.domain(), (name) => {
        const domain = toDomain(name);
        expect(domain === undefined ? undefined : toDomain(domain)).toBe(domain);
      }),
    );
  });

  it("wants a dot where mail is for it", () => {
    expect(toMailDomain("eu")).toBeUndefined();
    expect(toMailDomain("example.com")).toBe("example.com");
  });
});

describe("toHost", () => {
  it.each([
    ["[2001:DB8::1]", "2001:db8::1"],
    ["192.0.2.1", "192.0.2.1"],
    ["relay.example.com", "relay.example.com"],
    ["2001:db8::1", undefined], // brackets are needed beside a port
    ["[192.0.2.1]", undefined],
    ["[]", undefined],
  ])("%s", (text, host) => expect(toHost(text)).toBe(host));
});

describe("isHelo", () => {
  it.each([
    ["probe.example.com", true],
    ["[192.0.2.1]", true],
    ["[IPv6:2001:db8::1]", true], // RFC 5321 section 4.1.3
    ["[ipv6:2001:db8::1]", true], // tags are case-insensitive
    ["localhost", false], // not fully qualified
    ["192.0.2.1", false],
    ["[2001:db8::1]", false],
    ["[IPv6:192.0.2.1]", false],
    ["a.example\r\nMAIL FROM:<x>", false],
  ])("%j", (text, fits) => expect(isHelo(text)).toBe(fits));
});

describe("isMailAddress", () => {
  it.each([
    ["probe@example.com", true],
    ["probe+tag@example.com", true],
    ['"a b"@example.com', true],
    ["jürgen@example.com", true], // RFC 6531
    ["probe@[192.0.2.1]", true],
    ["probe", false],
    ["@example.com", false],
    ["probe@", false],
    ["a b@example.com", false],
    [".a@example.com", false],
    ["a..b@example.com", false],
    ["<probe@example.com>", false],
    [`${"a".repeat(65)}@example.com`, false], // RFC 5321 section 4.5.3.1.1
    ["probe@example.com\r\nDATA", false],
    ['"a\r\nb"@example.com', false],
  ])("%j", (text, fits) => expect(isMailAddress(text)).toBe(fits));

  it("never takes what could end a command line", () => {
    const nasty = fc.string({
      unit: fc.constantFrom("a", "@", ".", " ", "\r", "\n", '"', "\\", "<", ">", "\0"),
    });
    fc.assert(
      fc.property(nasty, (text) => {
        const hasControl = /\p{Cc}/u.test(text);
        if (isMailAddress(text)) expect(hasControl).toBe(false);
        if (isHelo(text)) expect(hasControl).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("parseHostPort", () => {
  it.each([
    ["127.0.0.1:53", { host: "127.0.0.1", port: 53 }],
    ["127.0.0.1", { host: "127.0.0.1" }],
    ["[::1]:53", { host: "::1", port: 53 }],
    ["::1", { host: "::1" }], // all of it an address
    [":9825", { host: "", port: 9825 }],
    ["127.0.0.1:70000", undefined],
    ["a b:1", undefined],
    ["x:y", undefined],
  ])("%s", (text, end) => expect(parseHostPort(text)).toEqual(end));
});
