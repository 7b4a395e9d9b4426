import { describe, expect, it } from "vitest";
import { MAILBOX_SCHEMES, parseServiceUrl, RELAY_SCHEMES } from "./service-url.ts";

describe("parseServiceUrl", () => {
  it.each([
    ["smtp://relay.example.com", { scheme: "smtp", host: "relay.example.com", port: 25 }],
    ["submission://relay.example.com", { scheme: "submission", host: "relay.example.com", port: 587 }],
    ["submissions://relay.example.com", { scheme: "submissions", host: "relay.example.com", port: 465 }],
    ["smtps://relay.example.com", { scheme: "submissions", host: "relay.example.com", port: 465 }], // the old name
    ["lmtp://relay.example.com", { scheme: "lmtp", host: "relay.example.com", port: 24 }],
    ["SMTP://Relay.Example.COM:2525/", { scheme: "smtp", host: "relay.example.com", port: 2525 }],
    ["smtp://[2001:DB8::25]:2525", { scheme: "smtp", host: "2001:db8::25", port: 2525 }],
    ["smtp://[::1]", { scheme: "smtp", host: "::1", port: 25 }],
    ["smtp://192.0.2.1:1", { scheme: "smtp", host: "192.0.2.1", port: 1 }],
    ["smtp://postfix", { scheme: "smtp", host: "postfix", port: 25 }], // a container's name
  ])("%s", (text, url) => expect(parseServiceUrl(text, RELAY_SCHEMES)).toEqual(url));

  it.each([
    ["imap://imap.example.com", 143],
    ["imaps://imap.example.com", 993],
    ["pop3://pop.example.com", 110],
    ["pop3s://pop.example.com", 995],
  ])("%s", (text, port) => expect(parseServiceUrl(text, MAILBOX_SCHEMES)).toMatchObject({ port }));

  it.each([
    ["smtp://user:pass@relay.example.com", "holds a user name or password"],
    ["smtp://user@relay.example.com", "holds a user name or password"],
    ["relay.example.com:465", "has no scheme; write it as submissions://host"],
    ["constructor://relay.example.com", "has the unknown scheme"], // no key of Object
    ["smtp://relay.example.com:1e3", "has no valid port"],
    ["smtp://relay.example.com:25:25", "has no valid port"],
    ["smtp://relay.example.com/path", "goes on behind the host"],
    ["smtp://relay.example.com#x", "goes on behind the host"],
    ["smtp://relay.example.com\r\n", "has no valid host"],
  ])("refuses %j", (text, complaint) => {
    const result = parseServiceUrl(text, RELAY_SCHEMES);
    expect(result).toContain(complaint);
    expect(result).not.toContain("pass@");
  });
});
