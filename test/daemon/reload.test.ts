import { describe, expect, it, onTestFinished } from "vitest";
import type { Job } from "../../src/model/probe.ts";
import { type NetSettings, openObserving, probes } from "../../src/toolkit.ts";
import { testDomain } from "../support/jobs.ts";
import { serve } from "../support/resolver.ts";

const job: Job = {
  id: "mx/domain/x.test",
  subject: testDomain("x.test"),
  probe: "mx",
  options: probes.get("mx")?.parseOptions({ reach: false }),
  timeoutMs: 5000,
};

function settings(server: { readonly address: string }): NetSettings {
  const resolver = { servers: [server.address], timeoutMs: 50, attempts: 2 };
  return { resolver, perDestination: 4, warmTls: false };
}

const MX = [
  { name: "x.test", type: "MX", ttl: 60, data: { preference: 10, exchange: "mx.x.test" } },
] as const;

describe("another resolver", () => {
  it("takes nothing from a run under way: it ends with the one that it began with", async () => {
    let reload = (): void => {};
    const before = await serve(({ type }) => {
      if (before.seen.length > 1) return { answers: type === "MX" ? MX : [] };
      // The first question stays without an answer; the run asks again after the reload.
      reload();
      return undefined;
    });
    const after = await serve(({ type }) => ({ answers: type === "MX" ? MX : [] }));
    const observing = openObserving(settings(before));
    onTestFinished(() => observing.close());
    reload = () => observing.configure(settings(after));

    expect(await observing.observe(job)).toMatchObject({ evidence: { status: "ok" } });
    expect(after.seen).toHaveLength(0);
    const asked = before.seen.length;
    expect(await observing.observe(job)).toMatchObject({ evidence: { status: "ok" } });
    expect(before.seen).toHaveLength(asked);
    expect(after.seen).not.toHaveLength(0);
  });
});
