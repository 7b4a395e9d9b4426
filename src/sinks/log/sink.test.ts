import { describe, expect, it } from "vitest";
import type { Observation, Verdict } from "../../model/observation.ts";
import type { Job } from "../../model/probe.ts";
import { Secret } from "../../model/secret.ts";
import { createLogger, type LoggerOptions } from "./logger.ts";
import { createLogSink } from "./sink.ts";

const JOB: Job = {
  id: "smtp/relay/eu",
  subject: { kind: "address", name: "eu", labels: {}, address: "192.0.2.1" },
  probe: "smtp",
  options: { password: new Secret("hunter2") },
  timeoutMs: 1,
};

function saw(verdict: Verdict, rest: Partial<Observation> = {}): Observation {
  return {
    id: "smtp/relay/eu@1",
    target: "eu",
    probe: "smtp",
    startedAt: 1,
    durationMs: 12.3456,
    phases: [],
    evidence: {},
    findings: [],
    verdict,
    ...rest,
  };
}

function collect(options: LoggerOptions = {}) {
  const lines: string[] = [];
  const logger = createLogger({ ...options, destination: { write: (line) => void lines.push(line) } });
  return { lines, logger, sink: createLogSink(logger) };
}

describe("the log sink", () => {
  it("tells a change at info or warn, and nothing while all stays as it was", () => {
    const { lines, sink } = collect();
    for (const verdict of ["pass", "pass", "fail", "fail", "unknown", "pass"] as const)
      sink.add(JOB, saw(verdict));
    const records = lines.map((line): unknown => JSON.parse(line));
    expect(records).toMatchObject([
      { level: "info", verdict: "pass", target: "eu", probe: "smtp", msg: "verdict changed" },
      { level: "warn", verdict: "fail" },
      { level: "warn", verdict: "unknown" },
      { level: "info", verdict: "pass" },
    ]);
  });

  it("takes another cause for a change", () => {
    const { lines, sink } = collect();
    const cause = { certainty: "certain", evidence: [], remedy: "Start it." } as const;
    sink.add(JOB, saw("fail", { cause: { ...cause, code: "server_down" } }));
    sink.add(JOB, saw("fail", { cause: { ...cause, code: "firewall" } }));
    expect(lines).toHaveLength(2);
    expect(JSON.parse(lines[1] ?? "")).toMatchObject({ cause: "firewall", remedy: "Start it." });
  });

  it("tells every run at debug", () => {
    const { lines, sink } = collect({ level: "debug" });
    sink.add(JOB, saw("pass"));
    sink.add(JOB, saw("pass"));
    expect(lines).toHaveLength(2);
    expect(JSON.parse(lines[1] ?? "")).toMatchObject({ level: "debug", durationMs: 12.35 });
  });

  it("holds no secret of the job", () => {
    const { lines, sink, logger } = collect({ level: "debug" });
    sink.add(JOB, saw("fail"));
    logger.info({ job: JOB }, "whole job");
    expect(lines.join("")).not.toContain("hunter2");
    expect(lines.join("")).toContain("[redacted]");
  });

  it("escapes what turns the direction of writing, and what is not seen at all", () => {
    const { lines, logger } = collect({ format: "logfmt" });
    logger.info({ detail: "a\u202egnp.\u{e0041}\u2028b" });
    expect(lines.join("")).toContain('detail="a\\u202egnp.\\udb40\\udc41\\u2028b"');
  });

  it("writes logfmt for a person, control characters escaped", () => {
    const { lines, sink } = collect({ format: "logfmt" });
    const fault = { code: "rejected", phase: "mail", message: 'said "no"\u001b[31m\u009b' } as const;
    sink.add(JOB, saw("fail", { fault }));
    expect(lines[0]).toContain(" target=eu probe=smtp ");
    expect(lines[0]).toContain('detail="said \\"no\\"\\u001b[31m\\u009b"');
    expect(lines[0]?.endsWith("\n")).toBe(true);
  });

  it("stops when all is written", async () => {
    const { sink } = collect();
    await expect(sink.stop()).resolves.toBeUndefined();
  });
});
