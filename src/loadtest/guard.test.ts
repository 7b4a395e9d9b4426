import { describe, expect, it } from "vitest";
import type { DnsResult, DnsType, Resolve } from "../model/dns.ts";
import { admitHost, admitListed, type Permitted, refuseRecipients } from "./guard.ts";

const ZONE: Readonly<Record<string, readonly string[]>> = {
  localhost: ["::1", "127.0.0.1"],
  "relay.example.com": ["192.0.2.1"],
  "other.example.com": ["198.51.100.7"],
  "mixed.example.com": ["127.0.0.1", "198.51.100.7"],
  "inside.example.com": ["127.0.0.1"],
  "within.example.com": ["192.0.2.9", "2001:db8::9"],
  "half.example.com": ["192.0.2.9", "2001:db9::9"],
};

const resolve: Resolve = async <T extends DnsType>(name: string, type: T): Promise<DnsResult<T>> => {
  const base = { durationMs: 0, extendedErrors: [] };
  if (name === "broken.example.com")
    return { ...base, status: "servfail", detail: "192.0.2.53 says SERVFAIL" };
  const all = ZONE[name]?.filter((address) => address.includes(":") === (type === "AAAA"));
  if (all === undefined) return { ...base, status: "nxdomain", aliases: [], authenticated: false };
  if (all.length === 0) return { ...base, status: "nodata", aliases: [], authenticated: false };
  const records = all.map((data) => ({ name, type, ttl: 1, data })) as never;
  return { ...base, status: "ok", records, aliases: [], authenticated: false };
};

const nothing: Permitted = { owned: [], sinkDomains: [] };
const named: Permitted = { owned: ["Relay.Example.com."], sinkDomains: [] };
const network: Permitted = { owned: ["192.0.2.0/24", "[2001:db8::9]"], sinkDomains: [] };

describe("the host of a load test", () => {
  it.each<[string, Permitted, readonly string[]]>([
    ["127.0.0.1", nothing, ["127.0.0.1"]],
    ["127.9.9.9", nothing, ["127.9.9.9"]],
    ["::1", nothing, ["::1"]],
    ["[::1]", nothing, ["::1"]],
    ["::ffff:127.0.0.1", nothing, ["::ffff:127.0.0.1"]],
    ["localhost", nothing, ["::1", "127.0.0.1"]],
    ["inside.example.com", nothing, ["127.0.0.1"]],
    ["relay.example.com", named, ["192.0.2.1"]],
    ["RELAY.example.com.", named, ["192.0.2.1"]],
    ["192.0.2.77", network, ["192.0.2.77"]],
    ["within.example.com", network, ["2001:db8::9", "192.0.2.9"]],
    ["::ffff:192.0.2.5", network, ["::ffff:192.0.2.5"]],
  ])("%s passes", async (host, permitted, addresses) => {
    expect(await admitHost(host, permitted, resolve)).toEqual({ addresses });
  });

  const REASON = "is neither loopback nor listed as yours, and a load test may bring a server down";
  const add = (value: string): string =>
    `If it is yours, add to the configuration:  loadtest: { owned: [${value}] }`;

  it.each<[string, Permitted, string, string]>([
    ["192.0.2.1", nothing, `192.0.2.1 ${REASON}`, add("192.0.2.1")],
    ["2001:db8::1", nothing, `2001:db8::1 ${REASON}`, add('"2001:db8::1"')],
    // The name is listed; its address by itself is not.
    ["192.0.2.1", named, `192.0.2.1 ${REASON}`, add("192.0.2.1")],
    ["0.0.0.0", nothing, `0.0.0.0 ${REASON}`, add("0.0.0.0")],
    ["other.example.com", named, `other.example.com (198.51.100.7) ${REASON}`, add("other.example.com")],
    [
      "a.relay.example.com",
      named,
      "a.relay.example.com cannot be looked up: no such name, or no address",
      "Correct the name, or give a DNS server with --resolver.",
    ],
    [
      "broken.example.com",
      named,
      "broken.example.com cannot be looked up: 192.0.2.53 says SERVFAIL",
      "Correct the name, or give a DNS server with --resolver.",
    ],
    // One address of several is enough to refuse.
    ["mixed.example.com", nothing, `mixed.example.com (198.51.100.7) ${REASON}`, add("mixed.example.com")],
    ["half.example.com", network, `half.example.com (2001:db9::9) ${REASON}`, add("half.example.com")],
    ["192.0.3.0", network, `192.0.3.0 ${REASON}`, add("192.0.3.0")],
  ])("%s is refused, with what to write", async (host, permitted, message, remedy) => {
    expect(await admitHost(host, permitted, resolve)).toEqual({ message, remedy });
  });
});

