import { createObserver, type ObserverParts } from "../../src/engine/observe.ts";
import { type Fault, FaultError, type Finding } from "../../src/model/observation.ts";
import type { Diagnosable, NetIo, OpenNet, Probe } from "../../src/model/probe.ts";
import { VirtualTime } from "./virtual-time.ts";

export const PASS: Finding = { id: "works", verdict: "pass", message: "It works" };

const noNet: NetIo = {
  resolve: () => Promise.reject(new Error("no network")),
  dialSmtp: () => Promise.reject(new Error("no network")),
  composeSeed: () => Promise.reject(new Error("no network")),
};

export type Behaviour = Partial<Pick<Probe, "run" | "judge" | "phases">>;

/** An observer in virtual time, of one probe that behaves as told and passes unless told otherwise. */
export function observerBench(behaviour: Behaviour, parts: Partial<ObserverParts> = {}) {
  const time = new VirtualTime("2026-05-01T10:00:00Z");
  const seen = { signals: [] as AbortSignal[], diagnosed: [] as Diagnosable[], defects: [] as unknown[] };
  const openNet: OpenNet = ({ signal }) => {
    seen.signals.push(signal);
    return noNet;
  };
  const probe: Probe = {
    kind: "test",
    subject: "relay",
    title: "",
    causes: [],
    phases: () => ["connect"],
    parseOptions: (input) => input,
    run: async () => undefined,
    judge: () => [PASS],
    ...behaviour,
  };
  const observe = createObserver({
    probes: new Map([["test", probe]]),
    openNet,
    diagnose: (what) => {
      seen.diagnosed.push(what);
      return { code: "unknown", certainty: "possible", evidence: [], remedy: "Look" };
    },
    clock: time.clock,
    timers: time.timers,
    onDefect: (_job, error) => seen.defects.push(error),
    ...parts,
  });
  return { time, observe, seen };
}

export const fault: Fault = { code: "reset", phase: "banner", message: "Connection reset by peer" };
export const throwFault = async (): Promise<void> => {
  throw new FaultError(fault);
};
