import { Buffer } from "node:buffer";
import { describe, expect, it } from "vitest";

import { decodeReply, encodeQuery } from "../../src/net/dns/wire.ts";
import { nameProblem } from "../../src/standards/dns/name.ts";
import { reverseName } from "../../src/standards/dns/reverse.ts";
import { a, cname, resolver, serve } from "../support/resolver.ts";

const label = (text: string): number[] => [text.length, ...Buffer.from(text)];
const pointer = (offset: number): number[] => [0xc0 | (offset >> 8), offset & 0xff];
const sixteen = (value: number): number[] => [value >> 8, value & 0xff];

/** One MX record whose owner is the name of the question, and whose exchange is written as given. */
const mxRecord = (preference: number, exchange: number[]): number[] =>
  [
    pointer(12),
    sixteen(15),
    sixteen(1),
    [0, 0, 1, 0x2c],
    sixteen(2 + exchange.length),
    sixteen(preference),
    exchange,
  ].flat();

/** A reply to `F.ISI.ARPA MX`, octet by octet: the question's name stands at 12, ISI at 14, ARPA at 18. */
function reply(records: readonly number[][], flags = 0x8180, counts = [1, records.length, 0, 0]): Buffer {
  const header = [0x12, 0x34, ...sixteen(flags), ...counts.flatMap(sixteen)];
  const question = [...label("F"), ...label("ISI"), ...label("ARPA"), 0, ...sixteen(15), ...sixteen(1)];
  return Buffer.from([...header, ...question, ...records.flat()]);
}

describe("RFC 1035 section 4: messages", () => {
  it("4.1.4: names as labels, as labels that end in a pointer, as a pointer, and the root", () => {
    const { answers, question } = decodeReply(
      reply([
        mxRecord(1, [...label("FOO"), ...label("F"), ...label("ISI"), ...label("ARPA"), 0]),
        mxRecord(2, [...label("FOO"), ...pointer(12)]), // FOO.F.ISI.ARPA of the example
        mxRecord(3, pointer(18)), // ARPA
        mxRecord(4, [0]), // the root
      ]),
    );
    expect(question).toEqual({ name: "F.ISI.ARPA", type: "MX" });
    expect(answers).toEqual(
      ["foo.f.isi.arpa", "foo.f.isi.arpa", "arpa", ""].map((exchange, i) => ({
        name: "f.isi.arpa",
        type: "MX",
        ttl: 300,
        data: { preference: i + 1, exchange },
      })),
    );
  });

  it.each<[string, Buffer]>([
    ["a pointer to itself", reply([mxRecord(1, pointer(12 + 12 + 4 + 12 + 2))])],
    ["a pointer behind the end", reply([mxRecord(1, pointer(0x3fff))])],
    ["a label longer than what is left", reply([mxRecord(1, [63, 1, 2])])],
    ["4.1.1: fewer records than announced", reply([mxRecord(1, [0])], 0x8180, [1, 2, 0, 0])],
    ["4.1.1: a query in place of a response", reply([], 0x0100)],
    ["4.1.1: half a header", reply([]).subarray(0, 7)],
  ])("%s is no message", (_what, bytes) => {
    expect(() => decodeReply(bytes)).toThrow(Error);
  });

  it.each([
    [0, "ok"],
    [1, "malformed"],
    [2, "servfail"],
    [3, "nxdomain"],
    [4, "refused"],
    [5, "refused"],
  ] as const)("4.1.1: response code %i is %s", async (rcode, status) => {
    const answers = rcode === 0 ? { answers: [a("a.example")] } : {};
    const dns = await serve(() => ({ rcode, ...answers }));
    expect((await resolver([dns]).resolve("a.example", "A")).status).toBe(status);
  });

  it("4.1.1 and RFC 6840 section 5.7: a query asks for recursion and for the AD flag", () => {
    const bytes = encodeQuery("example.com", "MX", false);
    expect(bytes.subarray(2, 12).toString("hex")).toBe("01200001000000000000");
  });

  it.each([
    [`${"a".repeat(63)}.example`, true, "2.3.4: a label of 63 octets"],
    [`${"a".repeat(64)}.example`, false, "2.3.4: a label of 64 octets"],
    [Array.from({ length: 127 }, () => "a").join("."), true, "2.3.4: a name of 255 octets on the wire"],
    [
      `${Array.from({ length: 127 }, () => "a").join(".")}b`,
      false,
      "2.3.4: a name of 256 octets on the wire",
    ],
    ["_25._tcp.mail.example", true, "RFC 2181 section 11: any label is a label"],
    ["a..example", false, "3.1: only the root has no length"],
  ])("%.20j… may be asked: %s (%s)", (name, may) => {
    expect(nameProblem(name) === undefined).toBe(may);
  });

  it("2.3.3 and RFC 4343: the case of letters does not count, in questions and along aliases", async () => {
    const dns = await serve(() => ({ answers: [cname("wWw.Example", "HOST.example"), a("host.EXAMPLE")] }));
    expect(await resolver([dns]).resolve("WWW.example", "A")).toMatchObject({
      status: "ok",
      aliases: ["host.example"],
    });
  });
});