describe("a host that another machine will look up", () => {
  it.each<[string, Permitted, boolean]>([
    ["relay.example.com", named, true],
    ["postfix.mail.svc", { owned: ["postfix.mail.svc"], sinkDomains: [] }, true],
    ["192.0.2.8", network, true],
    ["within.example.com", network, false],
    ["localhost", nothing, false],
    ["127.0.0.1", nothing, false],
  ])("%s", (host, permitted, passes) => {
    expect(admitListed(host, permitted) === undefined).toBe(passes);
  });
});

it("tells why loopback may not be loaded from a pod", () => {
  const refusal = admitListed("127.0.0.1", { owned: [], sinkDomains: [] });
  expect(refusal?.message).toBe("127.0.0.1 is loopback, and in a pod that is the pod itself");
  expect(refusal?.remedy).not.toContain("127.0.0.1");
});

describe("the recipients of a load test", () => {
  const permitted: Permitted = {
    owned: ["relay.example.com", "sinkhost", "192.0.2.0/24"],
    sinkDomains: ["sink.example.org", "bücher.example.net"],
  };

  it.each([
    "a@load.test",
    "a@example",
    "a@x.INVALID",
    "a@localhost",
    "a@relay.example.com",
    "a@x.relay.example.com.",
    "a@sinkhost",
    "a@sink.example.org",
    "a@deep.sink.example.org",
    "a@xn--bcher-kva.example.net",
    "a@[127.0.0.1]",
    "a@[192.0.2.1]",
    "a@[IPv6:::1]",
  ])("%s passes", (recipient) => {
    expect(refuseRecipients(["b@load.test", recipient], permitted)).toBeUndefined();
  });

  it.each([
    ["a@gmail.com", "gmail.com"],
    ["a@example.com", "example.com"],
    ["a@notsink.example.org", "notsink.example.org"],
    ["a@x.sinkhost", "x.sinkhost"],
    ["a@[198.51.100.1]", "[198.51.100.1]"],
    ["a@load.test.evil.org", "load.test.evil.org"],
  ])("%s is refused", (recipient, domain) => {
    expect(refuseRecipients([recipient], permitted)).toEqual({
      message: `mail for ${domain} may leave for somebody else's mailbox, and a load test would flood it`,
      remedy: expect.stringContaining(
        "Give --to an address below .test, such as sink@load.test, or if that domain",
      ),
    });
  });

  it.each([
    "v%gmail.com@load.test",
    "gmail.com!v@load.test",
    '"v@gmail.com"@load.test',
    "v@gmail.com@load.test",
  ])("%s is refused: a relay may take its name for a way to another domain", (recipient) => {
    expect(refuseRecipients([recipient], permitted)).toEqual({
      message: `the name in ${recipient} may be a way to another domain`,
      remedy: "Write it as name@domain, with no %, ! or @ in the name.",
    });
  });

  it.each(["a@gmail.com\n.test", "a@x.test>,<b@load.test", "a b@load.test"])(
    "%j is no address",
    (recipient) => {
      expect(refuseRecipients([recipient], permitted)?.message).toBe(
        `the recipient ${JSON.stringify(recipient)} is no address`,
      );
    },
  );

  it("asks for a domain", () => {
    expect(refuseRecipients(["postmaster"], permitted)?.message).toBe(
      "the recipient postmaster has no domain",
    );
  });

  it("lets nobody list a whole top-level domain", () => {
    expect(refuseRecipients(["a@gmail.com"], { owned: [], sinkDomains: ["com"] })).toBeDefined();
  });
});
