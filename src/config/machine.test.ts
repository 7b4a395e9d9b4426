import { describe, expect, it } from "vitest";
import { isHelo } from "./host.ts";
import { machineHelo } from "./machine.ts";

describe("machineHelo", () => {
  it.each([
    ["mail.example.com", ["192.0.2.1"], "mail.example.com"],
    ["Mail.Example.com", ["192.0.2.1"], "mail.example.com"],
    ["laptop", ["192.0.2.1", "192.0.2.2"], "[192.0.2.1]"], // no domain: RFC 5321 section 4.1.4
    ["laptop.local", ["192.0.2.1"], "[192.0.2.1]"], // nobody else can resolve it
    ["localhost.localdomain", [], "[127.0.0.1]"],
    ["bad_host name", [], "[127.0.0.1]"],
  ])("%s with %j says %s", (name, addresses, helo) => expect(machineHelo(name, addresses)).toBe(helo));

  it("is an argument that EHLO takes, on this machine too", () => {
    expect(isHelo(machineHelo())).toBe(true);
  });
});
