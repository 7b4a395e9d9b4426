import { Buffer } from "node:buffer";
import { encode } from "dns-packet";
import { describe, expect, it } from "vitest";

import { decodeReply, encodeQuery } from "../../src/net/dns/wire.ts";
import { extendedErrorName } from "../../src/standards/dns/extended-errors.ts";
import { a, resolver, serve } from "../support/resolver.ts";

/** A reply with an OPT record as given, to `a.example A`. */
function withOpt(id: number, opt: object, rcode = 0): Buffer {
  const record = { type: "OPT", name: ".", udpPayloadSize: 1232, options: [], ...opt };
  return encode({
    type: "response",
    id,
    flags: 0x0180 | rcode,
    questions: [{ name: "a.example", type: "A" }],
    answers: [a("a.example")],
    additionals: [record as never],
  });
}

describe("RFC 6891: EDNS(0)", () => {
  it("section 6.1.2: OPT has the root for a name, our payload size, version 0 and no flags", () => {
    expect(encodeQuery("a.example", "A", true).subarray(-11).toString("hex")).toBe("00002904d0000000000000");
  });

  it("section 6.1.3: the upper eight bits of the response code stand in OPT", () => {
    // BADVERS is 16: 1 in OPT, 0 in the header.
    expect(decodeReply(withOpt(0, { extendedRcode: 1 })).rcode).toBe(16);
    expect(decodeReply(withOpt(0, { extendedRcode: 1 }, 7)).rcode).toBe(23);
  });

  it("section 6.1.3: BADVERS is no answer", async () => {
    const dns = await serve(({ packet }) => [withOpt(packet.id ?? 0, { extendedRcode: 1 })]);
    expect(await resolver([dns]).resolve("a.example", "A")).toMatchObject({
      status: "servfail",
      detail: `${dns.address} answered response code 16`,
    });
  });

  it("section 6.1.2: options that we do not know are passed over", async () => {
    const options = [{ code: 65_001, data: Buffer.from("x") }];
    const dns = await serve(({ packet }) => [withOpt(packet.id ?? 0, { options })]);
    expect(await resolver([dns]).resolve("a.example", "A")).toMatchObject({
      status: "ok",
      extendedErrors: [],
    });
  });

  it("section 7: after FORMERR the query goes out again without OPT", async () => {
    const dns = await serve(({ name, packet }) =>
      packet.additionals?.length === 1 ? { rcode: 1 } : { answers: [a(name)] },
    );
    expect((await resolver([dns]).resolve("a.example", "A")).status).toBe("ok");
    expect(dns.seen.map(({ packet }) => packet.additionals?.length)).toEqual([1, 0]);
  });
});

/** RFC 8914 section 4, names as they stand there. */
const EXTENDED_ERRORS = [
  "Other Error",
  "Unsupported DNSKEY Algorithm",
  "Unsupported DS Digest Type",
  "Stale Answer",
  "Forged Answer",
  "DNSSEC Indeterminate",
  "DNSSEC Bogus",
  "Signature Expired",
  "Signature Not Yet Valid",
  "DNSKEY Missing",
  "RRSIGs Missing",
  "No Zone Key Bit Set",
  "NSEC Missing",
  "Cached Error",
  "Not Ready",
  "Blocked",
  "Censored",
  "Filtered",
  "Prohibited",
  "Stale NXDOMAIN Answer",
  "Not Authoritative",
  "Not Supported",
  "No Reachable Authority",
  "Network Error",
  "Invalid Data",
];

describe("RFC 8914: extended DNS errors", () => {
  it.each(EXTENDED_ERRORS.map((name, code) => [code, name] as const))(
    "section 4: %i is %s",
    async (code, name) => {
      expect(extendedErrorName(code).toLowerCase()).toBe(name.toLowerCase());
      const dns = await serve(() => ({ rcode: 2, ede: { code, text: "why" } }));
      expect(await resolver([dns]).resolve("a.example", "A")).toMatchObject({
        extendedErrors: [{ code, text: "why" }],
      });
    },
  );

  it("section 2: EXTRA-TEXT may be absent, and a code unknown", async () => {
    const dns = await serve(() => ({ rcode: 2, ede: { code: 49_152, text: "" } }));
    expect(await resolver([dns]).resolve("a.example", "A")).toMatchObject({
      extendedErrors: [{ code: 49_152, text: "" }],
    });
  });

  it("section 2: it comes with answers, too, and changes nothing about them", async () => {
    const dns = await serve(({ name }) => ({ answers: [a(name)], ede: { code: 3, text: "" } }));
    expect(await resolver([dns]).resolve("a.example", "A")).toMatchObject({
      status: "ok",
      extendedErrors: [{ code: 3, text: "" }],
    });
  });
});
