import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createProbes } from "../../probes/index.ts";
import { diagnose } from "../../src/diagnosis/index.ts";
import { systemClock } from "../../src/engine/clock.ts";
import { createObserver } from "../../src/engine/observe.ts";
import type { FaultExpectation } from "../../src/lab/fault.ts";
import { type FaultRow, faultRows } from "../../src/lab/faults.ts";
import { type Lab, startLab } from "../../src/lab/lab.ts";
import type { Job, Observe } from "../../src/model/probe.ts";
import { createResolver, type Resolver } from "../../src/net/dns/resolver.ts";
import { createOpenNet } from "../../src/net/open-net.ts";

/** Long enough for any answer that comes at all. */
const PATIENT_MS = 10_000;
/** For a server that will never answer: long enough to come to where it falls silent. */
const SHORT_MS = 700;

/** Rows in which a name server says nothing, which is found out only by waiting. */
function asksInVain({ fault }: FaultExpectation): boolean {
  return fault === "dns_timeout";
}

/** Rows that end only with the deadline. */
function waits({ fault, cause }: FaultExpectation): boolean {
  return fault === "timeout" || cause === "server_silent";
}

function nameOf({ id, options, expect: wanted }: FaultRow): string {
  const how = Object.entries(options).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  return [id, ...how, "by", wanted.probe, "on", wanted.target].join(" ");
}

describe("each fault of the lab is called by its name", () => {
  let lab: Lab;
  let patient: Resolver;
  let hasty: Resolver;

  beforeAll(async () => {
    lab = await startLab();
    const common = { servers: [lab.dns.server], cache: false, clock: systemClock } as const;
    patient = createResolver({ ...common, timeoutMs: 2000, attempts: 2 });
    hasty = createResolver({ ...common, timeoutMs: 100, attempts: 1 });
  });
  afterEach(() => lab.reset());
  afterAll(async () => {
    patient.close();
    hasty.close();
    await lab.stop();
  });

  /** A fresh observer for each row: what a probe remembers belongs to the row before. */
  function observer(probes: ReturnType<typeof createProbes>, { resolve }: Resolver): Observe {
    return createObserver({
      probes,
      openNet: createOpenNet({ resolve }),
      diagnose,
      clock: systemClock,
    });
  }

  function optionsOf({ probe, depth }: FaultExpectation): unknown {
    if (probe === "smtp") return { depth: depth ?? "data" };
    if (probe === "blocklist") return { lists: [{ zone: lab.blocklists.address }] };
    return {};
  }

  it.each(faultRows().map((row) => [nameOf(row), row] as const))("%s", async (_name, row) => {
    const { expect: wanted } = row;
    const probes = createProbes();
    const subject = lab.subject(wanted.target);
    const job: Job = {
      id: `${wanted.probe}/${subject.kind}/${subject.name}`,
      subject,
      probe: wanted.probe,
      options: probes.get(wanted.probe)?.parseOptions(optionsOf(wanted)),
      timeoutMs: waits(wanted) ? SHORT_MS : PATIENT_MS,
    };
    await lab.set(row.id, true, row.options);
    const seen = await observer(probes, asksInVain(wanted) ? hasty : patient)(job);
    const { verdict, fault, cause } = wanted;
    expect(
      { verdict: seen.verdict, fault: seen.fault?.code, cause: seen.cause?.code },
      JSON.stringify({ fault: seen.fault, cause: seen.cause, findings: seen.findings }, undefined, 2),
    ).toEqual({ verdict, fault, cause });
    // Series exist from the first scrape: what was not declared could not be shown.
    const probe = probes.get(wanted.probe);
    expect(probe?.phases(job.options)).toEqual(expect.arrayContaining(seen.phases.map(({ name }) => name)));
    if (cause !== undefined) expect(probe?.causes).toContain(cause);
  });
});
