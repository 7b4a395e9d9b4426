import { encode, type Answer } from "dns-packet";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { replyBytes, type SeenQuery } from "../../../test/support/dns-server.ts";
import type { DnsType } from "../../model/dns.ts";
import { readAnswer } from "./answer.ts";
import { answersQuestion, decodeReply, encodeQuery, randomiseCase } from "./wire.ts";

function asked(name: string, type: DnsType): SeenQuery {
  const packet = { id: 7, questions: [{ name, type, class: "IN" as const }] };
  return { name, type, transport: "udp", port: 0, packet };
}

function replyTo(name: string, type: DnsType, answers: Answer[], more: object = {}) {
  return decodeReply(replyBytes(asked(name, type), { answers, ...more }));
}

describe("queries", () => {
  it("ask for recursion, for the AD flag and for 1232 bytes, and do not ask for signatures", () => {
    const bytes = encodeQuery("_25._tcp.mx.example.com", "TLSA", true);
    expect(bytes.readUInt16BE(2)).toBe(0x0120);
    expect(bytes.subarray(-11).toString("hex")).toBe(
      `000029${(1232).toString(16).padStart(4, "0")}000000000000`,
    );
    expect(encodeQuery("example.com", "A", false).readUInt16BE(10)).toBe(0);
  });

  it("have random letter case on request, in letters only", () => {
    expect(randomiseCase("mx-1.example.com", () => true)).toBe("MX-1.EXAMPLE.COM");
    expect(randomiseCase("MX", () => false)).toBe("mx");
  });
});

describe("records", () => {
  const hex = (text: string) => Buffer.from(text, "hex");
  const rows: [DnsType, unknown, unknown][] = [
    ["A", "192.0.2.1", "192.0.2.1"],
    ["AAAA", "2001:db8::1", "2001:db8::1"],
    ["CNAME", "Target.Example.", "target.example"],
    ["NS", "ns.example", "ns.example"],
    ["PTR", "Mail.Example.COM", "mail.example.com"],
    ["MX", { preference: 10, exchange: "MX.example" }, { preference: 10, exchange: "mx.example" }],
    ["MX", { preference: 0, exchange: "." }, { preference: 0, exchange: "" }], // null MX
    [
      "SOA",
      { mname: "ns.example", rname: "root.example", serial: 3, minimum: 60 },
      { mname: "ns.example", rname: "root.example", serial: 3, minimum: 60 },
    ],
    ["TXT", ["v=spf1 ", "-all"], "v=spf1 -all"], // chunks join without separator
    ["TXT", [hex("fce9")], "\u00fc\u00e9"], // octets as latin1
    [
      "TLSA",
      { usage: 3, selector: 1, matchingType: 1, certificate: hex("ABCD") },
      { usage: 3, selector: 1, matchingType: 1, certificate: "abcd" },
    ],
    ["CAA", { flags: 0, tag: "issue", value: "ca.example" }, { flags: 0, tag: "issue", value: "ca.example" }],
    ["DS", { keyTag: 1, algorithm: 13, digestType: 2, digest: hex("ab") }, "1 13 2 ab"],
    ["DNSKEY", { flags: 257, algorithm: 13, key: hex("abcd") }, "257 3 13 q80="],
  ];
  it.each(rows)("%s %j", (type, data, expected) => {
    const reply = replyTo("example.com", type, [{ name: "Example.com", type, ttl: 300, data } as Answer]);
    expect(reply.answers).toEqual([{ name: "example.com", type, ttl: 300, data: expected }]);
  });

  it("of another class or type are left out, and a TTL with the top bit is 0", () => {
    const { answers } = replyTo("example.com", "A", [
      { name: "example.com", type: "A", class: "CH", data: "192.0.2.1" },
      { name: "example.com", type: "SRV", data: { port: 1, target: "x.example" } } as unknown as Answer,
      { name: "example.com", type: "A", ttl: 2 ** 31, data: "192.0.2.2" },
    ]);
    expect(answers).toEqual([{ name: "example.com", type: "A", ttl: 0, data: "192.0.2.2" }]);
  });
});

