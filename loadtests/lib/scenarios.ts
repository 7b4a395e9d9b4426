import type { Scenario } from "k6/options";
import type { Load } from "./rates.ts";

/** Time for messages under way when a scenario ends, in seconds; the next one begins after it, with the same VUs. */
const GRACE = 2;

/** A scenario of which `inTurn` knows the length; `seconds` is how long it works, without the grace at its end. */
export interface Timed {
  readonly seconds: number;
  readonly scenario: Scenario;
}

/** `load` for so many seconds, as an open model: iterations begin on time, whether or not the relay keeps up. */
export function constantRate(load: Load, seconds: number, exec = "default"): Timed {
  return {
    seconds,
    scenario: {
      executor: "constant-arrival-rate",
      rate: load.rate,
      timeUnit: `${load.batch}s`,
      duration: duration(seconds),
      preAllocatedVUs: load.vus,
      exec,
    },
  };
}

/** A closed model: each VU begins anew when it is done. For what is counted by how much gets done. */
export function constantVus(vus: number, seconds: number, exec = "default"): Timed {
  return { seconds, scenario: { executor: "constant-vus", vus, duration: duration(seconds), exec } };
}

/** One scenario after another, none overlapping: so all share their VUs, and with them the sessions. */
export function inTurn(parts: Readonly<Record<string, Timed>>): Record<string, Scenario> {
  const scenarios: Record<string, Scenario> = {};
  let begin = 0;
  for (const [name, { seconds, scenario }] of Object.entries(parts)) {
    scenarios[name] = { ...scenario, startTime: duration(begin), gracefulStop: `${GRACE}s` };
    begin += seconds + GRACE;
  }
  return scenarios;
}

/** Seconds from the start of the run to that of each scenario of `inTurn`. */
export function startsOf(parts: Readonly<Record<string, Timed>>): Record<string, number> {
  let begin = 0;
  const starts: Record<string, number> = {};
  for (const [name, { seconds }] of Object.entries(parts)) {
    starts[name] = begin;
    begin += seconds + GRACE;
  }
  return starts;
}

/** Seconds as k6 writes them, to the millisecond. */
export function duration(seconds: number): string {
  return `${Math.round(seconds * 1000)}ms`;
}