describe("RFC 2181: clarifications", () => {
  it.each([
    [2 ** 31 - 1, 2 ** 31 - 1, "the longest"],
    [2 ** 31, 0, "with the top bit set it counts as 0"],
    [2 ** 32 - 1, 0, "with the top bit set it counts as 0"],
  ])("section 8: a TTL of %i is %i (%s)", async (ttl, kept) => {
    const dns = await serve(() => ({ answers: [a("a.example", "192.0.2.1", ttl)] }));
    expect(await resolver([dns]).resolve("a.example", "A")).toMatchObject({ records: [{ ttl: kept }] });
  });

  it("section 9: of a truncated answer nothing is used, not even the records that fit", async () => {
    const dns = await serve(({ name, transport }) =>
      transport === "udp"
        ? { truncated: true, answers: [a(name, "192.0.2.99")] }
        : { answers: [a(name, "192.0.2.1"), a(name, "192.0.2.2")] },
    );
    expect(await resolver([dns]).resolve("a.example", "A")).toMatchObject({
      records: [{ data: "192.0.2.1" }, { data: "192.0.2.2" }],
    });
  });

  it("section 5.4.1: records of another name in the answer are not believed", async () => {
    const dns = await serve(() => ({ answers: [a("evil.example", "192.0.2.66")] }));
    expect((await resolver([dns]).resolve("a.example", "A")).status).toBe("nodata");
  });
});

describe("RFC 3596: IPv6", () => {
  it("section 2.5: the reverse name of the example", () => {
    expect(reverseName("4321:0:1:2:3:4:567:89ab")).toBe(
      "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.0.0.0.0.1.2.3.4.ip6.arpa",
    );
  });

  it("section 2.2: AAAA is 128 bits in network order", async () => {
    const dns = await serve(({ name }) => ({
      answers: [{ name, type: "AAAA", ttl: 60, data: "2001:db8::1" }],
    }));
    expect(await resolver([dns]).resolve("a.example", "AAAA")).toMatchObject({
      records: [{ data: "2001:db8::1" }],
    });
  });
});

describe("RFC 4035: what a validating resolver says", () => {
  it.each([true, false])("section 3.2.3: AD is %s", async (authenticated) => {
    const dns = await serve(({ name }) => ({ answers: [a(name)], authenticated }));
    expect(await resolver([dns]).resolve("a.example", "A")).toMatchObject({ authenticated });
  });

  it.each([3, 0])("section 3.2.3: AD holds for a negative answer, too (rcode %i)", async (rcode) => {
    const dns = await serve(() => ({ rcode, authenticated: true }));
    expect(await resolver([dns]).resolve("a.example", "A")).toMatchObject({ authenticated: true });
  });

  it("section 5.5: a bogus answer is SERVFAIL, which is not knowledge", async () => {
    const dns = await serve(() => ({ rcode: 2, ede: { code: 6, text: "" } }));
    expect(await resolver([dns]).resolve("a.example", "A")).toMatchObject({
      status: "servfail",
      detail: `${dns.address} answered SERVFAIL (DNSSEC bogus)`,
    });
  });
});
