import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalName, isHostName, nameProblem, toAsciiName } from "./name.ts";
import { defaultSearch, parseResolvConf, searchNames } from "./resolv-conf.ts";
import { reverseLabels, reverseName } from "./reverse.ts";
import { formatServerAddress, parseServerAddress } from "./server-address.ts";

describe("names", () => {
  it.each([
    ["example.com", undefined],
    ["example.com.", undefined],
    ["_25._tcp.mx.example.com", undefined],
    ["", undefined], // the root
    [`${"a".repeat(63)}.example`, undefined],
    [`${"a".repeat(64)}.example`, "it has a label longer than 63 characters"],
    [`${"a".repeat(49)}.`.repeat(5) + "abc", undefined], // 253
    [`${"a".repeat(49)}.`.repeat(5) + "abcd", "it is longer than 253 characters"],
    ["a..b", "it has an empty label"],
    [".", undefined],
    ["a b.example", "it holds a character that is not printable ASCII"],
    ["bücher.example", "it holds a character that is not printable ASCII"],
    ["a\\.b.example", "it holds a character that is not printable ASCII"],
  ])("%j: %s", (name, problem) => {
    expect(nameProblem(name)).toBe(problem);
  });

  it.each([
    ["mx.example.com", true],
    ["MX.Example.COM.", true],
    ["localhost", false], // one label
    ["192.0.2.1", false], // an address
    ["mx_1.example.com", false],
    ["-mx.example.com", false],
    ["", false],
  ])("host name %j: %s", (name, answer) => {
    expect(isHostName(name)).toBe(answer);
  });

  it("compares names in lower case without the final dot", () => {
    expect(canonicalName("MX.Example.COM.")).toBe("mx.example.com");
  });

  it.each([
    ["bücher.example", "xn--bcher-kva.example"],
    ["EXAMPLE.com.", "example.com"],
    ["1.2", "1.2"], // not an IPv4 address in short form
    ["a b", undefined],
    ["ex\u0000ample.com", undefined],
  ])("A-label form of %j", (unicode, ascii) => {
    expect(toAsciiName(unicode)).toBe(ascii);
  });
});

describe("reverse names", () => {
  it.each([
    ["192.0.2.1", "1.2.0.192.in-addr.arpa"],
    ["2001:db8::10", "0.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"],
    ["::ffff:127.0.0.2", "2.0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa"],
    ["::FFFF:7F00:2", "2.0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa"],
    ["::", `${"0.".repeat(32)}ip6.arpa`],
    ["fe80::1%eth0", undefined],
    ["example.com", undefined],
  ])("%s", (address, name) => {
    expect(reverseName(address)).toBe(name);
  });

  it("has 32 nibbles for every IPv6 address", () => {
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        expect(reverseLabels(address)).toMatch(/^([0-9a-f]\.){31}[0-9a-f]$/);
      }),
    );
  });
});

describe("server addresses", () => {
  it.each([
    ["127.0.0.1", "127.0.0.1:53"],
    ["127.0.0.1:5300", "127.0.0.1:5300"],
    ["::1", "[::1]:53"],
    ["[::1]", "[::1]:53"],
    ["[2001:db8::1]:5300", "[2001:db8::1]:5300"],
    ["fe80::1%eth0", "[fe80::1%eth0]:53"],
    ["ns.example.com", undefined],
    ["127.0.0.1:0", undefined],
    ["127.0.0.1:70000", undefined],
    ["", undefined],
  ])("%j", (text, shown) => {
    const server = parseServerAddress(text);
    expect(server && formatServerAddress(server)).toBe(shown);
  });
});

