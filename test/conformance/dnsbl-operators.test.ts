import { describe, expect, it } from "vitest";

import type { ListingUnknown } from "../../src/model/evidence.ts";
import { judgeHealth } from "../../src/standards/dnsbl/health.ts";
import { interpret } from "../../src/standards/dnsbl/interpret.ts";
import { DNSBL_PRESETS, dnsblPreset } from "../../src/standards/dnsbl/presets.ts";
import { queryName, queryZone } from "../../src/standards/dnsbl/query.ts";
import { type DnsblZone, testPointsOf } from "../../src/standards/dnsbl/zone.ts";
import { dnsblAnswer } from "../support/dnsbl-answer.ts";

function preset(id: string): DnsblZone {
  const zone = dnsblPreset(id);
  if (!zone) throw new Error(`no preset ${id}`);
  return zone;
}

type Row = readonly [id: string, answer: string, says: "listed" | "not_listed" | ListingUnknown, ...string[]];

/** Spamhaus, "What do the return codes mean": the zones, and the errors that any of its zones gives. */
const SPAMHAUS: readonly Row[] = [
  ["spamhaus-zen", "nxdomain", "not_listed"],
  ["spamhaus-zen", "127.0.0.2", "listed", "SBL: spam source or spam service"],
  ["spamhaus-zen", "127.0.0.3", "listed", "CSS: low-reputation sender"],
  ["spamhaus-zen", "127.0.0.4", "listed", "XBL: exploited or infected host"],
  ["spamhaus-zen", "127.0.0.5", "listed", "XBL: exploited or infected host"],
  ["spamhaus-zen", "127.0.0.7", "listed", "XBL: exploited or infected host"],
  [
    "spamhaus-zen",
    "127.0.0.2 127.0.0.9",
    "listed",
    "SBL: spam source or spam service",
    "DROP: hijacked or rogue network",
  ],
  ["spamhaus-zen", "127.0.0.10", "listed", "PBL: should not send mail directly"],
  ["spamhaus-zen", "127.0.0.11", "listed", "PBL: should not send mail directly"],
  ["spamhaus-zen", "127.0.0.77", "unlisted_code"],
  ["spamhaus-zen", "127.0.0.77 127.0.0.3", "listed", "CSS: low-reputation sender"],
  ["spamhaus-zen", "127.255.255.252", "refused_typo"], // typing error in the zone
  ["spamhaus-zen", "127.255.255.254", "refused_public_resolver"], // through a public or open resolver
  ["spamhaus-zen", "127.255.255.255", "refused_quota"], // excessive number of queries
  ["spamhaus-dbl", "127.0.1.2", "listed", "low-reputation domain"],
  ["spamhaus-dbl", "127.0.1.4", "listed", "phishing domain"],
  ["spamhaus-dbl", "127.0.1.5", "listed", "malware domain"],
  ["spamhaus-dbl", "127.0.1.6", "listed", "botnet controller domain"],
  ["spamhaus-dbl", "127.0.1.102", "listed", "abused legitimate domain"],
  ["spamhaus-dbl", "127.0.1.103", "listed", "abused legitimate domain"],
  ["spamhaus-dbl", "127.0.1.106", "listed", "abused legitimate domain"],
  ["spamhaus-dbl", "127.0.1.255", "refused_typo"], // an address was asked
  ["spamhaus-dbl", "127.255.255.254", "refused_public_resolver"],
];

/** URIBL and SURBL set bits of the last octet; bit 1 refuses. */
const BITS: readonly Row[] = [
  ["uribl", "127.0.0.2", "listed", "black: in spam"],
  ["uribl", "127.0.0.4", "listed", "grey: in bulk mail"],
  ["uribl", "127.0.0.8", "listed", "red: newly observed or automated listing"],
  ["uribl", "127.0.0.10", "listed", "black: in spam", "red: newly observed or automated listing"],
  ["uribl", "127.0.0.1", "refused_public_resolver"],
  ["uribl", "127.0.0.3", "refused_public_resolver"], // the bit counts, not the number
  ["surbl", "127.0.0.8", "listed", "PH: phishing"],
  ["surbl", "127.0.0.16", "listed", "MW: malware"],
  ["surbl", "127.0.0.64", "listed", "ABUSE: spam and other abuse"],
  ["surbl", "127.0.0.128", "listed", "CR: cracked site"],
  ["surbl", "127.0.0.80", "listed", "MW: malware", "ABUSE: spam and other abuse"],
  ["surbl", "127.0.0.1", "refused_public_resolver"],
  ["surbl", "127.0.0.2", "unlisted_code"], // no bit that is documented
];

