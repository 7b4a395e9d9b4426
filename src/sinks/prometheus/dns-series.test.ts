import { describe, expect, it } from "vitest";
import type { BlocklistEvidence, Listing, MxEvidence, MxHost } from "../../model/evidence.ts";
import type { Observation } from "../../model/observation.ts";
import type { Job } from "../../model/probe.ts";
import type { Subject } from "../../model/subject.ts";
import { blocklistSeries } from "./blocklist-series.ts";
import type { SubjectFamily } from "./families.ts";
import { mxSeries } from "./mx-series.ts";
import { SubjectRegistry } from "./subject-registry.ts";

const subject: Subject = { kind: "address", name: "t", labels: {}, address: "192.0.2.1" };
const JOB: Job = { id: "j", subject, probe: "p", options: {}, timeoutMs: 1 };

function saw<E>(evidence: Partial<E>): Observation<E> {
  return {
    id: "1",
    target: "t",
    probe: "p",
    startedAt: 0,
    durationMs: 0,
    phases: [],
    evidence,
    findings: [],
    verdict: "pass",
  };
}

function lines(registry: SubjectRegistry, name: SubjectFamily): string[] {
  return registry
    .lines(name)
    .split("\n")
    .filter((line) => line !== "");
}

describe("MX", () => {
  const host = (exchange: string, rest: Partial<MxHost> = {}): MxHost => ({
    preference: 10,
    exchange,
    a: [],
    aaaa: [],
    reach: [],
    ...rest,
  });
  const reach = (family: 4 | 6, reachable: boolean) => ({
    family,
    address: "192.0.2.1",
    reachable,
    durationMs: 1,
  });
  const at = (mx: string, family: string, value: number) =>
    `mailgauge_mx_reachable{domain="t",mx="${mx}",family="${family}"} ${value}`;

  function setUp() {
    const registry = new SubjectRegistry();
    const record = mxSeries(registry, JOB);
    return { registry, run: (evidence: Partial<MxEvidence>) => record(saw(evidence)) };
  }

  it("shows a host by family, reached when one address is", async () => {
    const { registry, run } = setUp();
    run({ hosts: [host("MX1.example.com", { reach: [reach(4, false), reach(4, true), reach(6, false)] })] });
    expect(lines(registry, "mx_reachable")).toEqual([
      at("mx1.example.com", "ipv4", 1),
      at("mx1.example.com", "ipv6", 0),
    ]);
    expect(lines(registry, "mx_records")).toEqual(['mailgauge_mx_records{domain="t"} 1']);
  });

  it("keeps the hosts as unreached when the set cannot be had", async () => {
    const { registry, run } = setUp();
    run({ hosts: [host("mx1.example.com", { reach: [reach(4, true)] })] });
    run({ status: "servfail" });
    run({ status: "timeout" });
    expect(lines(registry, "mx_reachable")).toEqual([at("mx1.example.com", "ipv4", 0)]);
    expect(lines(registry, "mx_records")).toEqual(['mailgauge_mx_records{domain="t"} 0']);
  });

  it("keeps a host that the run did not come to as unreached", async () => {
    const { registry, run } = setUp();
    run({ hosts: [host("mx1.example.com", { reach: [reach(4, true)] })] });
    run({ hosts: [host("mx1.example.com")] });
    expect(lines(registry, "mx_reachable")).toEqual([at("mx1.example.com", "ipv4", 0)]);
  });

  it("drops a host that left the set and counts the change", async () => {
    const { registry, run } = setUp();
    run({ hosts: [host("mx1.example.com", { reach: [reach(4, true)] })] });
    run({ hosts: [host("mx2.example.com", { reach: [reach(4, true)] })], previous: ["10 mx1.example.com"] });
    expect(lines(registry, "mx_reachable")).toEqual([at("mx2.example.com", "ipv4", 1)]);
    expect(lines(registry, "mx_changes_total")).toEqual(['mailgauge_mx_changes_total{domain="t"} 1']);
  });

  it("shows a host without address as unreached", async () => {
    const { registry, run } = setUp();
    run({ hosts: [host("mx1.example.com", { problem: "no_address" })] });
    expect(lines(registry, "mx_reachable")).toEqual([at("mx1.example.com", "none", 0)]);
  });
});

describe("blocklist", () => {
  const listing = (list: string, verdict: Listing["verdict"], rest: Partial<Listing> = {}): Listing => ({
    list,
    verdict,
    answers: [],
    meanings: [],
    durationMs: 1,
    ...rest,
  });
  const at = (list: string, value: number) =>
    `mailgauge_blocklist_listed{address="t",list="${list}"} ${value}`;

  function setUp() {
    const registry = new SubjectRegistry();
    const record = blocklistSeries(registry, JOB, ["zen"]);
    return { registry, run: (evidence: Partial<BlocklistEvidence>) => record(saw(evidence)) };
  }

  it("is 1, 0 or absent, never a guess", async () => {
    const { registry, run } = setUp();
    run({
      listings: [
        listing("a", "listed"),
        listing("b", "not_listed"),
        listing("c", "unknown", { reason: "dead" }),
      ],
    });
    expect(lines(registry, "blocklist_listed")).toEqual([at("a", 1), at("b", 0)]);
    run({
      listings: [
        listing("a", "unknown", { reason: "timeout" }),
        listing("b", "unknown", { reason: "min_interval" }),
      ],
    });
    expect(lines(registry, "blocklist_listed")).toEqual([at("b", 0)]);
    run({});
    expect(lines(registry, "blocklist_listed")).toEqual([]);
  });

  it("does not call a white or informational list a listing, but shows its codes", async () => {
    const { registry, run } = setUp();
    const answers = ["127.0.0.2", "127.0.0.2", "192.0.2.1"];
    run({
      listings: [
        listing("w", "listed", { white: true, answers }),
        listing("i", "listed", { informational: true, answers: [] }),
      ],
    });
    expect(lines(registry, "blocklist_listed")).toEqual([]);
    expect(lines(registry, "blocklist_listing_info")).toEqual([
      'mailgauge_blocklist_listing_info{address="t",list="w",code="127.0.0.2"} 1',
    ]);
  });

  it("replaces the codes of the last listing", async () => {
    const { registry, run } = setUp();
    run({ listings: [listing("a", "listed", { answers: ["127.0.0.2", "127.0.0.4"] })] });
    run({ listings: [listing("a", "listed", { answers: ["127.0.0.4"] })] });
    expect(lines(registry, "blocklist_listing_info")).toEqual([
      'mailgauge_blocklist_listing_info{address="t",list="a",code="127.0.0.4"} 1',
    ]);
    run({});
    expect(lines(registry, "blocklist_listing_info")).toEqual([]);
  });

  it("counts queries, and look-ups that said nothing by reason, but not those left out by plan", async () => {
    const { registry, run } = setUp();
    run({
      queries: { zen: 3 },
      listings: [
        listing("zen", "unknown", { reason: "refused_quota" }),
        listing("b", "unknown", { reason: "min_interval" }),
        listing("c", "unknown", { reason: "refused_quota", askedAt: 1 }), // said in an earlier run, and counted there
      ],
    });
    expect(lines(registry, "blocklist_queries_total")).toEqual([
      'mailgauge_blocklist_queries_total{address="t",list="zen"} 3',
    ]);
    const failures = lines(registry, "blocklist_failures_total");
    expect(failures.filter((line) => !line.endsWith(" 0"))).toEqual([
      'mailgauge_blocklist_failures_total{address="t",list="zen",reason="refused_quota"} 1',
    ]);
  });
});
