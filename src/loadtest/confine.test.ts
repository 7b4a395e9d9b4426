import { BlockList } from "node:net";
import { array, assert, nat, property, tuple } from "fast-check";
import { describe, expect, it } from "vitest";
import { allBut } from "./confine.ts";

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", bits] = network.split("/");
    list.addSubnet(address, Number(bits), address.includes(":") ? "ipv6" : "ipv4");
  }
  return list;
}

const octets = tuple(nat(255), nat(255), nat(255), nat(255)).map((parts) => parts.join("."));

describe("allBut", () => {
  it("leaves loopback alone when nothing else is allowed", () => {
    const list = listOf(allBut([]));
    expect(list.check("127.255.255.255")).toBe(false);
    expect(list.check("::1", "ipv6")).toBe(false);
    for (const address of ["0.0.0.0", "126.255.255.255", "128.0.0.0", "255.255.255.255"])
      expect(list.check(address), address).toBe(true);
    for (const address of ["::", "::2", "2001:db8::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"])
      expect(list.check(address, "ipv6"), address).toBe(true);
  });

  it("leaves the given IPv6 address alone, however it is written", () => {
    const list = listOf(allBut(["2001:DB8:0:0::7"]));
    expect(list.check("2001:db8::7", "ipv6")).toBe(false);
    expect(list.check("2001:db8::6", "ipv6")).toBe(true);
    expect(list.check("2001:db8::8", "ipv6")).toBe(true);
  });

  it("holds exactly what is neither loopback nor given", () => {
    assert(
      property(array(octets, { maxLength: 4 }), octets, (allowed, address) => {
        const list = listOf(allBut(allowed));
        expect(list.check(address)).toBe(!allowed.includes(address) && !address.startsWith("127."));
        for (const one of allowed) expect(list.check(one)).toBe(false);
      }),
      { numRuns: 50 },
    );
  });

  it("takes a mapped address for the IPv4 address that it is", () => {
    for (const mapped of ["::ffff:192.0.2.1", "::FFFF:c000:201", "0:0:0:0:0:ffff:192.0.2.1"])
      expect(allBut([mapped]), mapped).toEqual(allBut(["192.0.2.1"]));
  });

  it("stays short: one entry a bit", () => {
    expect(allBut(["192.0.2.1", "2001:db8::1"]).length).toBeLessThan(320);
  });
});
