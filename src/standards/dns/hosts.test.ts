import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type HostAddresses, HOSTS_TEXT_MAX, parseHosts } from "./hosts.ts";

const read = (text: string, name: string) => parseHosts(text).get(name);

describe("hosts", () => {
  it.each<[string, HostAddresses | undefined, string]>([
    ["127.0.0.1 localhost", { A: ["127.0.0.1"], AAAA: [] }, "IPv4"],
    ["::1 localhost ip6-localhost", { A: [], AAAA: ["::1"] }, "IPv6"],
    ["127.0.0.1 localhost\n::1 localhost", { A: ["127.0.0.1"], AAAA: ["::1"] }, "both, on two lines"],
    ["192.0.2.1 a localhost\n192.0.2.2 localhost", { A: ["192.0.2.1", "192.0.2.2"], AAAA: [] }, "an alias"],
    ["192.0.2.1 localhost\n192.0.2.1 localhost", { A: ["192.0.2.1"], AAAA: [] }, "the same twice"],
    ["\t192.0.2.1\t \tLocalHost.\r", { A: ["192.0.2.1"], AAAA: [] }, "blanks, case, final dot, CRLF"],
    ["192.0.2.1 localhost#192.0.2.2", { A: ["192.0.2.1"], AAAA: [] }, "a comment behind"],
    ["fe80::1%lo0 localhost", { A: [], AAAA: ["fe80::1%lo0"] }, "a zone, as on macOS"],
    ["#192.0.2.1 localhost", undefined, "a comment"],
    ["192.0.2.1 # localhost", undefined, "no name"],
    ["192.0.2 localhost", undefined, "no address"],
    ["localhost 192.0.2.1", undefined, "the wrong way round"],
    ["192.0.2.1 localhost.example", undefined, "another name"],
    ["", undefined, "empty"],
  ])("%j: %j: %s", (text, addresses) => {
    expect(read(text, "localhost")).toEqual(addresses);
  });

  it("keeps sixteen addresses of a name", () => {
    const text = Array.from({ length: 40 }, (_, i) => `192.0.2.${i} relay`).join("\n");
    expect(read(text, "relay")?.A).toHaveLength(16);
  });

  it("ends with the last whole line within the limit", () => {
    const [first, last] = ["192.0.2.1 first\n", "192.0.2.2 last.example\n"];
    const filler = `${"#".repeat(HOSTS_TEXT_MAX - first.length - 15)}\n`;
    const hosts = parseHosts(first + filler + last);
    expect([...hosts.keys()]).toEqual(["first"]);
  });

  it("survives any text, and holds addresses only", () => {
    const word = fc.oneof(fc.ipV4(), fc.ipV6(), fc.constantFrom("#", "\n", "__proto__", "a"), fc.string());
    fc.assert(
      fc.property(fc.array(word), (words) => {
        for (const { A, AAAA } of parseHosts(words.join(" ")).values()) {
          expect(A.length + AAAA.length).toBeGreaterThan(0);
          expect(A.every((address) => !address.includes(":"))).toBe(true);
        }
      }),
    );
  });
});
