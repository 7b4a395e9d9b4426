import { performance } from "node:perf_hooks";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { SKIP_REASONS, type SchedulerEvents } from "../../model/engine-events.ts";
import type { Clock } from "../../model/probe.ts";
import { type Family, PREFIX, PROCESS_FAMILIES, type ProcessFamily } from "./families.ts";

export interface ProcessMetrics {
  readonly events: SchedulerEvents;
  /** A load of the configuration: at the start, by SIGHUP or by `/-/reload`. */
  configReloaded(ok: boolean): void;
  text(): Promise<string>;
}

/** What the process tells about itself: its scheduler, its configuration, its build, its use of the machine. */
export function processMetrics(version: string, clock: Pick<Clock, "now">): ProcessMetrics {
  const registry = new Registry();
  const skips = new Counter(shape(registry, "scheduler_skips_total"));
  const lag = new Histogram(shape(registry, "scheduler_lag_seconds"));
  const inFlight = new Gauge(shape(registry, "in_flight"));
  const build = new Gauge(shape(registry, "build_info"));
  const reloadOk = new Gauge(shape(registry, "config_last_reload_successful"));
  const reloadTime = new Gauge(shape(registry, "config_last_reload_success_timestamp_seconds"));
  for (const reason of SKIP_REASONS) skips.inc({ reason }, 0);
  build.set({ version, node: process.version }, 1);
  registerMachine(registry);

  return {
    events: {
      onSkip: (_job, reason, slots) => skips.inc({ reason }, slots),
      onLag: (_job, seconds) => lag.observe(seconds),
      onStart: () => inFlight.inc(),
      onSettle: () => inFlight.dec(),
    },
    configReloaded(ok) {
      reloadOk.set(ok ? 1 : 0);
      if (ok) reloadTime.set(clock.now() / 1000);
    },
    text: () => registry.metrics(),
  };
}

function shape(registry: Registry, name: ProcessFamily) {
  const family: Family = PROCESS_FAMILIES[name];
  return {
    name: PREFIX + name,
    help: family.help,
    labelNames: [...family.labels],
    registers: [registry],
    ...(family.buckets === undefined ? {} : { buckets: [...family.buckets] }),
  };
}

/**
 * The three standard process metrics that alerts and dashboards ask for. prom-client's own set adds some thirty more,
 * an observer of the garbage collector and a timer for each registry.
 */
function registerMachine(registry: Registry): void {
  const start = new Gauge({
    name: "process_start_time_seconds",
    help: "When the process started, in seconds since the epoch.",
    registers: [],
  });
  const cpu = new Counter({
    name: "process_cpu_seconds_total",
    help: "User and system CPU time spent, in seconds.",
    registers: [],
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / 1e6);
    },
  });
  const memory = new Gauge({
    name: "process_resident_memory_bytes",
    help: "Resident memory, in bytes.",
    registers: [],
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
  start.set(performance.timeOrigin / 1000);
  for (const metric of [start, cpu, memory]) registry.registerMetric(metric);
}
