import type { Probe } from "../src/model/probe.ts";
import { createBlocklistProbe } from "./blocklist/index.ts";
import { mxProbe } from "./mx/index.ts";
import { smtpProbe } from "./smtp/index.ts";
import { tlsProbe } from "./tls/index.ts";

/** The one list of what can be checked, by kind. Make it once for a process: some probes remember across jobs. */
export function createProbes(): ReadonlyMap<string, Probe> {
  // A job pairs a probe with a subject of its kind and with options that the probe itself has parsed.
  const probes = [
    smtpProbe,
    tlsProbe,
    mxProbe,
    createBlocklistProbe(),
  ] as readonly unknown[] as readonly Probe[];
  return new Map(probes.map((probe) => [probe.kind, probe]));
}
