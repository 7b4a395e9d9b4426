import { createProbes } from "../../../probes/index.ts";
import { diagnose } from "../../../src/diagnosis/index.ts";
import { systemClock } from "../../../src/engine/clock.ts";
import { createObserver } from "../../../src/engine/observe.ts";
import type { BlocklistEvidence } from "../../../src/model/evidence.ts";
import type { Observation } from "../../../src/model/observation.ts";
import { createResolver } from "../../../src/net/dns/resolver.ts";
import { createOpenNet } from "../../../src/net/open-net.ts";
import { ownCpuMs } from "../support/usage.ts";
import { serveWorker } from "../support/worker.ts";

export interface SweepOrder {
  readonly dnsPort: number;
  readonly addresses: readonly string[];
  readonly zones: readonly string[];
  /** Of one question, asked once. */
  readonly timeoutMs: number;
}

export interface Sweep {
  readonly wallMs: number;
  readonly cpuMs: number;
  /** Look-ups by their verdict. */
  readonly verdicts: Readonly<Record<string, number>>;
}

const methods = {
  /** Every address on every list, all at once, with nothing known from before. */
  sweep: async ({ dnsPort, addresses, zones, timeoutMs }: SweepOrder): Promise<Sweep> => {
    const resolver = createResolver({
      servers: [`127.0.0.1:${dnsPort}`],
      timeoutMs,
      attempts: 1,
      clock: systemClock,
    });
    const probes = createProbes();
    const observe = createObserver({
      probes,
      openNet: createOpenNet({ resolve: resolver.resolve }),
      diagnose,
      clock: systemClock,
    });
    const options = probes.get("blocklist")?.parseOptions({ lists: zones.map((zone) => ({ zone })) });
    const verdicts: Record<string, number> = {};
    const [cpu, wall] = [ownCpuMs(), performance.now()];
    const check = async (address: string): Promise<void> => {
      const subject = { kind: "address", name: address, labels: {}, address } as const;
      const id = `blocklist/address/${address}`;
      const observation = await observe({ id, subject, probe: "blocklist", options, timeoutMs: 60_000 });
      for (const { verdict } of (observation as Observation<BlocklistEvidence>).evidence.listings ?? []) {
        verdicts[verdict] = (verdicts[verdict] ?? 0) + 1;
      }
    };
    await Promise.all(addresses.map(check));
    const sweep = { wallMs: performance.now() - wall, cpuMs: ownCpuMs() - cpu, verdicts };
    resolver.close();
    return sweep;
  },
};
export type BlocklistMethods = typeof methods;

serveWorker(methods);
