import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { OptionsError } from "../../src/model/probe.ts";
import { Secret } from "../../src/model/secret.ts";
import { blocklistNames } from "./index.ts";
import { parseBlocklistOptions } from "./options.ts";

const MINUTE = 60_000;

function refusal(input: unknown): { message: string; path: readonly (string | number)[] } {
  try {
    parseBlocklistOptions(input);
  } catch (error) {
    if (error instanceof OptionsError) return error;
    throw error;
  }
  throw new Error("not refused");
}

describe("options", () => {
  it.each([undefined, {}])("%j: the presets that need no key", (input) => {
    const options = parseBlocklistOptions(input);
    expect(blocklistNames(options, "192.0.2.1")).toEqual([
      "spamhaus-zen",
      "spamcop",
      "psbl",
      "mailspike",
      "uceprotect-1",
      "spameatingmonkey",
      "dnswl",
    ]);
    expect(blocklistNames(options, "2001:db8::1")).toEqual(["spamhaus-zen", "dnswl"]);
    expect(blocklistNames(options, "example.com")).toEqual(["spamhaus-dbl", "uribl", "surbl"]);
  });

  it("take presets with a key, zones with a description, and name servers", () => {
    const options = parseBlocklistOptions({
      lists: [
        { preset: "spamhaus-zen", key: "k3y" },
        { preset: "spamhaus-dbl", key: new Secret("k3y") },
        { zone: "BL.example.org." },
        {
          zone: "wl.example.org",
          name: "ours",
          kinds: ["ipv4", "domain"],
          codes: { "127.0.0.4-7": "good" },
          white: true,
          test_points: { listed: "127.0.0.2" },
          delist_url: "https://example.org/remove",
        },
      ],
      resolver: { servers: ["127.0.0.1:5353", "[::1]:53"] },
    });
    expect(options.servers).toEqual(["127.0.0.1:5353", "[::1]:53"]);
    expect(options.lists.map(({ key }) => key?.reveal())).toEqual(["k3y", "k3y", undefined, undefined]);
    expect(options.lists[2]?.zone).toMatchObject({ id: "bl.example.org", kinds: ["ipv4"] });
    expect(options.lists[3]?.zone).toMatchObject({
      id: "ours",
      white: true,
      codes: [{ match: "127.0.0.4-7", meaning: "good" }],
      testPoints: { listed: "127.0.0.2" },
    });
    expect(inspect(options, { depth: 9 }) + JSON.stringify(options)).not.toContain("k3y");
  });

  it.each([
    ["of a preset by default", { lists: [{ preset: "psbl" }] }, 15 * MINUTE],
    ["of a preset, longer", { lists: [{ preset: "psbl" }], min_interval: "1h" }, 60 * MINUTE],
    ["of a preset, never shorter", { lists: [{ preset: "psbl", min_interval: "1s" }] }, 15 * MINUTE],
    ["of one's own zone by default", { lists: [{ zone: "bl.example.org" }] }, 15 * MINUTE],
    ["of one's own zone", { lists: [{ zone: "bl.example.org", min_interval: "0s" }], min_interval: "1h" }, 0],
  ])("interval %s", (_, input, minIntervalMs) => {
    expect(parseBlocklistOptions(input).lists[0]?.zone.minIntervalMs).toBe(minIntervalMs);
  });

  it.each<[unknown, string, (string | number)[]]>([
    [{ list: [] }, 'unknown option "list"', ["list"]],
    [{ lists: [{ zone: "a.example", color: 1 }] }, 'unknown option "color"', ["lists", 0, "color"]],
    [{ lists: [{}] }, "must have either `preset` or `zone`", ["lists", 0]],
    [{ lists: [{ preset: "psbl", zone: "a.example" }] }, "must have either `preset` or `zone`", ["lists", 0]],
    [{ lists: [{ preset: "sorbs" }] }, "must be one of: spamhaus-zen, ", ["lists", 0, "preset"]],
    [
      { lists: [{ preset: "psbl", white: true }] },
      "goes with `zone`, not with `preset`",
      ["lists", 0, "white"],
    ],
    [{ lists: [{ preset: "psbl", key: "k3y" }] }, "psbl takes no key", ["lists", 0, "key"]],
    [{ lists: [{ preset: "psbl" }, { preset: "psbl" }] }, "psbl is there twice", ["lists", 1]],
    [{ lists: [{ zone: `${"a".repeat(64)}.example` }] }, "must be a domain name", ["lists", 0, "zone"]],
    [{ lists: [{ zone: "a.example", codes: { "10.0.0.1": "x" } }] }, "", ["lists", 0, "codes", "10.0.0.1"]],
    [
      { resolver: { servers: ["ns.example"] } },
      "must be an address, with or without port",
      ["resolver", "servers", 0],
    ],
    [{ min_interval: 900 }, "", ["min_interval"]],
    [{ min_interval: "soon" }, "must be a duration such as 15m", ["min_interval"]],
    [
      { lists: [{ preset: "spamhaus-zen", key: "bad key!" }] },
      "must be letters, digits and hyphens",
      ["lists", 0, "key"],
    ],
  ])("refuse %j", (input, message, path) => {
    const refused = refusal(input);
    expect(refused.message).toContain(message);
    expect(refused.path).toEqual(path);
    expect(refused.message).not.toContain("bad key!");
  });
});
