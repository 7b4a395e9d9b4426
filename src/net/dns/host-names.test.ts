import { describe, expect, it } from "vitest";
import type { DnsResult, DnsType, Resolve, ResolveOptions } from "../../model/dns.ts";
import { parseHosts } from "../../standards/dns/hosts.ts";
import { parseResolvConf } from "../../standards/dns/resolv-conf.ts";
import { withHostNames } from "./host-names.ts";

type Answer = Exclude<DnsResult["status"], "ok"> | string[];

/** What DNS says, by `name type`; every other name does not exist. Each question takes one millisecond. */
function dns(zone: Readonly<Record<string, Answer>>, asked: string[]): Resolve {
  const answer = (name: string, type: DnsType): DnsResult => {
    const base = { durationMs: 1, extendedErrors: [], server: "192.0.2.53:53" };
    const flags = { aliases: [], authenticated: false };
    const found = zone[`${name} ${type}`] ?? "nxdomain";
    if (typeof found !== "string") {
      const records = found.map((data) => ({ name, type, ttl: 60, data }));
      return { ...base, ...flags, status: "ok", records };
    }
    if (found === "nxdomain" || found === "nodata") return { ...base, ...flags, status: found };
    return { ...base, status: found as "servfail", detail: `192.0.2.53:53 said ${found} to ${name}` };
  };
  return ((name: string, type: DnsType) => {
    asked.push(`${name} ${type}`);
    return Promise.resolve(answer(name, type));
  }) as Resolve;
}

interface Machine {
  readonly hosts?: string;
  readonly resolvConf?: string;
  readonly zone?: Readonly<Record<string, Answer>>;
}

function machine({ hosts = "", resolvConf = "", zone = {} }: Machine) {
  const asked: string[] = [];
  const { search = [], ndots = 1 } = parseResolvConf(resolvConf);
  const resolve = withHostNames(dns(zone, asked), { hosts: () => parseHosts(hosts), search, ndots });
  const find = async (name: string, type: DnsType = "A", options: ResolveOptions = { host: true }) => {
    const result = await resolve(name, type, options);
    return result.status === "ok" ? result.records.map(({ data }) => data) : result.status;
  };
  return { resolve, find, asked };
}

const BOTH = "127.0.0.1 localhost\n::1 localhost";
const V4 = "127.0.0.1 localhost";
const MOVED = "192.0.2.7 localhost api.localhost";

describe("localhost (RFC 6761)", () => {
  it.each<[string, string, "A" | "AAAA", string, string[] | string, string]>([
    ["", "localhost", "A", "empty", ["127.0.0.1"], "its own addresses"],
    ["", "localhost", "AAAA", "empty", ["::1"], "its own addresses"],
    ["", "LocalHost.", "A", "empty", ["127.0.0.1"], "in any writing"],
    ["", "mail.localhost", "AAAA", "empty", ["::1"], "and all names below it"],
    [BOTH, "localhost", "AAAA", "both", ["::1"], "as the hosts file says"],
    [V4, "localhost", "AAAA", "IPv4 only", "nodata", "the file has no IPv6 address"],
    [MOVED, "localhost", "A", "moved", ["192.0.2.7"], "the file is the operator's word"],
    [MOVED, "api.localhost", "A", "moved", ["192.0.2.7"], "also below it"],
    [MOVED, "mail.localhost", "A", "moved", ["127.0.0.1"], "which it does not name"],
  ])("with hosts %j, %s %s (%s): %j: %s", async (hosts, name, type, _, expected) => {
    const { find, asked } = machine({ hosts, resolvConf: "search a.example\noptions ndots:5" });
    expect(await find(name, type)).toEqual(expected);
    expect(asked).toEqual([]);
  });

  it("is not any name that ends alike", async () => {
    const { find, asked } = machine({});
    expect(await find("notlocalhost")).toBe("nxdomain");
    expect(asked).toEqual(["notlocalhost A"]);
  });
});

describe("the hosts file", () => {
  const hosts = "192.0.2.25 relay.example relay\n2001:db8::25 relay.example";

  it("answers without a server, in full", async () => {
    const { resolve, asked } = machine({ hosts, zone: { "relay.example A": ["198.51.100.1"] } });
    expect(await resolve("Relay.Example", "A", { host: true })).toEqual({
      status: "ok",
      records: [{ name: "relay.example", type: "A", ttl: 0, data: "192.0.2.25" }],
      aliases: [],
      authenticated: false,
      durationMs: 0,
      extendedErrors: [],
    });
    expect(asked).toEqual([]);
  });

  it("answers nodata for the family that it does not have, without asking", async () => {
    const { resolve, asked } = machine({ hosts, zone: { "relay AAAA": ["2001:db8::1"] } });
    expect(await resolve("relay", "AAAA", { host: true })).toMatchObject({ status: "nodata", durationMs: 0 });
    expect(asked).toEqual([]);
  });

  it.each<[DnsType, ResolveOptions | undefined, string]>([
    ["A", undefined, "without options"],
    ["A", { servers: ["192.0.2.53"] }, "no host to connect to"],
    ["A", { host: false }, "no host to connect to"],
    ["MX", { host: true }, "a record that the file cannot hold"],
    ["TXT", { host: true }, "a record that the file cannot hold"],
  ])("is not asked for %s with %j: %s", async (type, options) => {
    const { resolve, asked } = machine({ hosts, resolvConf: "search a.example" });
    expect(await resolve("relay", type, options)).toMatchObject({
      status: "nxdomain",
      server: "192.0.2.53:53",
    });
    expect(asked).toEqual([`relay ${type}`]);
  });

  it("holds whatever the servers", async () => {
    const { find, asked } = machine({ hosts });
    expect(await find("relay", "A", { host: true, servers: ["192.0.2.53"] })).toEqual(["192.0.2.25"]);
    expect(asked).toEqual([]);
  });

  it("does not outrun the end of a run", async () => {
    const { resolve } = machine({ hosts });
    await expect(resolve("relay", "A", { host: true, signal: AbortSignal.abort() })).rejects.toThrow("abort");
  });
});

