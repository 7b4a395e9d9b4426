import type { Job } from "../../src/model/probe.ts";
import type { Domain, Relay } from "../../src/model/subject.ts";

/** A relay with nothing special about it. */
export function testRelay(changes: Partial<Relay> = {}): Relay {
  return {
    kind: "relay",
    name: "eu",
    labels: {},
    scheme: "smtp",
    host: "mx1.example.com",
    port: 25,
    helo: "probe.example.net",
    from: "probe@example.net",
    to: ["seed@example.com"],
    tls: {},
    ...changes,
  };
}

export function testDomain(domain: string): Domain {
  return { kind: "domain", name: domain, labels: {}, domain, helo: "probe.example.net", port: 25 };
}

/** A job with nothing special about it: every minute, 15 seconds. Without a relay of its own it is named by its id. */
export function testJob(changes: Partial<Job> = {}): Job {
  const id = changes.id ?? "test/relay/eu";
  return {
    id,
    subject: testRelay({ name: id.split("/").at(-1) ?? id }),
    probe: "test",
    options: {},
    schedule: { everyMs: 60_000 },
    timeoutMs: 15_000,
    ...changes,
  };
}
