import {
  type Distribution,
  LOAD_OUTCOMES,
  type LoadInterval,
  type LoadOutcome,
  type LoadPhase,
  type LoadRun,
  type LoadStep,
  type LoadTotals,
  type OutcomeCounts,
} from "../../src/model/load-run.ts";
import { seededRandom } from "../../src/model/random.ts";

/** What a synthetic run looks like; every field has a default. The same options give the same run. */
export interface SyntheticLoad {
  readonly id?: string;
  readonly seed?: number;
  readonly seconds?: number;
  /** Messages a second that are asked for. */
  readonly rate?: number;
  /** Median of the duration of a message, milliseconds. */
  readonly latency?: number;
  /** Share of the messages that the relay defers. */
  readonly deferred?: number;
  /** How much one second resembles the one before: the coefficient of an AR(1) process, 0 to 1. */
  readonly memory?: number;
  /** Seconds that one interval covers. */
  readonly interval?: number;
  readonly overrides?: Partial<LoadRun>;
}

const STARTED_AT = "2026-11-22T13:40:00.000Z";

/** Numbers of the normal distribution around 0 with deviation 1 (Box-Muller). */
export function normals(seed: number): () => number {
  const random = seededRandom(seed);
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

export function counts(of: Partial<Record<LoadOutcome, number>> = {}): OutcomeCounts {
  return Object.fromEntries(
    LOAD_OUTCOMES.map((outcome) => [outcome, of[outcome] ?? 0]),
  ) as unknown as OutcomeCounts;
}

/** Of a lognormal distribution with this median; `spread` is its deviation. */
export function distribution(count: number, median: number, spread = 0.5): Distribution {
  const at = (deviations: number): number => median * Math.exp(spread * deviations);
  return {
    count,
    mean: median * Math.exp(spread ** 2 / 2),
    min: at(-3.2),
    p50: median,
    p95: at(1.645),
    p99: at(2.326),
    p999: at(3.09),
    max: at(4.4),
  };
}

/** A run at one rate in which all is well, but for a few messages that the relay defers. */
export function steadyRun(load: SyntheticLoad = {}): LoadRun {
  const { id = "k3v9x2ab", seconds = 60, rate = 1200, latency = 8, overrides = {} } = load;
  const intervals = steadyIntervals(load, "throughput", 0);
  const totals = totalsOf(intervals, latency);
  return {
    ...base(id, intervals, totals),
    scenario: "throughput",
    parameters: { RATE: String(rate), DURATION: `${seconds}s`, SIZE: "1KB", VUS: "50" },
    bottleneck: {
      kind: "none",
      sentence: "Nothing was at its limit: the relay took the rate that was asked for.",
      evidence: ["k6 used 31 % of 2 cores", "no iteration was dropped"],
    },
    ...overrides,
  };
}

/** Steps up to twice what the relay can take: the knee is between 2,000 and 2,800 messages a second. */
export function capacityRun(seed = 4): LoadRun {
  const targets = [500, 700, 1000, 1400, 2000, 2800];
  const knee = 2300;
  const intervals: LoadInterval[] = [];
  const steps = targets.map((target, index): LoadStep => {
    const scenario = `step_${target}`;
    const over = target > knee;
    const latency = over ? 310 : 4 / (1 - target / (knee * 1.15));
    const load = { seed: seed + index, seconds: 20, rate: target, latency, deferred: over ? 0.06 : 0.0005 };
    const own = steadyIntervals(load, scenario, index * 20).map((each) => (over ? saturated(each) : each));
    intervals.push(...own);
    const totals = totalsOf(own, latency);
    const achieved = totals.messages.accepted / totals.seconds;
    const failures = over
      ? ["smtp_message_duration: p(99) was 992 ms, not < 500 ms", "dropped_iterations"]
      : [];
    return { scenario, target, achieved, ok: !over, failures, totals };
  });
  const totals = totalsOf(intervals, 9);
  return {
    ...base("c4p8q1zz", intervals, totals),
    scenario: "capacity",
    verdict: "fail",
    end: "stopped",
    endReason: "an objective of step_2800 broke",
    parameters: { START: "500", FACTOR: "1.4", STEPS: "8", STEP_DURATION: "20s", SIZE: "10KB" },
    objectives: steps.flatMap(({ scenario, ok }) => [
      { metric: `smtp_message_duration{scenario:${scenario}}`, expression: "p(99)<500", ok },
      { metric: `smtp_message_failed{scenario:${scenario}}`, expression: "rate<0.01", ok },
    ]),
    parts: Object.fromEntries(steps.map((step) => [step.scenario, step.totals])),
    steps,
    capacity: {
      sustained: 2000,
      broken: 2800,
      confidence: 0.98,
      firstFailure: "smtp_message_duration: p(99) was 992 ms, not < 500 ms",
    },
    delivery: {
      expected: totals.messages.accepted,
      arrived: totals.messages.accepted - 3,
      lost: 3,
      duplicated: 1,
      transit: distribution(totals.messages.accepted - 3, 42, 0.8),
    },
    bottleneck: {
      kind: "relay",
      sentence: "The relay was the limit: its replies to the final dot slowed down while k6 had room.",
      evidence: [
        "accepting took 88 % of the time of a message at step_2800, 61 % at step_2000",
        "k6 used 58 % of 2 cores",
        "connecting stayed at 0.2 ms",
      ],
    },
  };
}

/** Nobody listens on the port. */
export function brokenRun(): LoadRun {
  const intervals = steadyIntervals({ seconds: 5, rate: 0, deferred: 0 }, "smoke", 0).map((each) => ({
    ...bare(each),
    messages: counts({ failed: 10 }),
    errors: 10,
  }));
  const totals: LoadTotals = {
    ...totalsOf(intervals, 1),
    octets: 0,
    sessions: { opened: 0, failed: 50 },
    handshakes: { full: 0, resumed: 0 },
    replies: [],
    errors: [{ phase: "connecting", error: "connect_refused", count: 50 }],
    phases: {},
  };
  return {
    ...base("d3adp0rt", intervals, totals),
    scenario: "smoke",
    end: "stopped",
    endReason: "the ramp guard stopped it: no session could be opened",
    verdict: "fail",
    parameters: { VUS: "1" },
    objectives: [{ metric: "smtp_errors", expression: "count==0", ok: false }],
    bottleneck: {
      kind: "unknown",
      sentence: "No message got as far as the relay.",
      evidence: ["connect_refused 50 times at connecting"],
    },
  };
}

/** A second without any message has no times. */
function bare({ p50: _p50, p95: _p95, p99: _p99, max: _max, ...rest }: LoadInterval): LoadInterval {
  return rest;
}

function steadyIntervals(load: SyntheticLoad, scenario: string, from: number): LoadInterval[] {
  const { seed = 1, seconds = 60, rate = 1200, latency = 8, deferred = 0.002, memory = 0.2 } = load;
  const { interval = 1 } = load;
  const normal = normals(seed);
  let level = normal() * 0.06;
  return Array.from({ length: Math.round(seconds / interval) }, (_, index) => {
    level = memory * level + Math.sqrt(1 - memory ** 2) * 0.06 * normal();
    const p50 = latency * Math.exp(level);
    const sent = Math.max(0, Math.round(rate * interval * (1 + 0.004 * normal())));
    const bad = Math.min(sent, Math.max(0, Math.round(sent * deferred * (1 + 0.5 * normal()))));
    return {
      at: from + (index + 1) * interval,
      seconds: interval,
      scenario,
      vus: Math.max(1, Math.ceil((rate * latency) / 1000)),
      dropped: 0,
      messages: counts({ accepted: sent - bad, deferred: bad }),
      refusals: Math.round(bad / 8),
      errors: 0,
      cpu: (0.08 + rate / 2400) * interval,
      p50,
      p95: p50 * 2.3 * Math.exp(0.05 * normal()),
      p99: p50 * 3.2 * Math.exp(0.1 * normal()),
      max: p50 * 6 * Math.exp(0.4 * Math.abs(normal())),
    };
  });
}

/** Beyond the knee, a part of the work is never begun. */
function saturated(interval: LoadInterval): LoadInterval {
  const { accepted, deferred } = interval.messages;
  const done = Math.round(accepted * 0.82);
  return {
    ...interval,
    vus: 400,
    dropped: accepted - done,
    messages: counts({ accepted: done, deferred, uncertain: interval.at % 5 === 0 ? 1 : 0 }),
    errors: interval.at % 5 === 0 ? 1 : 0,
  };
}

function totalsOf(intervals: readonly LoadInterval[], latency: number): LoadTotals {
  const sum = (of: (each: LoadInterval) => number): number =>
    intervals.reduce((total, each) => total + of(each), 0);
  const outcomes = LOAD_OUTCOMES.map((name) => [name, sum(({ messages }) => messages[name])] as const);
  const messages = counts(Object.fromEntries(outcomes));
  const all = outcomes.reduce((total, [, count]) => total + count, 0);
  const { accepted, deferred, uncertain } = messages;
  const sessions = Math.ceil(all / 100);
  const whole = distribution(all, latency, 0.5);
  const phases: Partial<Record<LoadPhase, Distribution>> = {
    connecting: distribution(sessions, 0.21, 0.3),
    banner: distribution(sessions, 0.9, 0.5),
    ehlo: distribution(sessions, 0.16, 0.3),
    tls_handshaking: distribution(sessions, 1.7, 0.3),
    envelope: distribution(all, latency * 0.21, 0.45),
    sending: distribution(all, 0.034, 0.3),
    accepting: distribution(all, latency * 0.74, 0.55),
    message_duration: { ...whole, max: Math.max(...intervals.map(({ max }) => max ?? 0), 0) },
    session_duration: distribution(sessions, latency * 100, 0.2),
  };
  return {
    seconds: sum(({ seconds }) => seconds),
    iterations: all,
    dropped: sum(({ dropped }) => dropped),
    messages,
    recipients: messages,
    octets: accepted * 1024,
    sessions: { opened: sessions, failed: 0 },
    handshakes: { full: Math.ceil(sessions * 0.2), resumed: Math.floor(sessions * 0.8) },
    replies: [
      { phase: "envelope", code: 250, enhanced: "2.1.5", count: all },
      { phase: "accepting", code: 250, enhanced: "2.0.0", count: accepted },
      { phase: "accepting", code: 451, enhanced: "4.3.2", count: Math.ceil(deferred * 0.75) },
      { phase: "envelope", code: 421, enhanced: "4.7.0", count: Math.floor(deferred * 0.25) },
    ],
    errors: uncertain === 0 ? [] : [{ phase: "accepting", error: "connection_lost", count: uncertain }],
    phases,
  };
}

function base(
  id: string,
  intervals: readonly LoadInterval[],
  totals: LoadTotals,
): Omit<LoadRun, "bottleneck"> {
  return {
    version: 1,
    id,
    scenario: "",
    startedAt: STARTED_AT,
    target: { name: "relay-eu", host: "127.0.0.1", port: 2525, scheme: "smtp", tls: "TLSv1.3 X25519" },
    parameters: {},
    environment: {
      mailgauge: "0.1.0",
      k6: "v2.2.0",
      module: "0.1.0",
      cores: 2,
      platform: "linux/x64",
    },
    end: "finished",
    verdict: "pass",
    objectives: [
      { metric: "smtp_message_duration", expression: "p(99)<500", ok: true },
      { metric: "smtp_message_failed", expression: "rate<0.01", ok: true },
      { metric: "dropped_iterations", expression: "count==0", ok: true },
    ],
    totals,
    parts: {},
    intervals,
  };
}
