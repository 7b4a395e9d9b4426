import { Socket } from "node:net";
import { describe, expect, it } from "vitest";

import { serveSmtp } from "../../../test/support/scripted-smtp.ts";
import { testClient } from "../../../test/support/smtp-client.ts";
import type { DnsResult, Resolve } from "../../model/dns.ts";
import { FaultError, type Fault } from "../../model/observation.ts";
import { DestinationGate } from "../destination-gate.ts";

const HOST = "mx.test";
const TIMEOUT = new DOMException("too late", "TimeoutError");
const BASE = { durationMs: 1, extendedErrors: [] };

const found = (type: "A" | "AAAA", ...addresses: string[]): DnsResult => ({
  ...BASE,
  status: "ok",
  aliases: [],
  authenticated: false,
  records: addresses.map((data) => ({ name: HOST, type, ttl: 60, data })),
});
const none = (status: "nxdomain" | "nodata"): DnsResult => ({
  ...BASE,
  status,
  aliases: [],
  authenticated: false,
});
const unknown = (status: "servfail" | "refused" | "timeout" | "malformed"): DnsResult => ({
  ...BASE,
  status,
  detail: `${status} from 192.0.2.53`,
});

/** A resolver with one answer for each family; records what it was asked. */
function zone(a: DnsResult, aaaa: DnsResult, asked: string[] = []): Resolve {
  return ((_name, type, options) => {
    asked.push(options?.host === true ? type : `${type} of no host`);
    return Promise.resolve(type === "A" ? a : aaaa);
  }) as Resolve;
}

async function faultOf(action: Promise<unknown>): Promise<Fault> {
  const error: unknown = await action.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof FaultError)) throw new Error("no fault", { cause: error });
  return error.fault;
}

async function closedPort(): Promise<number> {
  const server = await serveSmtp();
  await server.stop();
  return server.port;
}

describe("the look-up of a dial", () => {
  it.each<[string, DnsResult, DnsResult, string, string]>([
    ["neither", none("nxdomain"), none("nxdomain"), "dns_nxdomain", "the name mx.test does not exist"],
    ["no address", none("nodata"), none("nodata"), "dns_nodata", "mx.test has no address record"],
    ["A unknown", unknown("servfail"), none("nodata"), "dns_servfail", "servfail from 192.0.2.53"],
    ["AAAA unknown", none("nodata"), unknown("timeout"), "dns_timeout", "timeout from 192.0.2.53"],
    ["both unknown", unknown("refused"), unknown("timeout"), "dns_refused", "refused from"],
    ["nonsense", unknown("malformed"), none("nodata"), "dns_malformed", "malformed from"],
  ])("tells apart: %s", async (_, a, aaaa, code, message) => {
    const probe = testClient({ resolve: zone(a, aaaa) });
    const fault = await faultOf(probe.dial({ host: HOST, port: 25 }));
    expect(fault).toMatchObject({ code, phase: "dns" });
    expect(fault.message).toContain(message);
    expect(probe.phases()).toEqual([`dns:${code}`]);
    expect(probe.notes).toEqual({ a: [], aaaa: [] });
  });

  it("goes on with one family when the other is not known", async () => {
    const server = await serveSmtp();
    const probe = testClient({ resolve: zone(found("A", "127.0.0.1"), unknown("servfail")) });
    const session = await probe.dial({ host: HOST, port: server.port });
    expect(session.remote.address).toBe("127.0.0.1");
    expect(probe.phases()).toEqual(["dns", "connect", "banner"]);
  });

  it.each<[string, object, string[]]>([
    ["both families", {}, ["AAAA", "A"]],
    ["IPv4 only", { family: 4 }, ["A"]],
    ["IPv6 only", { family: 6 }, ["AAAA"]],
    ["the family of the source address", { sourceAddress: "127.0.0.2" }, ["A"]],
  ])("asks for %s", async (_, more, expected) => {
    const asked: string[] = [];
    const probe = testClient({ resolve: zone(none("nodata"), none("nodata"), asked) });
    await faultOf(probe.dial({ host: HOST, port: 25, ...more }));
    expect(asked).toEqual(expected);
  });

  it("ends with the signal", async () => {
    const never: Resolve = (_name, _type, options) =>
      new Promise((_resolve, reject) => {
        options?.signal?.addEventListener("abort", () => reject(new Error("aborted")), { once: true });
      });
    for (const [reason, code] of [
      [TIMEOUT, "dns_timeout"],
      [new Error("stop"), "aborted"],
    ] as const) {
      const probe = testClient({ resolve: never });
      const dialling = faultOf(probe.dial({ host: HOST, port: 25 }));
      probe.controller.abort(reason);
      expect(await dialling).toMatchObject({ code, phase: "dns" });
    }
  });
});

