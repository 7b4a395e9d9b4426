import { describe, expect, it } from "vitest";
import { testDomain, testJob, testRelay } from "../../test/support/jobs.ts";
import { destinationsOf } from "./destinations.ts";

describe("the destinations of a relay", () => {
  it.each([
    ["mx1.example.com", ["host:mx1.example.com", "operator:example.com"], "host and operator"],
    ["MX1.Example.COM.", ["host:mx1.example.com", "operator:example.com"], "as names are compared"],
    ["a.b.mail.example.org", ["host:a.b.mail.example.org", "operator:example.org"], "however deep"],
    ["mx.example.co.uk", ["host:mx.example.co.uk", "operator:example.co.uk"], "a registry under a country"],
    ["example.co.uk", ["host:example.co.uk", "operator:example.co.uk"], "nothing below it"],
    ["mx.co.com", ["host:mx.co.com", "operator:co.com"], "only under a country"],
    ["localhost", ["host:localhost"], "no operator"],
    ["192.0.2.10", ["host:192.0.2.10"], "an address is itself"],
    ["2001:DB8::10", ["host:2001:db8::10"], "IPv6"],
    ["[2001:db8::10]", ["host:2001:db8::10"], "IPv6 as in a URL"],
  ])("%s: %j (%s)", (host, keys) => {
    expect(destinationsOf(testJob({ subject: testRelay({ host }) }))).toEqual(keys);
  });

  it("are none for a domain, whose servers only the run will find", () => {
    expect(destinationsOf(testJob({ subject: testDomain("example.com") }))).toEqual([]);
  });
});