describe("replies", () => {
  it("carry AD, rcode, the negative TTL and extended errors", () => {
    const reply = replyTo("example.com", "A", [], {
      rcode: 2,
      authenticated: true,
      ede: { code: 6, text: "bogus\u0007 signature" },
      authorities: [
        {
          name: "example.com",
          type: "SOA",
          ttl: 900,
          data: { mname: "a.example", rname: "b.example", minimum: 60 },
        },
      ],
    });
    expect(reply).toMatchObject({
      id: 7,
      rcode: 2,
      authenticated: true,
      truncated: false,
      negativeTtl: 60,
      extendedErrors: [{ code: 6, text: "bogus signature" }],
    });
  });

  it.each([
    ["mx.example", "MX", false, true],
    ["MX.Example", "MX", false, true],
    ["MX.Example", "MX", true, false], // 0x20: the case must be ours
    ["mx.example", "A", false, false],
    ["mx2.example", "MX", false, false],
  ] as const)("answer the question mx.example MX: %s %s, exact %s: %s", (name, type, exact, fits) => {
    expect(answersQuestion(replyTo(name, type, []), "mx.example", "MX", exact)).toBe(fits);
  });

  it("without question answer only when the server could not read it", () => {
    expect(
      answersQuestion(replyTo("a.example", "A", [], { questions: [], rcode: 1 }), "a.example", "A", false),
    ).toBe(true);
    expect(answersQuestion(replyTo("a.example", "A", [], { questions: [] }), "a.example", "A", false)).toBe(
      false,
    );
  });

  it("are read or refused, whatever the bytes", () => {
    const good = replyBytes(asked("example.com", "MX"), {
      answers: [
        { name: "example.com", type: "MX", data: { preference: 1, exchange: "mx.example" } },
        { name: "example.com", type: "TXT", data: ["a", "b"] },
      ],
      ede: { code: 1, text: "x" },
    });
    const mangled = fc
      .array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 12 })
      .map((edits) => {
        const bytes = Buffer.from(good);
        for (const [at, value] of edits) bytes[at] = value;
        return bytes;
      });
    const any = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(fc.oneof(any, mangled), (bytes) => {
        try {
          const reply = decodeReply(bytes);
          expect(Array.isArray(reply.answers)).toBe(true);
          expect(readAnswer(reply, "example.com", "MX").kind).toBeTypeOf("string");
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("that are queries are refused", () => {
    const query = encode({ type: "query", questions: [{ name: "a.example", type: "A" }] });
    expect(() => decodeReply(query)).toThrow("a query, not a reply");
  });
});

describe("answers", () => {
  const cname = (name: string, data: string, ttl = 60): Answer => ({ name, type: "CNAME", ttl, data });
  const a = (name: string, ttl = 300): Answer => ({ name, type: "A", ttl, data: "192.0.2.1" });
  const soa: Answer = {
    name: "example",
    type: "SOA",
    ttl: 30,
    data: { mname: "a.example", rname: "b.example", minimum: 90 },
  };
  const chain = Array.from({ length: 20 }, (_, n) => cname(`n${n}.example`, `n${n + 1}.example`));

  it.each([
    ["a record", [a("n0.example")], {}, { kind: "records", aliases: [], ttl: 300 }],
    [
      "an alias and its record, in any order; the shorter TTL counts",
      [a("y.example"), cname("n0.example", "Y.example")],
      {},
      { kind: "records", aliases: ["y.example"], ttl: 60 },
    ],
    ["somebody else's record", [a("evil.example")], {}, { kind: "nodata", aliases: [], ttl: undefined }],
    ["nothing, with SOA", [], { authorities: [soa] }, { kind: "nodata", aliases: [], ttl: 30 }],
    ["NXDOMAIN", [], { rcode: 3, authorities: [soa] }, { kind: "nxdomain", aliases: [], ttl: 30 }],
    [
      "NXDOMAIN behind an alias",
      [cname("n0.example", "y.example", 10)],
      { rcode: 3, authorities: [soa] },
      { kind: "nxdomain", aliases: ["y.example"], ttl: 10 },
    ],
    [
      "an alias that leaves the reply",
      [cname("n0.example", "y.other")],
      {},
      { kind: "alias", aliases: ["y.other"], ttl: 60 },
    ],
    ["a loop", [cname("n0.example", "x.example"), cname("x.example", "n0.example")], {}, { kind: "broken" }],
    ["an alias to itself", [cname("n0.example", "n0.example")], {}, { kind: "broken" }],
    ["twenty aliases", chain, {}, { kind: "broken" }],
  ] as const)("%s", (_, answers, more, expected) => {
    const reply = replyTo("n0.example", "A", [...answers], more);
    expect(readAnswer(reply, "N0.example", "A")).toMatchObject(expected);
  });

  it("to a question for CNAME is the alias itself", () => {
    const reply = replyTo("n0.example", "CNAME", [cname("n0.example", "y.example")]);
    expect(readAnswer(reply, "n0.example", "CNAME")).toMatchObject({
      kind: "records",
      aliases: [],
      records: [{ data: "y.example" }],
    });
  });
});
