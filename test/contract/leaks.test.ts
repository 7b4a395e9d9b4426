import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Lab, startLab } from "../../src/lab/lab.ts";
import type { Job } from "../../src/model/probe.ts";
import { type Observing, openObserving, probes } from "../../src/toolkit.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const RUNS = 10_000;
const IN_FLIGHT = 20;

let lab: Lab;
let observing: Observing;
let job: Job;

beforeAll(async () => {
  lab = await startLab();
  observing = openObserving({
    resolver: { servers: [lab.dns.server] },
    perDestination: IN_FLIGHT,
    warmTls: true,
  });
  const options = probes.get("smtp")?.parseOptions({ depth: "ehlo" });
  job = { id: "smtp/relay/eu", subject: lab.subject("smtp"), probe: "smtp", options, timeoutMs: 10_000 };
});

afterAll(async () => {
  observing.close();
  await lab.stop();
});

/** Runs so many probes, some at a time; gives how many did not pass. */
async function observe(count: number): Promise<number> {
  let left = count;
  let bad = 0;
  const worker = async (): Promise<void> => {
    while (left-- > 0) if ((await observing.observe(job)).verdict !== "pass") bad++;
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  return bad;
}

/** Sockets and timers by kind, and bytes on the heap after a collection. */
async function held(): Promise<{ resources: number; heap: number }> {
  for (let i = 0; i < 3; i++) {
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
  }
  return { resources: process.getActiveResourcesInfo().length, heap: process.memoryUsage().heapUsed };
}

describe("10,000 probes over real sockets", () => {
  it("leave no handle, and next to no memory", async () => {
    expect(await observe(RUNS / 10)).toBe(0);
    const before = await held();
    expect(await observe(RUNS)).toBe(0);
    const after = await held();
    // Connections of the lab that are still closing count as well.
    expect(after.resources - before.resources).toBeLessThan(IN_FLIGHT);
    // An observation is some 2 kB: were one in ten kept, this would show.
    expect((after.heap - before.heap) / RUNS).toBeLessThan(200);
  }, 180_000);
});
