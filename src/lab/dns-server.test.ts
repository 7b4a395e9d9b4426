import { createSocket } from "node:dgram";
import { once } from "node:events";
import { decode, encode } from "dns-packet";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { resolver } from "../../test/support/resolver.ts";
import type { DnsType } from "../model/dns.ts";
import { DnsServer } from "./dns-server.ts";
import type { Zone } from "./dns-zone.ts";
import { ZoneData } from "./dns-zone.ts";
import type { DnsMode } from "./fault.ts";

const LONG = "x".repeat(700);
const ZONE: Zone = {
  "a.test": { A: ["192.0.2.1"], AAAA: ["2001:db8::1"], TXT: ["short", LONG], ad: true, ttl: 60 },
  "mx.test": { MX: [{ preference: 10, exchange: "a.test" }], NS: ["a.test"] },
  "alias.test": { CNAME: ["A.test"] },
  "loop.test": { CNAME: ["loop.test"] },
  "_25._tcp.a.test": { TLSA: [{ usage: 3, selector: 1, matchingType: 1, certificate: "00ff" }] },
  "caa.test": { CAA: [{ flags: 128, tag: "issue", value: "ca.test" }] },
  "1.2.0.192.in-addr.arpa": { PTR: ["a.test"] },
  "soa.test": { SOA: [{ mname: "a.test", rname: "b.test", serial: 7, minimum: 60 }] },
  "ds.test": { DS: ["12345 13 2 00ff"], DNSKEY: ["257 3 13 AAEC"] },
};

describe("DnsServer", () => {
  const server = new DnsServer({ zone: ZONE });
  beforeAll(() => server.start());
  afterAll(() => server.stop());

  it.each<[string, DnsType, unknown]>([
    ["a.test", "A", ["192.0.2.1"]],
    ["A.TEST", "AAAA", ["2001:db8::1"]],
    ["alias.test", "A", ["192.0.2.1"]],
    ["mx.test", "MX", [{ preference: 10, exchange: "a.test" }]],
    ["mx.test", "NS", ["a.test"]],
    ["_25._tcp.a.test", "TLSA", [{ usage: 3, selector: 1, matchingType: 1, certificate: "00ff" }]],
    ["caa.test", "CAA", [{ flags: 128, tag: "issue", value: "ca.test" }]],
    ["1.2.0.192.in-addr.arpa", "PTR", ["a.test"]],
    ["soa.test", "SOA", [{ mname: "a.test", rname: "b.test", serial: 7, minimum: 60 }]],
    ["a.test", "TXT", ["short", LONG]],
    ["a.test", "MX", "nodata"],
    ["_tcp.a.test", "TLSA", "nodata"],
    ["b.test", "A", "nxdomain"],
    ["loop.test", "A", "malformed"],
  ])("answers %s %s", async (name, type, expected) => {
    const result = await resolver([{ address: server.server }]).resolve(name, type);
    expect(result.status === "ok" ? result.records.map((record) => record.data) : result.status).toEqual(
      expected,
    );
  });

  it.each<[DnsType]>([["DS"], ["DNSKEY"]])("has %s records", async (type) => {
    expect((await resolver([{ address: server.server }]).resolve("ds.test", type)).status).toBe("ok");
  });

  it("gives the AD flag for the names that have it", async () => {
    const { resolve } = resolver([{ address: server.server }]);
    expect(await resolve("a.test", "A")).toMatchObject({ authenticated: true });
    expect(await resolve("mx.test", "MX")).toMatchObject({ authenticated: false });
    expect(await resolve("alias.test", "A")).toMatchObject({ authenticated: false });
  });

  it.each<[DnsMode, string]>([
    ["nxdomain", "nxdomain"],
    ["nodata", "nodata"],
    ["servfail", "servfail"],
    ["refused", "refused"],
    ["timeout", "timeout"],
    ["malformed", "malformed"],
    ["wrong_id", "timeout"],
    ["truncated", "ok"],
    ["slow", "ok"],
  ])("%s is seen as %s, at that name only", async (mode, expected) => {
    onTestFinished(() => server.clearFaults());
    const { resolve } = resolver([{ address: server.server }], { timeoutMs: 30 });
    server.setFault({ mode, ...(mode === "slow" ? { delayMs: 5 } : {}) }, "A.test");
    expect((await resolve("a.test", "A")).status).toBe(expected);
    expect((await resolve("mx.test", "MX")).status).toBe("ok");
    server.setFault(undefined, "a.test");
    expect((await resolve("a.test", "A")).status).toBe("ok");
  });

  it("says why it failed (RFC 8914)", async () => {
    onTestFinished(() => server.clearFaults());
    server.setFault({ mode: "servfail" });
    const result = await resolver([{ address: server.server }]).resolve("a.test", "A");
    expect(result.extendedErrors).toEqual([{ code: 22, text: "no reachable authority" }]);
  });

  it("counts queries by name and type", async () => {
    const before = [server.queries, server.count("count.test", "A")];
    await resolver([{ address: server.server }]).resolve("Count.test", "A");
    expect([server.queries, server.count("count.test", "A")]).toEqual([(before[0] ?? 0) + 1, 1]);
  });

  it("changes records while it runs", async () => {
    const { resolve } = resolver([{ address: server.server }]);
    server.setRecords("new.test", { A: ["192.0.2.9"] });
    expect((await resolve("new.test", "A")).status).toBe("ok");
    server.setRecords("new.test", undefined);
    expect((await resolve("new.test", "A")).status).toBe("nxdomain");
  });

  async function send(...messages: Buffer[]): Promise<Buffer> {
    const socket = createSocket("udp4");
    onTestFinished(() => void socket.close());
    const port = Number(server.server.split(":")[1]);
    for (const message of messages) socket.send(message, port, "127.0.0.1");
    const [reply] = (await once(socket, "message")) as [Buffer];
    return reply;
  }

  it("truncates to 512 bytes for a client without EDNS", async () => {
    const reply = decode(
      await send(encode({ type: "query", id: 7, questions: [{ name: "a.test", type: "TXT" }] })),
    );
    expect(reply).toMatchObject({ id: 7, flag_tc: true, answers: [], additionals: [] });
  });

  it("stays silent to noise, and goes on", async () => {
    const good = encode({ type: "query", id: 9, questions: [{ name: "a.test", type: "A" }] });
    const response = encode({ type: "response", id: 8, questions: [{ name: "a.test", type: "A" }] });
    const noise = fc.sample(fc.uint8Array({ maxLength: 600 }), 200).map((bytes) => {
      const message = Buffer.from(bytes);
      // Marked as a response: whatever the noise is, nobody is to answer it.
      if (message.length > 2) message[2] = (message[2] ?? 0) | 0x80;
      return message;
    });
    expect(decode(await send(...noise, response, good)).id).toBe(9);
  });
});

describe("ZoneData", () => {
  it("knows an empty non-terminal from a name that is not there", () => {
    const zone = new ZoneData({ "a.b.test": { A: ["192.0.2.1"] } });
    expect(zone.answer("b.test", "A").rcode).toBe("NOERROR");
    expect(zone.answer("c.test", "A").rcode).toBe("NXDOMAIN");
    zone.set("a.b.test", undefined);
    expect(zone.answer("b.test", "A").rcode).toBe("NXDOMAIN");
  });
});
