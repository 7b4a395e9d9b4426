import { createProbes } from "../../../probes/index.ts";
import { diagnose } from "../../../src/diagnosis/index.ts";
import { systemClock } from "../../../src/engine/clock.ts";
import { DEFAULT_LIMITS } from "../../../src/engine/admission.ts";
import { createScheduler } from "../../../src/engine/scheduler.ts";
import { createObserver } from "../../../src/engine/observe.ts";
import type { Observation } from "../../../src/model/observation.ts";
import type { Job, Sink } from "../../../src/model/probe.ts";
import type { Relay } from "../../../src/model/subject.ts";
import { createResolver } from "../../../src/net/dns/resolver.ts";
import { createOpenNet } from "../../../src/net/open-net.ts";
import { SERVER_NAME } from "../support/certificate.ts";
import { ownCpuMs } from "../support/usage.ts";
import { serveWorker } from "../support/worker.ts";
import type { Cost, Load } from "./bare-worker.ts";
import { keepInFlight, keepPace } from "../support/flight.ts";

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
function benchJob(name: string, port: number, ca: string, timeoutMs = 30_000): Job<Relay> {
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

export interface Target {
  readonly port: number;
  readonly ca: string;
  readonly timeoutMs: number;
}

export interface Pace {
  readonly port: number;
  readonly ca: string;
  readonly count: number;
  readonly everyMs: number;
}

/** What one run measured of its target. */
export interface Measured {
  /** Argument of its EHLO. */
  readonly client: string;
  readonly durationMs: number;
  readonly verdict: string;
  readonly phases: readonly { readonly name: string; readonly durationMs: number }[];
}

export interface Burst {
  readonly results: readonly Measured[];
  /** From due to begin, each run. */
  readonly lagsMs: readonly number[];
  readonly skips: number;
  readonly wallMs: number;
}

function measured({ target, durationMs, verdict, phases }: Observation): Measured {
  return {
    client: `${target}.bench.test`,
    durationMs,
    verdict,
    phases: phases.map(({ name, durationMs }) => ({ name, durationMs })),
  };
}

/** Lets the scheduler have `count` jobs due at the same moment, and waits for the last result. */
async function burst({ port, ca, count, everyMs: spacingMs }: Pace): Promise<Burst> {
  const results: Measured[] = [];
  const lagsMs: number[] = [];
  let skips = 0;
  let finish: () => void = () => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const sink: Sink = {
    add: (_job, observation) => {
      results.push(measured(observation));
      if (results.length === count) finish();
    },
    stop: () => Promise.resolve(),
  };
  const nothing = (): void => {};
  const scheduler = createScheduler({
    observe,
    sinks: [sink],
    clock: systemClock,
    limits: DEFAULT_LIMITS,
    spacingMs,
    destinationsOf: () => [],
    events: {
      onSkip: (_job, _reason, slots) => {
        skips += slots;
      },
      onLag: (_job, seconds) => lagsMs.push(seconds * 1000),
      onStart: nothing,
      onSettle: nothing,
    },
  });
  // An expression with a day of the year: the one slot is the one that `trigger` makes now.
  const schedule = { cron: "0 0 1 1 *" };
  const jobs = Array.from({ length: count }, (_, client) => ({
    ...benchJob(`client${client}`, port, ca, 60_000),
    schedule,
  }));
  scheduler.start(jobs);
  const begin = performance.now();
  for (const job of jobs) scheduler.trigger(job.id);
  await finished;
  const wallMs = performance.now() - begin;
  await scheduler.stop({ drainMs: 1000 });
  return { results, lagsMs, skips, wallMs };
}

const methods = {
  burst,
  /** One probe. The name is also its EHLO. */
  probe: async ({ port, ca, timeoutMs }: Target): Promise<Measured & { readonly fault?: string }> => {
    const observation = await observe(benchJob("probe", port, ca, timeoutMs));
    const { fault } = observation;
    return { ...measured(observation), ...(fault === undefined ? {} : { fault: fault.code }) };
  },
  /** One probe every so many milliseconds, each under a name of its own. */
  pace: async ({ port, ca, count, everyMs }: Pace): Promise<readonly Measured[]> => {
    const results: Measured[] = [];
    await keepPace(count, everyMs, async (index) => {
      results.push(measured(await observe(benchJob(`client${index}`, port, ca, 60_000))));
    });
    return results;
  },
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
