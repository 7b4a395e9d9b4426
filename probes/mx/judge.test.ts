import { describe, expect, it } from "vitest";
import type { DnsStatus } from "../../src/model/dns.ts";
import type { MxEvidence, MxHost, MxReach } from "../../src/model/evidence.ts";
import { judgeMx } from "./judge.ts";

const up = (family: 4 | 6, more: Partial<MxReach> = {}): MxReach => ({
  family,
  address: family === 4 ? "192.0.2.1" : "2001:db8::1",
  reachable: true,
  starttls: true,
  banner: "mx ESMTP",
  durationMs: 1,
  ...more,
});

const down = (family: 4 | 6, fault: NonNullable<MxReach["fault"]> = "connect_refused"): MxReach => {
  const { family: _, starttls: __, ...rest } = up(family);
  return { ...rest, family, reachable: false, fault };
};

function host(preference: number, exchange: string, more: Partial<MxHost> = {}): MxHost {
  const { reach = [up(4)] } = more;
  return {
    preference,
    exchange,
    a: reach.some(({ family }) => family === 4) ? ["192.0.2.1"] : [],
    aaaa: reach.some(({ family }) => family === 6) ? ["2001:db8::1"] : [],
    ...more,
    reach,
  };
}

function notes(more: Partial<MxEvidence> = {}): Partial<MxEvidence> {
  return {
    domain: "example.com",
    status: "ok",
    authenticated: false,
    nullMx: false,
    implicit: false,
    hosts: [],
    ...more,
  };
}

function judge(given: Partial<MxEvidence>, reach = true): string[] {
  return judgeMx(given, { reach }).map(({ id, verdict }) => `${verdict} ${id}`);
}

const none = { reach: [], a: [], aaaa: [] };
const fine = ["pass mx_found", "pass mx_reachable"];

describe("the records", () => {
  it("that could not be looked up are said with the resolver's own words", () => {
    const fault = { code: "dns_servfail", phase: "dns", message: "192.0.2.53 answered SERVFAIL" } as const;
    expect(judgeMx({ domain: "example.com", status: "servfail" }, { reach: true }, fault)).toMatchObject([
      { id: "mx_lookup_failed", verdict: "unknown", message: "192.0.2.53 answered SERVFAIL" },
    ]);
  });

  it.each<[string, Partial<MxEvidence>, string[]]>([
    ["nothing known yet", {}, []],
    ["NXDOMAIN", notes({ status: "nxdomain" }), ["fail mx_domain_missing"]],
    ["neither MX nor address", notes({ status: "nodata" }), ["fail mx_missing"]],
    [
      "no MX but an address",
      notes({ status: "nodata", implicit: true, hosts: [host(0, "example.com")] }),
      ["warn mx_implicit", "pass mx_reachable"],
    ],
    [
      "no MX, address unknown",
      notes({
        status: "nodata",
        implicit: true,
        hosts: [host(0, "example.com", { ...none, problem: "unresolvable" })],
      }),
      ["warn mx_implicit", "unknown mx_unresolvable"],
    ],
    ["null MX", notes({ nullMx: true }), ["fail mx_null"]],
    [
      "null MX and another",
      notes({ nullMx: true, hosts: [host(10, "mx1.test")] }),
      ["fail mx_null_mixed", ...fine],
    ],
    ["one host", notes({ hosts: [host(10, "mx1.test")] }), fine],
    ["an alias", notes({ hosts: [host(10, "mx1.test", { problem: "cname" })] }), ["fail mx_cname", ...fine]],
    [
      "an address",
      notes({ hosts: [host(10, "192.0.2.1", { ...none, problem: "ip_literal" })] }),
      ["fail mx_ip_literal", "pass mx_found"],
    ],
    [
      "no address",
      notes({ hosts: [host(10, "mx1.test", { ...none, problem: "no_address" })] }),
      ["fail mx_no_address", "pass mx_found"],
    ],
    [
      "a host that fails in DNS",
      notes({ hosts: [host(10, "mx1.test", { ...none, problem: "unresolvable" })] }),
      ["unknown mx_unresolvable", "pass mx_found"],
    ],
    [
      "a host that fails in DNS for one family",
      notes({ hosts: [host(10, "mx1.test", { problem: "unresolvable" })] }),
      ["warn mx_unresolvable", ...fine],
    ],
    [
      "a bad name that works",
      notes({ hosts: [host(10, "mx_1.test", { problem: "invalid_name" })] }),
      ["warn mx_invalid_name", ...fine],
    ],
    [
      "a bad name that cannot work",
      notes({ hosts: [host(10, "a b", { ...none, problem: "invalid_name" })] }),
      ["fail mx_invalid_name", "pass mx_found"],
    ],
    [
      "a changed set",
      notes({ hosts: [host(10, "mx1.test")], previous: ["10 old.test"] }),
      ["warn mx_changed", ...fine],
    ],
    [
      "a set that is gone",
      notes({ status: "nodata", previous: ["10 old.test"] }),
      ["fail mx_missing", "warn mx_changed"],
    ],
  ])("%s", (_, given, expected) => {
    expect(judge(given).toSorted()).toEqual(expected.toSorted());
  });

  it.each<DnsStatus>(["servfail", "refused", "timeout", "malformed"])(
    "%s is unknown, never no MX",
    (status) => {
      expect(judge({ domain: "example.com", status })).toEqual(["unknown mx_lookup_failed"]);
    },
  );

  it("says what changed", () => {
    const given = notes({ hosts: [host(10, "mx1.test"), host(20, "mx2.test")], previous: ["10 mx1.test"] });
    const changed = judgeMx(given, { reach: true }).find(({ id }) => id === "mx_changed");
    expect(changed?.message).toBe("the MX set changed from 10 mx1.test to 10 mx1.test, 20 mx2.test");
  });
});