/** Lists of one code. */
const ONE_CODE: readonly Row[] = [
  ["spamcop", "127.0.0.2", "listed", "sent spam"],
  ["psbl", "127.0.0.2", "listed", "sent spam"],
  ["barracuda", "127.0.0.2", "listed", "sent spam"],
  ["spameatingmonkey", "127.0.0.2", "listed", "sent spam"],
  ["uceprotect-1", "127.0.0.2", "listed", "sent spam"],
  ["uceprotect-2", "127.0.0.2", "listed", "neighbours in the allocation sent spam"],
];

/** Lists that also speak of good senders. */
const REPUTATION: readonly Row[] = [
  ["mailspike", "127.0.0.2", "listed", "part of a spam wave"],
  ["mailspike", "127.0.0.10", "listed", "worst reputation"],
  ["mailspike", "127.0.0.12", "listed", "bad reputation"],
  ["mailspike", "127.0.0.18", "not_listed", "neutral or good reputation"],
  ["mailspike", "127.0.0.20", "not_listed", "neutral or good reputation"],
  ["dnswl", "127.0.5.3", "listed", "trust: high"], // category, then level
  ["dnswl", "127.0.2.1", "listed", "trust: low"],
  ["dnswl", "127.0.15.2", "listed", "trust: medium"],
  ["dnswl", "127.0.10.0", "listed", "known, no trust level"],
  ["dnswl", "127.0.20.0", "listed", "known, no trust level"], // self service
  ["dnswl", "127.0.0.255", "refused_quota"],
  ["dnswl", "127.0.0.1", "refused"], // no category 0
  ["dnswl", "127.0.5.9", "unlisted_code"],
];

describe("what the operators document", () => {
  it.each([...SPAMHAUS, ...BITS, ...ONE_CODE, ...REPUTATION])(
    "%s answers %s: %s",
    (id, answer, says, ...meanings) => {
      const said = interpret(preset(id), dnsblAnswer(answer));
      expect(said.verdict === "unknown" ? said.reason : said.verdict).toBe(says);
      expect(said.meanings).toEqual(meanings);
    },
  );

  it("leaves out no list that we know", () => {
    const covered = [...SPAMHAUS, ...BITS, ...ONE_CODE, ...REPUTATION].map(([id]) => id);
    expect(DNSBL_PRESETS.map(({ id }) => id).filter((id) => !covered.includes(id))).toEqual([]);
  });

  it("tells a list of good senders and one of whole allocations apart from the others", () => {
    expect(DNSBL_PRESETS.filter(({ white }) => white).map(({ id }) => id)).toEqual(["dnswl"]);
    expect(DNSBL_PRESETS.filter(({ informational }) => informational).map(({ id }) => id)).toEqual([
      "uceprotect-2",
    ]);
  });
});

describe("the test points that the operators name", () => {
  it.each<[string, string, string, string]>([
    [
      "spamhaus-zen",
      "2.0.0.127.zen.spamhaus.org",
      "127.0.0.2 127.0.0.4 127.0.0.10",
      "a listing of each kind",
    ],
    ["spamhaus-dbl", "dbltest.com.dbl.spamhaus.org", "127.0.1.2", "a domain of its own"],
    ["uribl", "test.uribl.com.multi.uribl.com", "127.0.0.14", "all bits but the refusal"],
    ["surbl", "test.surbl.org.multi.surbl.org", "127.0.0.254", "all bits but the refusal"],
    ["spamcop", "2.0.0.127.bl.spamcop.net", "127.0.0.2", "RFC 5782 section 5"],
  ])("%s: %s is %s (%s)", (id, name, answer) => {
    const zone = preset(id);
    const points = testPointsOf(zone);
    expect(queryName(points?.listed ?? "", queryZone(zone))).toBe(name);
    expect(judgeHealth(zone, dnsblAnswer(answer), dnsblAnswer("nxdomain"))).toEqual({ healthy: true });
  });

  it("Spamhaus' Data Query Service: the key is the first label of the zone", () => {
    expect(queryName("192.0.2.1", queryZone(preset("spamhaus-zen"), "k3y"))).toBe(
      "1.2.0.192.k3y.zen.dq.spamhaus.net",
    );
    expect(queryName("example.com", queryZone(preset("spamhaus-dbl"), "k3y"))).toBe(
      "example.com.k3y.dbl.dq.spamhaus.net",
    );
  });
});
