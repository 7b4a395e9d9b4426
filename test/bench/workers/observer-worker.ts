import { createProbes } from "../../../probes/index.ts";
import { diagnose } from "../../../src/diagnosis/index.ts";
import { systemClock } from "../../../src/engine/clock.ts";
import { createObserver } from "../../../src/engine/observe.ts";
import type { Job } from "../../../src/model/probe.ts";
import type { Relay } from "../../../src/model/subject.ts";
import { createResolver } from "../../../src/net/dns/resolver.ts";
import { createOpenNet } from "../../../src/net/open-net.ts";
import { SERVER_NAME } from "../support/certificate.ts";
import { ownCpuMs } from "../support/usage.ts";
import { serveWorker } from "../support/worker.ts";
import type { Cost, Load } from "./bare-worker.ts";
import { keepInFlight } from "../support/flight.ts";

const probes = createProbes();
const resolver = createResolver({ servers: ["127.0.0.1:9"], clock: systemClock });
const observe = createObserver({
  probes,
  openNet: createOpenNet({ resolve: resolver.resolve, gate: false, warmTls: true }),
  diagnose,
  clock: systemClock,
});
const options = probes.get("smtp")?.parseOptions({ depth: "data" });

/** A probe of the benchmark's server up to the final dot. `name` is also what it says in EHLO. */
export function benchJob(name: string, port: number, ca: string, timeoutMs = 30_000): Job<Relay> {
  const subject: Relay = {
    kind: "relay",
    name,
    labels: {},
    scheme: "submission",
    host: "127.0.0.1",
    port,
    helo: `${name}.bench.test`,
    from: "probe@bench.test",
    to: ["seed@bench.test"],
    tls: { ca, serverName: SERVER_NAME },
  };
  return { id: `smtp/relay/${name}`, subject, probe: "smtp", options, timeoutMs };
}

const methods = {
  run: async ({ port, ca, count, inFlight }: Load): Promise<Cost> => {
    const job = benchJob("probe", port, ca);
    let failures = 0;
    const [cpu, wall] = [ownCpuMs(), performance.now()];
    await keepInFlight(count, inFlight, async () => {
      const { verdict, phases } = await observe(job);
      if (verdict !== "pass" || phases.length !== 11) failures += 1;
    });
    return { cpuMs: ownCpuMs() - cpu, wallMs: performance.now() - wall, failures };
  },
};
export type ObserverMethods = typeof methods;

serveWorker(methods);