describe("the hosts", () => {
  const dead = (preference: number, name: string, ...reach: MxReach[]) =>
    host(preference, name, { reach: reach.length > 0 ? reach : [down(4)] });
  it.each<[string, MxHost[], string[]]>([
    [
      "all up",
      [host(10, "mx1.test", { reach: [up(4), up(6)] }), host(20, "mx2.test")],
      ["pass mx_reachable"],
    ],
    ["preferred down", [dead(10, "mx1.test"), host(20, "mx2.test")], ["fail mx_primary_unreachable"]],
    ["backup down", [host(10, "mx1.test"), dead(20, "mx2.test")], ["warn mx_host_unreachable"]],
    ["one of two preferred down", [dead(10, "mx1.test"), host(10, "mx2.test")], ["warn mx_host_unreachable"]],
    [
      "both preferred down, backup up",
      [dead(10, "mx1.test"), dead(10, "mx2.test"), host(20, "mx3.test")],
      ["fail mx_primary_unreachable", "fail mx_primary_unreachable"],
    ],
    ["all down", [dead(10, "mx1.test"), dead(20, "mx2.test")], ["fail mx_all_unreachable"]],
    ["IPv6 refused", [dead(10, "mx1.test", up(4), down(6))], ["warn mx_family_unreachable"]],
    ["IPv4 refused", [dead(10, "mx1.test", down(4), up(6))], ["warn mx_family_unreachable"]],
    [
      "no IPv6 here",
      [dead(10, "mx1.test", up(4), down(6, "connect_unreachable"))],
      ["pass mx_reachable", "warn mx_ipv6_untestable"],
    ],
    [
      "no IPv6 here, only IPv6 there",
      [dead(10, "mx1.test", down(6, "connect_unreachable"))],
      ["unknown mx_ipv6_untestable"],
    ],
    [
      "no route to one over IPv6, another works",
      [dead(10, "mx1.test", up(4), down(6, "connect_unreachable")), host(20, "mx2.test", { reach: [up(6)] })],
      ["warn mx_family_unreachable"],
    ],
    [
      "no route over IPv4",
      [dead(10, "mx1.test", down(4, "connect_unreachable"))],
      ["fail mx_all_unreachable"],
    ],
    [
      "no STARTTLS",
      [host(10, "mx1.test", { reach: [up(4, { starttls: false })] })],
      ["pass mx_reachable", "warn mx_starttls_missing"],
    ],
    ["none contacted", [host(10, "mx1.test", { reach: [] })], []],
  ])("%s", (_, hosts, expected) => {
    const found = judge(notes({ hosts })).filter((finding) => finding !== "pass mx_found");
    expect(found.toSorted()).toEqual(expected.toSorted());
  });

  it("are not judged when they were not to be contacted", () => {
    expect(judge(notes({ hosts: [host(10, "mx1.test")] }), false)).toEqual(["pass mx_found"]);
  });

  it("that turn us away are quoted, without advice about firewalls", () => {
    const refusal = { phase: "banner", reply: { code: 554, lines: ["5.7.1 no service for you"] } } as const;
    const hosts = [host(10, "mx1.test", { reach: [{ ...down(4, "rejected"), refusal }] })];
    const [finding] = judgeMx(notes({ hosts }), { reach: true });
    expect(finding?.message).toBe(
      "no MX host takes mail: mx1.test at 192.0.2.1 (554 5.7.1 no service for you)",
    );
    expect(finding).not.toHaveProperty("remedy");
  });

  it("that are all silent point to a blocked port", () => {
    const hosts = [dead(10, "mx1.test", down(4, "connect_timeout"))];
    const [finding] = judgeMx(notes({ hosts }), { reach: true });
    expect(finding).toMatchObject({
      message: "no MX host takes mail: mx1.test at 192.0.2.1 (connect timeout)",
      remedy: expect.stringContaining("blocks it"),
    });
  });
});
