import { isIP } from "node:net";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matchesServerName } from "./match-name.ts";

const CASES: readonly (readonly [server: string, names: readonly string[], matches: boolean, why: string])[] =
  [
    ["mx.example.com", ["mx.example.com"], true, "the same name"],
    ["MX.Example.COM", ["mx.example.com"], true, "case does not count"],
    ["mx.example.com.", ["mx.example.com"], true, "the final dot does not count"],
    ["mx.example.com", ["example.com"], false, "a parent is another name"],
    ["example.com", ["mx.example.com"], false, "a child is another name"],
    ["mx.example.com", ["*.example.com"], true, "a wildcard for one label"],
    ["a.mx.example.com", ["*.example.com"], false, "a wildcard never spans two labels"],
    ["example.com", ["*.example.com"], false, "a wildcard never stands for no label"],
    ["mx.example.com", ["m*.example.com"], false, "a part of a label is no wildcard"],
    ["mx.example.com", ["mx.*.com"], false, "only the left-most label"],
    ["a.b.example.com", ["*.*.example.com"], false, "one wildcard only"],
    ["example.com", ["*.com"], false, "nothing vouches for a top-level domain"],
    ["example", ["*"], false, "a bare star is no name"],
    [".example.com", ["*.example.com"], false, "an empty label is no label"],
    ["mx.example.com", ["other.test", "mx.example.com"], true, "any of the names"],
    ["xn--bcher-kva.example", ["xn--bcher-kva.example"], true, "A-labels as they are"],
    ["xn--bcher-kva.example.com", ["*.example.com"], true, "an A-label is one label"],
    ["mx.example.com", [], false, "no names, no match"],
    ["", [""], false, "an empty name matches nothing"],
    ["192.0.2.1", ["192.0.2.1"], false, "an address is not looked for among the DNS names"],
  ];

const ADDRESSES: readonly (readonly [server: string, address: string, matches: boolean, why: string])[] = [
  ["192.0.2.1", "192.0.2.1", true, "the same address"],
  ["192.0.2.1", "192.0.2.2", false, "another address"],
  ["::1", "0:0:0:0:0:0:0:1", true, "one address in two spellings"],
  ["2001:DB8::1", "2001:db8::1", true, "case does not count"],
  ["192.0.2.1", "not an address", false, "rubbish in the certificate"],
  ["mx.example.com", "mx.example.com", false, "a name is not looked for among the addresses"],
];

describe("matchesServerName", () => {
  it.each(CASES)("%s against %j: %s (%s)", (server, dnsNames, matches) => {
    expect(matchesServerName(server, { dnsNames, ipAddresses: [] })).toBe(matches);
  });

  it.each(ADDRESSES)("address %s against %s: %s (%s)", (server, address, matches) => {
    expect(matchesServerName(server, { dnsNames: [], ipAddresses: [address] })).toBe(matches);
  });

  it("never matches a name that shares no label, whatever the certificate says", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 40 }), { maxLength: 5 }), (names) => {
        const others = names.filter((name) => isIP(name) === 0 && !name.toLowerCase().includes("mailgauge"));
        expect(matchesServerName("mx.mailgauge.test", { dnsNames: others, ipAddresses: names })).toBe(false);
      }),
    );
  });
});
