import { describe, expect, it } from "vitest";
import { blocklistHandler, reversedName } from "./blocklist.ts";
import type { BlocklistMode } from "./fault.ts";

function ask(
  entry: string,
  mode?: BlocklistMode,
  kind: "address" | "domain" = "address",
): string | undefined {
  const handler = blocklistHandler({
    zone: "bl.test",
    kind,
    listed: kind === "address" ? ["192.0.2.66", "2001:db8::66"] : ["bad.test"],
    watched: kind === "address" ? ["192.0.2.10"] : ["lab.test"],
    mode: () => mode,
  });
  const found = handler({ name: `${entry}.BL.test`, type: "A" });
  if (found === undefined) return undefined;
  if ("mode" in found) return found.mode;
  const [record] = found.records;
  return record === undefined ? found.rcode : (record.data as string);
}

describe("reversedName", () => {
  it.each([
    ["192.0.2.99", "99.2.0.192"],
    ["2001:db8::1", "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2"],
    ["::ffff:127.0.0.2", "2.0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0"],
    ["2001:DB8:1:2:3:4:5:6", "6.0.0.0.5.0.0.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2"],
  ])("%s becomes %s", (address, expected) => {
    expect(reversedName(address)).toBe(expected);
  });
});

describe("blocklistHandler", () => {
  it.each<[string, BlocklistMode | undefined, string]>([
    ["2.0.0.127", undefined, "127.0.0.2"], // test point that must be listed
    ["1.0.0.127", undefined, "NXDOMAIN"], // test point that must not
    [reversedName("::ffff:127.0.0.2"), undefined, "127.0.0.2"],
    [reversedName("::ffff:127.0.0.1"), undefined, "NXDOMAIN"],
    ["66.2.0.192", undefined, "127.0.0.2"],
    [reversedName("2001:db8::66"), undefined, "127.0.0.2"],
    ["10.2.0.192", undefined, "NXDOMAIN"],
    ["10.2.0.192", "listed", "127.0.0.2"],
    ["1.0.0.127", "listed", "NXDOMAIN"], // the list stays healthy
    ["2.0.0.127", "dead", "NXDOMAIN"],
    ["66.2.0.192", "dead", "NXDOMAIN"],
    ["1.0.0.127", "lists_the_world", "127.0.0.2"],
    ["10.2.0.192", "refused_public_resolver", "127.255.255.254"],
    ["10.2.0.192", "refused_quota", "127.255.255.255"],
    ["10.2.0.192", "refused_typo", "127.255.255.252"],
    ["10.2.0.192", "outside_127", "198.51.100.7"],
    ["10.2.0.192", "servfail", "servfail"],
    ["10.2.0.192", "refused", "refused"],
    ["10.2.0.192", "timeout", "timeout"],
  ])("%s under %s yields %s", (entry, mode, expected) => {
    expect(ask(entry, mode)).toBe(expected);
  });

  it.each([
    ["test", "127.0.0.2"],
    ["invalid", "NXDOMAIN"],
    ["bad.test", "127.0.0.2"],
    ["lab.test", "NXDOMAIN"],
  ])("of domains: %s yields %s", (entry, expected) => {
    expect(ask(entry, undefined, "domain")).toBe(expected);
  });

  it("leaves other names to the zone", () => {
    const handler = blocklistHandler({
      zone: "bl.test",
      kind: "domain",
      listed: [],
      watched: [],
      mode: () => undefined,
    });
    expect(handler({ name: "abl.test", type: "A" })).toBeUndefined();
  });
});
