import { describe, expect, it } from "vitest";

import { serveSmtp, serverContext, testAuthority } from "../../test/support/scripted-smtp.ts";
import { systemClock } from "../engine/clock.ts";
import { openPhases } from "../engine/phases.ts";
import type { Resolve, ResolveOptions } from "../model/dns.ts";
import type { NetIo } from "../model/probe.ts";
import { createOpenNet, type NetOptions } from "./open-net.ts";
import { warmTls } from "./smtp/warm-tls.ts";

function open(options: Partial<NetOptions> = {}): {
  net: NetIo;
  signal: AbortSignal;
  asked: ResolveOptions[];
} {
  const asked: ResolveOptions[] = [];
  const resolve = ((_name, _type, given) => {
    asked.push(given ?? {});
    return Promise.resolve({
      status: "nxdomain",
      durationMs: 0,
      extendedErrors: [],
      aliases: [],
      authenticated: false,
    });
  }) as Resolve;
  const { signal } = new AbortController();
  const phases = openPhases(systemClock);
  const net = createOpenNet({ resolve, ...options })({ signal, clock: systemClock, phases, timeoutMs: 1000 });
  return { net, signal, asked };
}

describe("createOpenNet", () => {
  it("gives every look-up the signal of the run", async () => {
    const { net, signal, asked } = open();
    await net.resolve("x.test", "MX", { servers: ["192.0.2.53"] });
    const dial = { host: "x.test", port: 25, implicitTls: false, tls: {} };
    await expect(net.dialSmtp(dial)).rejects.toMatchObject({ fault: { code: "dns_nxdomain" } });
    expect(asked.map((given) => given.signal)).toEqual([signal, signal, signal]);
    expect(asked[0]?.servers).toEqual(["192.0.2.53"]);
  });

  it("opens sessions and composes messages that fit them", async () => {
    const server = await serveSmtp({}, { secureContext: await serverContext(), implicitTls: true });
    const { ca } = await testAuthority();
    const { net } = open({ seedKey: Buffer.alloc(32), warmTls: true, gate: false });
    const session = await net.dialSmtp({
      host: "127.0.0.1",
      port: server.port,
      implicitTls: true,
      tls: { ca },
    });
    const envelope = { from: "a@x.test", to: ["b@y.test"] };
    const message = await net.composeSeed({ ...envelope, route: "r" });
    expect((await session.submit(envelope, message.bytes)).body?.code).toBe(250);
    expect(server.messages[0]).toContain(`X-Mailgauge-Token: ${message.token}`);
    expect(session.tls?.trusted).toBe(true);
    await session.quit();
  });
});

describe("warmTls", () => {
  it("makes a handshake and leaves nothing behind", async () => {
    const before = process.getActiveResourcesInfo().length;
    await warmTls();
    // Node destroys a TLS state a turn later, not on OpenSSL's own stack.
    await new Promise(setImmediate);
    expect(process.getActiveResourcesInfo().length).toBeLessThanOrEqual(before);
  });
});
