import { getEventListeners } from "node:events";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { testJob } from "../../test/support/jobs.ts";
import { settle } from "../../test/support/virtual-time.ts";
import { FaultError } from "../model/observation.ts";
import type { NetIo, OpenNet, Probe } from "../model/probe.ts";
import { systemClock } from "./clock.ts";
import { createObserver } from "./observe.ts";

const RUNS = 10_000;
const JOBS = 100;

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

async function heapUsed(): Promise<number> {
  await settle();
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

/** A network that answers, and holds on to the signal as sockets do. */
const openNet: OpenNet = ({ signal, phases }): NetIo => ({
  resolve: () => Promise.reject(new Error("not asked")),
  composeSeed: () => Promise.reject(new Error("not asked")),
  dialSmtp: async () => {
    const end = phases.begin("connect");
    signal.addEventListener("abort", () => end("aborted"));
    await Promise.resolve();
    throw new FaultError({ code: "connect_refused", phase: "connect", message: "Connection refused" });
  },
});

const probe: Probe = {
  kind: "test",
  subject: "relay",
  title: "",
  causes: [],
  phases: () => ["connect"],
  parseOptions: (input) => input,
  run: async (_subject, options, io, notes) => {
    Object.assign(notes, { replies: Array.from({ length: 20 }, (_, index) => ({ code: 250, index })) });
    io.memory.remember("set", ["10 mx1.example.com"]);
    const dial = { host: "mx.example.com", port: 25, implicitTls: false, tls: {} };
    if ((options as { readonly bad: boolean }).bad) await io.dialSmtp(dial);
  },
  judge: (_notes, _options, fault) => [
    { id: "x", verdict: fault === undefined ? "pass" : "fail", message: "" },
  ],
};

describe("a resting daemon", () => {
  it("holds nothing of 10,000 observations: no handle, no listener, no memory", async () => {
    const observe = createObserver({
      probes: new Map([["test", probe]]),
      openNet,
      diagnose: () => undefined,
      clock: systemClock,
    });
    const { signal } = new AbortController();
    const run = async (times: number): Promise<number> => {
      let failed = 0;
      for (let index = 0; index < times; index += 1) {
        const job = testJob({ id: `test/relay/mx${index % JOBS}`, options: { bad: index % 2 === 0 } });
        if ((await observe(job, { signal })).verdict === "fail") failed += 1;
      }
      return failed;
    };
    await run(1000);
    const handles = process.getActiveResourcesInfo().length;
    const before = await heapUsed();
    expect(await run(RUNS)).toBe(RUNS / 2);
    const after = await heapUsed();
    // The test runner has a timer or two that come and go.
    expect(process.getActiveResourcesInfo().length - handles).toBeLessThan(10);
    expect(getEventListeners(signal, "abort")).toEqual([]);
    // One phase kept of each run would be more than 100 bytes.
    expect((after - before) / RUNS).toBeLessThan(100);
  });
});