describe("the attempts of a dial", () => {
  it("go to IPv6 first, then by turns, and are noted one by one", async () => {
    const server = await serveSmtp({}, { host: "127.0.0.2" });
    const resolve = zone(found("A", "127.0.0.1", "127.0.0.2", "127.0.0.3"), found("AAAA", "::1"));
    const probe = testClient({ resolve });
    const session = await probe.dial({ host: HOST, port: server.port });
    expect(session.remote).toMatchObject({ address: "127.0.0.2", family: 4, port: server.port });
    expect(probe.notes.attempts?.map(({ address, outcome }) => `${address} ${outcome}`)).toEqual([
      "::1 connect_refused",
      "127.0.0.1 connect_refused",
      "127.0.0.2 ok",
    ]);
    expect(probe.notes).toMatchObject({ aaaa: ["::1"], a: ["127.0.0.1", "127.0.0.2", "127.0.0.3"] });
    expect(probe.phases()).toEqual(["dns", "connect", "banner"]);
  });

  it("are bounded in number, and the last one's fault is given", async () => {
    const port = await closedPort();
    const many = Array.from({ length: 50 }, (_, i) => `127.0.1.${i}`);
    const probe = testClient({
      resolve: zone(found("A", ...many), none("nodata")),
      limits: { addresses: 3 },
    });
    const fault = await faultOf(probe.dial({ host: HOST, port }));
    expect(fault).toMatchObject({ code: "connect_refused", phase: "connect" });
    expect(fault.message).toBe(
      `the connection was refused while connecting: mx.test (127.0.1.2) port ${port}; 3 addresses tried`,
    );
    expect(probe.notes.attempts).toHaveLength(3);
    expect(probe.notes.a).toHaveLength(32);
    expect(probe.phases()).toEqual(["dns", "connect:connect_refused"]);
  });

  it("give the second address its chance when the first is silent", async () => {
    const server = await serveSmtp();
    const silent = (): Socket => new Socket();
    const { connect } = await import("node:net");
    const probe = testClient({
      resolve: zone(found("A", "192.0.2.1", "127.0.0.1"), none("nodata")),
      timeoutMs: 60,
      connect: (options) => (options.host === "192.0.2.1" ? silent() : connect(options)),
    });
    await probe.dial({ host: HOST, port: server.port });
    expect(probe.notes.attempts?.map(({ outcome }) => outcome)).toEqual(["connect_timeout", "ok"]);
  });

  it.each([
    ["the deadline", TIMEOUT, "connect_timeout", "the deadline passed while connecting"],
    ["its caller", new Error("stop"), "aborted", "the run was ended while connecting"],
  ])("end when %s says so, without trying the rest", async (_, reason, code, message) => {
    const probe = testClient({
      resolve: zone(found("A", "192.0.2.1", "192.0.2.2"), none("nodata")),
      connect: () => {
        queueMicrotask(() => probe.controller.abort(reason));
        return new Socket();
      },
    });
    const fault = await faultOf(probe.dial({ host: HOST, port: 25 }));
    expect(fault).toMatchObject({ code, phase: "connect" });
    expect(fault.message).toContain(message);
    expect(probe.notes.attempts).toHaveLength(1);
  });

  it.each([
    ["EHOSTUNREACH", "connect_unreachable"],
    ["ENETUNREACH", "connect_unreachable"],
    ["EADDRNOTAVAIL", "connect_unreachable"],
    ["ECONNREFUSED", "connect_refused"],
    ["ETIMEDOUT", "connect_timeout"],
    ["ECONNRESET", "reset"],
    ["EMFILE", "internal_error"], // our own fault, not the server's
  ])("call %s %s", async (errno, code) => {
    const probe = testClient({
      connect: () => {
        const socket = new Socket();
        queueMicrotask(() => socket.destroy(Object.assign(new Error(errno), { code: errno })));
        return socket;
      },
    });
    expect(await faultOf(probe.dial({ port: 25 }))).toMatchObject({ code, phase: "connect" });
    expect(probe.phases()).toEqual([`connect:${code}`]);
  });

  it("leave the gate when Node itself refuses the options", async () => {
    const gate = new DestinationGate({ perAddress: 1, perOperator: 1 });
    const probe = testClient({ gate });
    await expect(probe.dial({ host: "192.0.2.1", port: 70_000 })).rejects.toThrow(RangeError);
    expect(gate.isOpen("192.0.2.1", "192.0.2.1")).toBe(true);
    expect(probe.phases()).toEqual(["connect:internal_error"]);
  });

  it("start from the source address, and refuse one of the other family", async () => {
    const server = await serveSmtp();
    const session = await testClient().dial({ port: server.port, sourceAddress: "127.0.0.9" });
    expect(session.remote.localAddress).toBe("127.0.0.9");
    const fault = await faultOf(testClient().dial({ port: server.port, sourceAddress: "::1" }));
    expect(fault).toMatchObject({ code: "connect_unreachable", phase: "connect" });
  });

  it("wait at the gate without charging any phase, and free it when the session ends", async () => {
    const server = await serveSmtp();
    const { connect } = await import("node:net");
    const gate = new DestinationGate({ perAddress: 1, perOperator: 1 });
    const client = () =>
      testClient({
        gate,
        resolve: zone(found("A", "192.0.2.1"), none("nodata")),
        connect: (options) => connect({ ...options, host: "127.0.0.1" }),
      });
    const [one, two, three] = [client(), client(), client()];
    const first = await one.dial({ host: HOST, port: server.port });
    const second = two.dial({ host: HOST, port: server.port });
    const third = faultOf(three.dial({ host: HOST, port: server.port }));
    three.controller.abort();
    expect(await third).toMatchObject({
      code: "aborted",
      detail: "own_limit",
      message: "waited for a free slot to mx.test",
    });
    expect(two.phases()).toEqual(["dns"]);
    await first.quit();
    await (await second).quit();
    expect(two.phases()).toEqual(["dns", "connect", "banner", "quit"]);
    expect(gate.isOpen(HOST, "192.0.2.1")).toBe(true);
  });

  it("count an address that is dialled for a named host with that host's operator", async () => {
    const server = await serveSmtp();
    const { connect } = await import("node:net");
    const gate = new DestinationGate({ perAddress: 9, perOperator: 1 });
    const client = testClient({ gate, connect: (options) => connect({ ...options, host: "127.0.0.1" }) });
    const tls = { serverName: "mx1.big.test" };
    const session = await client.dial({ host: "192.0.2.1", port: server.port, tls });
    expect(gate.isOpen("mx2.big.test", "192.0.2.2")).toBe(false);
    await session.quit();
  });
});
