import { createProbes } from "../probes/index.ts";
import type { Config, ConfigDeps, ResolverSettings } from "./config/index.ts";
import { diagnose } from "./diagnosis/index.ts";
import { systemClock } from "./engine/clock.ts";
import { createMemories } from "./engine/memory.ts";
import { createObserver } from "./engine/observe.ts";
import type { Job, Observe, OpenNet, Probe } from "./model/probe.ts";
import { createResolver } from "./net/dns/resolver.ts";
import { createOpenNet } from "./net/open-net.ts";

export const probes: ReadonlyMap<string, Probe> = createProbes();

/** What reading a configuration needs of this process. */
export const configDeps: ConfigDeps = { probes, env: process.env };

/** The part of the product that observes, without schedule, server or sinks. */
export interface Observing {
  readonly observe: Observe;
  /** Takes the resolver of a new configuration; runs under way keep the one that they began with. */
  configure(settings: NetSettings): void;
  close(): void;
}

export interface NetSettings {
  readonly resolver: Partial<ResolverSettings>;
  readonly perDestination: number;
  /** Pays for the set-up of TLS at once, off the first probe's clock; see `createOpenNet`. */
  readonly warmTls: boolean;
}

/** Settings of the network, of a configuration or without one. `servers` are those of the command line. */
export function netSettings(config: Config | undefined, servers?: readonly string[]): NetSettings {
  const resolver = { ...config?.resolver, ...(servers === undefined ? {} : { servers }) };
  return { resolver, perDestination: config?.limits.perDestination ?? 4, warmTls: true };
}

/** Wires resolver, network, probes and diagnosis into the one function that observes. */
export function openObserving(
  settings: NetSettings,
  onDefect?: (job: Job, error: unknown) => void,
): Observing {
  let current = openNetwork(settings);
  const observe = createObserver({
    probes,
    openNet: (run) => current.openNet(run),
    diagnose,
    clock: systemClock,
    memoryFor: createMemories(),
    ...(onDefect === undefined ? {} : { onDefect }),
  });
  return {
    observe,
    configure(next) {
      if (JSON.stringify(next) === JSON.stringify(current.settings)) return;
      const old = current;
      current = openNetwork(next);
      old.closeWhenIdle();
    },
    close: () => current.close(),
  };
}

interface Network {
  readonly settings: NetSettings;
  readonly openNet: OpenNet;
  close(): void;
  /** Lets the runs under way end first. */
  closeWhenIdle(): void;
}

function openNetwork(settings: NetSettings): Network {
  const resolver = createResolver({ ...settings.resolver, clock: systemClock });
  const { perDestination, warmTls } = settings;
  const gate = { perAddress: perDestination, perOperator: Math.ceil(perDestination * 2.5) };
  const openNet = createOpenNet({ resolve: resolver.resolve, gate, warmTls });
  let runs = 0;
  let isRetired = false;
  const closeIfIdle = (): void => {
    if (isRetired && runs === 0) resolver.close();
  };
  return {
    settings,
    openNet: (run) => {
      runs += 1;
      // The signal of a run aborts at its end, however it ends.
      run.signal.addEventListener("abort", () => {
        runs -= 1;
        closeIfIdle();
      });
      return openNet(run);
    },
    close: () => resolver.close(),
    closeWhenIdle: () => {
      isRetired = true;
      closeIfIdle();
    },
  };
}
