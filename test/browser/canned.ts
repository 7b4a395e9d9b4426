import type { CauseCode, PhaseName } from "../../src/model/codes.ts";
import type { Probe } from "../../src/model/probe.ts";
import type { Subject } from "../../src/model/subject.ts";
import { modulesByName } from "../../src/server/modules.ts";
import type { FaultPanel, PanelFault, ServerDeps } from "../../src/server/types.ts";
import { cannedStore, JOBS, NOW, observationOf, PASSING } from "./canned-observations.ts";

export { cannedStore, FAILING, JOBS, jobOf, NOW, observationOf, PASSING } from "./canned-observations.ts";

const SENTENCES: Partial<Record<CauseCode, string>> = {
  certificate_expired: "The certificate of the server has expired.",
  server_down: "Nothing listens on the port: the mail server is down.",
  dns_broken: "The name servers of the domain do not answer.",
  greylisted: "The server defers unknown senders for a while.",
};

function probe(kind: string, subject: Subject["kind"], names: readonly PhaseName[]): Probe {
  return {
    kind,
    subject,
    title: kind,
    phases: () => names,
    causes: ["server_down"],
    parseOptions: (input) => input,
    run: () => Promise.resolve(),
    judge: () => [],
  };
}

export const PROBES: ReadonlyMap<string, Probe> = new Map(
  [
    probe("smtp", "relay", ["dns", "connect", "banner", "ehlo", "starttls", "tls"]),
    probe("tls", "relay", ["dns", "connect", "tls"]),
    probe("mx", "domain", ["dns"]),
    probe("blocklist", "address", ["dns"]),
  ].map((each) => [each.kind, each]),
);

/** A lab of memory only. */
export function cannedPanel(): FaultPanel {
  const fault = (id: string, group: string, title: string, description: string): PanelFault => ({
    id,
    group,
    title,
    description,
    active: false,
  });
  let faults: PanelFault[] = [
    fault("refuse", "connection", "Connection refused", "Nothing listens on the relay's ports."),
    {
      ...fault("silence", "connection", "Silence", "Accepts the connection, then says nothing."),
      fields: [{ name: "phase", label: "Phase", value: "banner", choices: ["banner", "ehlo", "rcpt"] }],
    },
    {
      ...fault("slow", "connection", "Slow phase", "Answers truly, but late."),
      fields: [{ name: "delayMs", label: "Delay, ms", value: "50" }],
    },
    fault("expired", "tls", "Expired certificate", "Presents a certificate that expired."),
    fault("stripped", "tls", "STARTTLS stripped", "Takes STARTTLS out of the reply to EHLO."),
    fault("wrong-password", "auth", "Wrong password", "Answers 535 5.7.8 at AUTH."),
    fault("greylist", "smtp", "Greylisting", "Answers 451 4.7.1 until the same triplet returns."),
    fault("servfail", "dns", "SERVFAIL", "Every question is answered SERVFAIL."),
    fault("listed", "blocklist", "Listed", "The watched address is on the list."),
  ];
  return {
    faults: () => faults,
    set(id, on, values = {}) {
      if (values.delayMs !== undefined && !/^\d+$/.test(values.delayMs)) {
        return Promise.reject(new RangeError("the delay is not a number of milliseconds"));
      }
      faults = faults.map((each) => (each.id === id ? { ...each, active: on } : each));
      return Promise.resolve();
    },
    reset() {
      faults = faults.map((each) => ({ ...each, active: false }));
      return Promise.resolve();
    },
  };
}

/** What the server needs, without a network. */
export function cannedDeps(overrides: Partial<ServerDeps> = {}): ServerDeps {
  return {
    version: "0.1.0",
    jobs: () => JOBS,
    probes: PROBES,
    recent: cannedStore(),
    metrics: () => Promise.resolve("# HELP up Up.\n# TYPE up gauge\nup 1\n"),
    observe: (job) => Promise.resolve(observationOf(job, NOW, PASSING)),
    modules: () => modulesByName(),
    makeProbeJob: (target, module) =>
      JOBS.find(({ subject, probe }) => subject.name === target && probe === module.probe) ??
      `"${target}" is not a configured target.`,
    reload: () => Promise.resolve({ ok: true, problems: [] }),
    ready: () => true,
    causeSentence: (code) => SENTENCES[code] ?? code,
    nextRun: (jobId) => NOW + 10_000 + jobId.length * 1000,
    now: () => NOW,
    ...overrides,
  };
}
