import { describe, expect, it } from "vitest";
import { testDomain, testJob, testRelay } from "../../../test/support/jobs.ts";
import type { Observation } from "../../model/observation.ts";
import type { Job, Probe } from "../../model/probe.ts";
import type { Address } from "../../model/subject.ts";
import { createPrometheusSink, type PrometheusSink } from "./sink.ts";

const probe: Probe = {
  kind: "test",
  subject: "relay",
  title: "",
  phases: () => ["connect"],
  causes: [],
  parseOptions: (input) => input,
  run: async () => undefined,
  judge: () => [],
};
const PROBES = new Map([["test", probe]]);

function passed({ id, subject, probe: kind }: Job): Observation {
  const observation = { id: `${id}@1`, target: subject.name, probe: kind, startedAt: 1_700_000_000_000 };
  return { ...observation, durationMs: 1, phases: [], evidence: {}, findings: [], verdict: "pass" };
}

/** A sink in which each of the jobs has passed once. */
function sinkAfterPasses(jobs: readonly Job[]): PrometheusSink {
  const sink = createPrometheusSink({ version: "1" });
  sink.registerJobs(jobs, PROBES);
  for (const job of jobs) sink.add(job, passed(job));
  return sink;
}

async function value(sink: PrometheusSink, series: string): Promise<string | undefined> {
  const lines = (await sink.metrics()).split("\n");
  return lines
    .find((line) => line.startsWith(`mailgauge_${series}`))
    ?.split(" ")
    .at(-1);
}

const address: Address = { kind: "address", name: "out", labels: {}, address: "192.0.2.10" };

describe("the series of a job", () => {
  it.each([
    ["another interval", { everyMs: 30_000 }, "30"],
    ["a cron expression in its place", { cron: "0 9,17 * * *" }, undefined],
  ])("keep their values through %s", async (_what, schedule, seconds) => {
    const job = testJob({ id: "test/relay/eu" });
    const sink = sinkAfterPasses([job]);
    expect(await value(sink, "probe_interval_seconds{")).toBe("60");
    sink.registerJobs([{ ...job, schedule }], PROBES);
    expect(await value(sink, "probe_success{")).toBe("1");
    expect(await value(sink, "probe_last_success_timestamp_seconds{")).toBe("1700000000");
    expect(await value(sink, "probe_interval_seconds{")).toBe(seconds);
  });

  it.each<[string, Pick<Job, "subject">, Pick<Job, "subject">]>([
    ["relay", { subject: testRelay() }, { subject: testRelay({ host: "mx2.example.com" }) }],
    ["port", { subject: testRelay() }, { subject: testRelay({ port: 587 }) }],
    ["domain", { subject: testDomain("a.test") }, { subject: { ...testDomain("a.test"), domain: "b.test" } }],
    ["address", { subject: address }, { subject: { ...address, address: "192.0.2.11" } }],
  ])("know nothing yet of another %s under the same name", async (_what, before, after) => {
    const sink = sinkAfterPasses([testJob({ id: "x", ...before })]);
    sink.registerJobs([testJob({ id: "x", ...after })], PROBES);
    expect(await value(sink, "probe_success{")).toBe("NaN");
  });
});
