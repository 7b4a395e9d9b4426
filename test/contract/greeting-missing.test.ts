import { describe, expect, it, onTestFinished } from "vitest";
import { createProbes } from "../../probes/index.ts";
import { diagnose } from "../../src/diagnosis/index.ts";
import { systemClock } from "../../src/engine/clock.ts";
import { createObserver } from "../../src/engine/observe.ts";
import type { TlsEvidence } from "../../src/model/evidence.ts";
import type { Observation } from "../../src/model/observation.ts";
import { createResolver } from "../../src/net/dns/resolver.ts";
import { createOpenNet } from "../../src/net/open-net.ts";
import { testRelay } from "../support/jobs.ts";
import { serverContext, serveSmtp, testAuthority } from "../support/scripted-smtp.ts";

describe("a server with implicit TLS that does not greet", () => {
  it.each(["tls", "smtp"])("has shown its certificate all the same, to the %s probe", async (probe) => {
    const secureContext = await serverContext("expired");
    const { port } = await serveSmtp({ banner: (end) => end.hangUp() }, { secureContext, implicitTls: true });
    const { ca } = await testAuthority();
    const probes = createProbes();
    const resolver = createResolver({ servers: ["127.0.0.1:1"], clock: systemClock });
    onTestFinished(() => resolver.close());
    const openNet = createOpenNet({ resolve: resolver.resolve });
    const tls = { ca, serverName: "localhost" };
    const subject = testRelay({ scheme: "submissions", host: "127.0.0.1", port, tls, to: [] });
    const seen: Observation<TlsEvidence> = await createObserver({
      probes,
      openNet,
      diagnose,
      clock: systemClock,
    })({ id: "x", subject, probe, options: probes.get(probe)?.parseOptions({}), timeoutMs: 10_000 });
    expect(seen).toMatchObject({ verdict: "fail", fault: { code: "closed", phase: "banner" } });
    expect(seen.evidence.tls?.chain[0]?.notAfter).toBeLessThan(Date.now());
    expect(seen.evidence.remote).toMatchObject({ address: "127.0.0.1", port });
    expect(seen.evidence.dial).not.toHaveProperty("tls"); // told once
    expect(seen.findings.map(({ id }) => id)).toContain("certificate_expired");
  });
});
