import { describe, expect, it } from "vitest";
import type { Listing, ListingUnknown } from "../../src/model/evidence.ts";
import { worstVerdict } from "../../src/model/observation.ts";
import { judgeBlocklist } from "./judge.ts";
import { parseBlocklistOptions } from "./options.ts";

const options = parseBlocklistOptions({});

function listing(list: string, more: Partial<Listing> = {}): Listing {
  return { list, verdict: "not_listed", answers: [], meanings: [], durationMs: 1, ...more };
}

const listed = (list: string, more: Partial<Listing> = {}): Listing =>
  listing(list, { verdict: "listed", answers: ["127.0.0.2"], meanings: ["sent spam"], ...more });

const unsure = (list: string, reason: ListingUnknown, ...answers: string[]): Listing =>
  listing(list, { verdict: "unknown", reason, answers });

function judge(...listings: Listing[]) {
  return judgeBlocklist({ address: "192.0.2.1", listings }, options);
}

describe("what the lists said", () => {
  it.each<[string, Listing[], string[]]>([
    ["all clean", [listing("spamcop"), listing("psbl")], ["pass blocklist_clean"]],
    ["one lists it", [listed("spamcop"), listing("psbl")], ["fail blocklisted", "pass blocklist_clean"]],
    ["two list it", [listed("spamcop"), listed("psbl")], ["fail blocklisted", "fail blocklisted"]],
    ["on an allowlist", [listed("dnswl", { white: true })], ["pass allowlisted"]],
    ["not on an allowlist", [listing("dnswl", { white: true })], ["pass allowlist_absent"]],
    [
      "in a listed allocation",
      [listed("uceprotect-2", { informational: true })],
      ["warn blocklisted_informational"],
    ],
    ["no list for it", [], ["unknown blocklist_not_applicable"]],
    [
      "one reason, two lists",
      [unsure("spamcop", "timeout"), unsure("psbl", "timeout")],
      ["unknown blocklist_timeout"],
    ],
    [
      "two reasons",
      [unsure("spamcop", "dead"), unsure("psbl", "servfail"), listing("mailspike")],
      ["unknown blocklist_dead", "unknown blocklist_servfail", "pass blocklist_clean"],
    ],
  ])("%s", (_, listings, expected) => {
    expect(judge(...listings).map(({ id, verdict }) => `${verdict} ${id}`)).toEqual(expected);
  });

  it("says nothing when nothing was noted", () => {
    expect(judgeBlocklist({}, options)).toEqual([]);
  });

  it("names list, code, meaning and the list's own words, and where to be removed", () => {
    const [finding] = judge(listed("spamcop", { text: "see https://example.org/" }));
    expect(finding?.message).toBe(
      "192.0.2.1 is listed by spamcop: sent spam (127.0.0.2): “see https://example.org/”",
    );
    expect(finding?.remedy).toContain("https://www.spamcop.net/bl.shtml");
  });

  it("shows the bare answer of a list that documents none", () => {
    const [finding] = judge(listed("bl.test", { meanings: [] }));
    expect(finding?.message).toBe("192.0.2.1 is listed by bl.test (127.0.0.2)");
  });

  it.each<[ListingUnknown, string[], string, RegExp]>([
    ["refused_public_resolver", ["127.255.255.254"], "answer 127.255.255.254", /resolver of your own.*key/],
    ["refused_quota", ["127.255.255.255"], "too many queries", /less often.*`key`/],
    ["refused_typo", ["127.255.255.252"], "misspelt", /preset/],
    ["refused", ["127.0.0.1"], "refuses", /terms/],
    ["lists_the_world", ["127.0.0.2"], "lists everything", /Take the list out/],
    ["dead", [], "dead or empty", /Take the list out/],
    ["answer_outside_127", ["198.51.100.7"], "answer 198.51.100.7", /resolver of your own/],
    ["unlisted_code", ["127.0.0.77"], "does not document", /codes/],
    ["servfail", [], "SERVFAIL", /resolver/],
    ["dns_refused", [], "REFUSED", /resolver/],
    ["timeout", [], "in time", /resolver/],
    ["malformed", [], "no valid DNS message", /resolver/],
  ])("%s is unknown, never listed and never clean", (reason, answers, words, remedy) => {
    const findings = judge(unsure("spamcop", reason, ...answers));
    expect(worstVerdict(findings.map(({ verdict }) => verdict))).toBe("unknown");
    expect(findings).toHaveLength(1);
    expect(findings[0]?.message).toContain(words);
    expect(findings[0]?.remedy).toMatch(remedy);
  });

  it.each<[string, Listing[], string]>([
    ["all of two or more", [unsure("spamcop", "dead"), unsure("psbl", "dead")], "blocklist_all_dead"],
    ["one alone may be dead", [unsure("spamcop", "dead")], "blocklist_dead"],
    [
      "another is clean",
      [unsure("spamcop", "dead"), unsure("psbl", "dead"), listing("mailspike")],
      "blocklist_dead",
    ],
    [
      "another lists it",
      [unsure("spamcop", "dead"), unsure("psbl", "dead"), listed("mailspike")],
      "blocklist_dead",
    ],
    [
      "another refuses, so its answer came through",
      [unsure("spamcop", "dead"), unsure("psbl", "dead"), unsure("mailspike", "refused", "127.0.0.1")],
      "blocklist_dead",
    ],
    [
      "a third never came through",
      [unsure("spamcop", "dead"), unsure("psbl", "dead"), unsure("mailspike", "servfail")],
      "blocklist_all_dead",
    ],
    [
      "another was clean in an earlier run",
      [unsure("spamcop", "dead"), unsure("psbl", "dead"), listing("mailspike", { askedAt: 1 })],
      "blocklist_all_dead",
    ],
    [
      "a list without test points proves nothing",
      [unsure("spamcop", "dead"), unsure("psbl", "dead"), listing("unproven")],
      "blocklist_all_dead",
    ],
  ])("lists that look dead: %s", (_, listings, id) => {
    const own = parseBlocklistOptions({
      lists: [
        ...["spamcop", "psbl", "mailspike"].map((preset) => ({ preset })),
        { zone: "unproven", test_points: false },
      ],
    });
    const findings = judgeBlocklist({ address: "192.0.2.1", listings }, own);
    expect(findings.map((finding) => finding.id)).toContain(id);
    expect(worstVerdict(findings.filter((finding) => finding.id === id).map(({ verdict }) => verdict))).toBe(
      "unknown",
    );
  });

  it("blames the resolver, and names the question that proves it, when all lists look dead", () => {
    const [finding, ...others] = judge(unsure("spamcop", "dead"), unsure("psbl", "dead"));
    expect(others).toEqual([]);
    expect(finding?.message).toMatch(/^none of spamcop, psbl .* resolver filters or fails$/);
    expect(finding?.remedy).toMatch(/recursive resolver of your own.*`2\.0\.0\.127\./);
  });

  it("does not name a test point that would show a key", () => {
    const keyed = parseBlocklistOptions({ lists: [{ preset: "spamhaus-zen", key: "canary" }] });
    const [finding] = judgeBlocklist(
      { address: "192.0.2.1", listings: [unsure("spamhaus-zen", "dead")] },
      keyed,
    );
    expect(finding?.remedy).toContain("the list's test point");
  });

  it("says each source once", () => {
    for (const reason of ["dead", "lists_the_world"] as const) {
      expect(judge(unsure("spamcop", reason))[0]).toMatchObject({
        message: expect.not.stringContaining("RFC"),
        rfc: "RFC 5782 section 5",
      });
    }
  });

  it("uses ids that fit a metric label", () => {
    const findings = judge(listed("a"), unsure("b", "answer_outside_127"), listing("c"));
    for (const { id } of findings) expect(id).toMatch(/^[a-z][a-z0-9_]*$/);
  });
});
