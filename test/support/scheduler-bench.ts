import { DEFAULT_LIMITS, type Limits } from "../../src/engine/admission.ts";
import { createScheduler, type SchedulerParts } from "../../src/engine/scheduler.ts";
import type { SkipReason } from "../../src/model/engine-events.ts";
import type { Observation } from "../../src/model/observation.ts";
import type { Job, Observe } from "../../src/model/probe.ts";
import { VirtualTime } from "./virtual-time.ts";

interface BenchOptions extends Partial<SchedulerParts> {
  readonly start?: string;
  /** How long a run of the job takes; infinity: until it is aborted. 100 ms when absent. */
  readonly durationMs?: (job: Job) => number;
}

/** A scheduler in virtual time, whose observer only takes its time, and a record of all that it did. */
export class SchedulerBench {
  readonly time: VirtualTime;
  readonly scheduler;
  /** Starts, in order. */
  readonly starts: { id: string; at: number; job: Job }[] = [];
  readonly lags: number[] = [];
  readonly skips: Record<SkipReason, number> = { overlap: 0, missed: 0, limited: 0 };
  readonly delivered: Observation[] = [];
  readonly errors: unknown[] = [];
  readonly aborted: string[] = [];
  /** The most runs at once, in all. */
  mostInFlight = 0;
  /** Jobs of which two ran at once. */
  readonly doubled: string[] = [];
  readonly #running = new Set<string>();
  readonly #durationMs: (job: Job) => number;

  constructor({
    start = "2026-05-01T10:00:00Z",
    durationMs = () => 100,
    limits,
    ...parts
  }: BenchOptions = {}) {
    this.time = new VirtualTime(start);
    this.#durationMs = durationMs;
    const defaults: Limits = { ...DEFAULT_LIMITS, concurrency: 1000 };
    this.scheduler = createScheduler({
      observe: this.#observe,
      sinks: [{ add: (_job, observation) => this.delivered.push(observation), stop: async () => undefined }],
      clock: this.time.clock,
      timers: this.time.timers,
      limits: { ...defaults, ...limits },
      destinationsOf: () => [],
      events: {
        onSkip: (_job, reason, slots) => {
          this.skips[reason] += slots;
        },
        onLag: (_job, seconds) => this.lags.push(seconds),
        onStart: (job) => this.#onStart(job),
        onSettle: (job) => this.#running.delete(job.id),
        onError: (_job, error) => this.errors.push(error),
      },
      ...parts,
    });
  }

  /** Milliseconds since the epoch of each start of a job. */
  startsOf(id: string): number[] {
    return this.starts.filter((start) => start.id === id).map(({ at }) => at);
  }

  #onStart(job: Job): void {
    if (this.#running.has(job.id)) this.doubled.push(job.id);
    this.#running.add(job.id);
    this.starts.push({ id: job.id, at: this.time.clock.now(), job });
    this.mostInFlight = Math.max(this.mostInFlight, this.scheduler.inFlight);
  }

  readonly #observe: Observe = (job, { signal } = {}) =>
    new Promise((resolve) => {
      const startedAt = this.time.clock.now();
      const observation: Observation = {
        id: `${job.id}@${startedAt}`,
        target: job.subject.name,
        probe: job.probe,
        startedAt,
        durationMs: 0,
        phases: [],
        evidence: {},
        findings: [],
        verdict: "pass",
      };
      const durationMs = this.#durationMs(job);
      const timer = Number.isFinite(durationMs)
        ? this.time.timers.set(() => resolve(observation), durationMs)
        : undefined;
      signal?.addEventListener("abort", () => {
        this.time.timers.clear(timer);
        this.aborted.push(job.id);
        resolve({ ...observation, verdict: "unknown" });
      });
    });
}