describe("resolv.conf", () => {
  it("takes name servers and options, and passes over the rest", () => {
    const text = [
      "# written by hand",
      "search example.com",
      "nameserver 192.0.2.53 ; first",
      "nameserver\t2001:db8::53",
      "nameserver not-an-address",
      "options ndots:2 timeout:3 attempts:9 rotate",
      "options timeout:99",
    ].join("\n");
    expect(parseResolvConf(text)).toEqual({
      servers: [
        { address: "192.0.2.53", port: 53, family: 4 },
        { address: "2001:db8::53", port: 53, family: 6 },
      ],
      timeoutMs: 30_000,
      attempts: 5,
      search: ["example.com"],
      ndots: 2,
    });
  });

  it.each<[string, string[] | undefined, string]>([
    ["search a.example B.Example.", ["a.example", "b.example"], "canonical"],
    ["search\ta.example  b.example # more", ["a.example", "b.example"], "tabs, and a remark"],
    ["search a.example\nsearch b.example", ["b.example"], "the last line holds"],
    ["search a.example b.example\ndomain c.example", ["c.example"], "of both words"],
    ["domain c.example\nsearch a.example", ["a.example"], "of both words"],
    ["domain a.example b.example", ["a.example"], "it takes one"],
    ["search a.example\nsearch", ["a.example"], "a line without a domain says nothing"],
    ["search .", [""], "the root: no domain at all"],
    ["search .a.example", ["a.example"], "libc passes over the dot"],
    [`search ${"x".repeat(64)}.example b..example a.example`, ["a.example"], "no domains"],
    ["search a b c d e f g", ["a", "b", "c", "d", "e", "f"], "six"],
    ["; search a.example", undefined, "a comment"],
    ["nameserver 192.0.2.53", undefined, "not configured"],
  ])("takes from %j the domains %j: %s", (text, search) => {
    expect(parseResolvConf(text).search).toEqual(search);
  });

  it.each([
    ["options ndots:5", 5],
    ["options ndots:0", 0], // every name is first asked as it is
    ["options ndots:99", 15],
    ["options ndots:-1", 0],
    ["options ndots:x", undefined],
    ["options ndots", undefined],
    ["options ndots:5\noptions edns0 ndots:2", 2], // the last
  ])("takes from %j the dots %s", (text, ndots) => {
    expect(parseResolvConf(text).ndots).toBe(ndots);
  });

  it.each([
    ["probe.eu.example", ["eu.example"]],
    ["probe", []],
    ["probe.", []],
    ["", []],
    ["probe.a..b", []], // no domain
  ])("searches on a machine called %j without a list in %j", (hostname, search) => {
    expect(defaultSearch(hostname)).toEqual(search);
  });

  it("keeps three servers, as libc does", () => {
    const text = [1, 2, 3, 4].map((n) => `nameserver 192.0.2.${n}`).join("\n");
    expect(parseResolvConf(text).servers).toHaveLength(3);
  });

  it("says nothing where the file says nothing", () => {
    expect(parseResolvConf("")).toEqual({ servers: [] });
  });

  it("survives any text", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(parseResolvConf(text).servers.length).toBeLessThanOrEqual(3);
        expect(parseResolvConf(`search ${text}`).search?.length ?? 0).toBeLessThanOrEqual(6);
      }),
    );
  });
});

describe("the names to ask for a host", () => {
  const cluster = ["ns.svc.cluster.local", "svc.cluster.local", "cluster.local"];
  const inCluster = cluster.map((domain) => `postfix.mail.${domain}`);
  it.each([
    ["postfix.mail", cluster, 5, [...inCluster, "postfix.mail"], "fewer dots than asked for: the list first"],
    ["postfix.mail", cluster, 1, ["postfix.mail", ...inCluster], "enough dots: as written first"],
    ["relay", ["a.example"], 1, ["relay.a.example", "relay"], "one label"],
    ["relay", ["a.example"], 0, ["relay", "relay.a.example"], "one label, no dots asked for"],
    ["postfix.mail.", cluster, 5, ["postfix.mail."], "absolute"],
    ["relay", [], 1, ["relay"], "no list"],
    ["relay", ["", "a.example"], 1, ["relay", "relay.a.example"], "the root in the list, asked once"],
    ["relay", [`${"a".repeat(60)}.`.repeat(4) + "aaaaa"], 1, ["relay"], "longer than a name can be"],
    ["a..b", ["a.example"], 5, ["a..b"], "cannot be asked"],
  ])("%s in %j with %i dots: %j: %s", (name, search, ndots, names) => {
    expect(searchNames(name, search, ndots)).toEqual(names);
  });
});