describe("the search list", () => {
  const resolvConf = "search ns.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5";
  const [first, second, third] = ["ns.svc", "svc", ""].map((part) =>
    ["postfix.mail", part, "cluster.local"].filter(Boolean).join("."),
  ) as [string, string, string];

  it("finds the service of another namespace", async () => {
    const { find, asked } = machine({
      resolvConf,
      zone: { [`${second} A`]: ["10.0.0.25"], [`${second} AAAA`]: "nodata" },
    });
    expect(await find("postfix.mail")).toEqual(["10.0.0.25"]);
    expect(asked).toEqual([`${first} A`, `${second} A`]);
  });

  const none = [`${first} A`, `${second} A`, `${third} A`, "postfix.mail A"];
  const [a, aaaa] = [`${first} A`, `${first} AAAA`];
  it.each<[string, Readonly<Record<string, Answer>>, string[] | string, string[]]>([
    ["nothing anywhere", {}, "nxdomain", none],
    ["the name as written", { "postfix.mail A": ["192.0.2.1"] }, ["192.0.2.1"], none],
    ["no address there", { [a]: "nodata", [aaaa]: "nodata" }, "nxdomain", none.toSpliced(1, 0, aaaa)],
    ["no address as written", { "postfix.mail A": "nodata" }, "nodata", [...none, "postfix.mail AAAA"]],
    ["SERVFAIL", { [a]: "servfail", [`${second} A`]: ["10.0.0.25"] }, "servfail", [a]],
    ["a timeout", { [`${second} A`]: "timeout", [`${third} A`]: ["10.0.0.25"] }, "timeout", none.slice(0, 2)],
  ])(
    "goes on after what is not there, and ends with what is not known: %s",
    async (_, zone, end, questions) => {
      const { find, asked } = machine({ resolvConf, zone });
      expect(await find("postfix.mail")).toEqual(end);
      expect(asked).toEqual(questions);
    },
  );

  it("takes both families from one host", async () => {
    const zone: Readonly<Record<string, Answer>> = {
      [`${first} A`]: ["10.0.0.25"],
      [`${first} AAAA`]: "nodata",
      [`${second} AAAA`]: ["2001:db8::bad"],
    };
    const { find, asked } = machine({ resolvConf, zone });
    expect(await find("postfix.mail", "AAAA")).toBe("nodata");
    expect(asked).toEqual([`${first} AAAA`, `${first} A`]);
  });

  it("does not go on when it is not known whether the host has the other family", async () => {
    const zone: Readonly<Record<string, Answer>> = { [`${first} A`]: "timeout", [`${first} AAAA`]: "nodata" };
    const { resolve } = machine({ resolvConf, zone });
    const result = await resolve("postfix.mail", "AAAA", { host: true });
    expect(result).toMatchObject({ status: "timeout", durationMs: 2, server: "192.0.2.53:53" });
  });

  it("counts the time of all questions", async () => {
    const found = machine({ resolvConf, zone: { [`${third} A`]: ["10.0.0.25"] } });
    expect(await found.resolve("postfix.mail", "A", { host: true })).toMatchObject({ durationMs: 3 });
    expect(await machine({ resolvConf }).resolve("postfix.mail", "A", { host: true })).toMatchObject({
      status: "nxdomain",
      durationMs: 4,
    });
  });

  it.each<[string, ResolveOptions, string[]]>([
    ["relay.mail.", { host: true }, ["relay.mail. A"]], // absolute
    ["relay.mail", { host: true, servers: ["192.0.2.53"] }, ["relay.mail A"]], // its own servers
    ["relay.mail", {}, ["relay.mail A"]], // no host to connect to
  ])("is not used for %s with %j", async (name, options, questions) => {
    const { find, asked } = machine({ resolvConf });
    expect(await find(name, "A", options)).toBe("nxdomain");
    expect(asked).toEqual(questions);
  });

  it("comes after the name as written when that has dots enough", async () => {
    const { find, asked } = machine({ resolvConf: "domain example.com" });
    expect(await find("relay.eu")).toBe("nxdomain");
    expect(asked).toEqual(["relay.eu A", "relay.eu.example.com A"]);
  });
});
