import type { SchedulerEvents } from "../model/engine-events.ts";
import type { Observation } from "../model/observation.ts";
import type { Clock, Job, Observe, Schedule, Sink } from "../model/probe.ts";
import { Admission, checkedLimits, type Limits, type Ticket } from "./admission.ts";
import { Agenda, type AgendaItem, slotAfter } from "./agenda.ts";
import { systemTimers, type Timers } from "./clock.ts";
import { Pace } from "./pace.ts";
import { offsetMs, type Plan, planOf } from "./schedule.ts";
import type { Due } from "./slots.ts";

export interface SchedulerParts {
  readonly observe: Observe;
  readonly sinks: readonly Sink[];
  readonly clock: Clock;
  readonly events: SchedulerEvents;
  readonly limits: Limits;
  /** Keys of the servers that a job will talk to; each key has its own limit. */
  readonly destinationsOf: (job: Job) => readonly string[];
  readonly timers?: Timers;
  /**
   * Jobs with an interval run once within this time of their first appearance, spread by their id, so that nobody
   * waits a day for the first result of a daily job. Absent: the first slot is the first run.
   */
  readonly warmUpMs?: number;
  /** Least time between two starts, milliseconds. Absent: all that may run starts at once. */
  readonly spacingMs?: number;
}

export interface Scheduler {
  /** Begins. Throws on a bad schedule and on two jobs of one id, before anything has begun. */
  start(jobs: readonly Job[]): void;
  /**
   * Takes new jobs in place of the old. Who keeps id and schedule keeps its next slot and its place in the queue. Runs
   * under way end as they began; only that of a removed job is aborted, and its result thrown away. Throws as `start`
   * does, and then nothing has changed. New limits hold from now on; without them the old ones stay.
   */
  reload(jobs: readonly Job[], limits?: Limits): void;
  /** Runs a job now, out of turn. `false`: unknown, stopped, or already running or waiting. */
  trigger(jobId: string): boolean;
  /** When the job is due next, milliseconds since the epoch; absent without a slot to come. */
  nextRun(jobId: string): number | undefined;
  /** Starts nothing more. Runs under way have `drainMs` to end, then they are aborted. Resolves when all have ended. */
  stop(options: { readonly drainMs: number }): Promise<void>;
  /** Runs under way. */
  readonly inFlight: number;
  /** Jobs that are due and wait for a free place. */
  readonly waiting: number;
}

interface Entry extends AgendaItem {
  job: Job;
  /** While it waits for a free place. */
  ticket: Ticket | undefined;
  /** While it runs; aborting it also says that nobody wants the result. */
  run: AbortController | undefined;
}

/** What a reload will make of one job. */
type Change = Pick<Entry, "job" | "plan" | "due"> & { readonly old: Entry | undefined };

/** A first run so shortly before a slot would only stand in the way of the slot's. */
const CLOSE_MS = 1000;
/** Share of the starts that first runs may take, as a divisor: the slots of the same jobs go on beside them. */
const WARM_UP_ROOM = 4;

function sameSchedule(one: Schedule | undefined, other: Schedule | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function sameKeys(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((key, index) => key === other[index]);
}

/** Brings together when (the agenda), who may (the admission) and what (the observer). */
class SlotScheduler implements Scheduler {
  readonly #parts: SchedulerParts;
  readonly #timers: Timers;
  readonly #pace: Pace;
  readonly #admission: Admission;
  readonly #runs = new Set<AbortController>();
  readonly #agenda: Agenda<Entry>;
  #entries = new Map<string, Entry>();
  #waiting = 0;
  #stopped: Promise<void> | undefined;
  #onIdle: (() => void) | undefined;

  constructor(parts: SchedulerParts) {
    this.#parts = parts;
    this.#timers = parts.timers ?? systemTimers;
    const { clock, spacingMs = 0 } = parts;
    this.#pace = new Pace({ spacingMs, clock, timers: this.#timers });
    this.#admission = new Admission(parts.limits, this.#pace);
    this.#agenda = new Agenda({
      clock,
      timers: this.#timers,
      onDue: (entry, due, now) => this.#serve(entry, due, now),
    });
  }

  get inFlight(): number {
    return this.#runs.size;
  }

  get waiting(): number {
    return this.#waiting;
  }

  start(jobs: readonly Job[]): void {
    this.reload(jobs);
  }

  reload(jobs: readonly Job[], limits?: Limits): void {
    if (this.#stopped !== undefined) throw new Error("The scheduler has been stopped");
    const changes = this.#changes(jobs);
    const newLimits = limits === undefined ? undefined : checkedLimits(limits);
    const leaving = [...this.#entries.values()].filter(({ job }) => !changes.has(job.id));
    const withdrawn = [...leaving, ...this.#unsettled(changes)];
    for (const { run } of leaving) run?.abort();
    this.#entries = new Map();
    for (const [id, { old, job, plan, due }] of changes) {
      const entry = old ?? { job, plan, due, ticket: undefined, run: undefined };
      this.#entries.set(id, Object.assign(entry, { job, plan, due }));
    }
    // Last, since it may start others at once, which must be of the new jobs.
    this.#withdraw(withdrawn);
    if (newLimits !== undefined) this.#admission.setLimits(newLimits);
    this.#agenda.set(this.#entries.values());
  }

  trigger(jobId: string): boolean {
    const entry = this.#entries.get(jobId);
    if (this.#stopped !== undefined || entry === undefined) return false;
    if (entry.run !== undefined || entry.ticket !== undefined) return false;
    this.#enqueue(entry, 0);
    return true;
  }

  nextRun(jobId: string): number | undefined {
    const due = this.#entries.get(jobId)?.due;
    return this.#stopped === undefined && Number.isFinite(due) ? due : undefined;
  }

  stop({ drainMs }: { readonly drainMs: number }): Promise<void> {
    this.#stopped ??= this.#drain(drainMs);
    return this.#stopped;
  }

  async #drain(drainMs: number): Promise<void> {
    this.#agenda.close();
    this.#pace.close();
    this.#withdraw([...this.#entries.values()]);
    if (this.#runs.size === 0) return;
    const drainTimer = this.#timers.set(() => {
      for (const run of this.#runs) run.abort();
    }, drainMs);
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
    this.#timers.clear(drainTimer);
  }

  /** What is to become of each job, by id. Changes nothing yet. */
  #changes(jobs: readonly Job[]): Map<string, Change> {
    const now = this.#parts.clock.now();
    const changes = new Map<string, Change>();
    for (const job of jobs) {
      if (changes.has(job.id)) throw new RangeError(`Two jobs have the id "${job.id}"`);
      const old = this.#entries.get(job.id);
      if (old !== undefined && sameSchedule(old.job.schedule, job.schedule)) {
        changes.set(job.id, { old, job, plan: old.plan, due: old.due });
      } else {
        const plan = job.schedule === undefined ? undefined : planOf(job.schedule, job.id);
        const due = old === undefined ? this.#firstSlot(job, plan, now, jobs.length) : slotAfter(plan, now);
        changes.set(job.id, { old, job, plan, due });
      }
    }
    return changes;
  }

  #firstSlot(job: Job, plan: Plan | undefined, now: number, jobs: number): number {
    const { warmUpMs = 0, spacingMs = 0 } = this.#parts;
    const isInterval = job.schedule !== undefined && "everyMs" in job.schedule;
    const slot = slotAfter(plan, now);
    if (!isInterval || warmUpMs === 0) return slot;
    // With thousands of jobs the time is stretched, so that even then nobody waits long for another's start.
    const early = now + offsetMs(job.id, Math.max(warmUpMs, Math.ceil(jobs * spacingMs * WARM_UP_ROOM)));
    return slot - early < CLOSE_MS ? slot : early;
  }

  /** Who waits in a queue that is no longer its own: for an old slot, or at a server that it no longer talks to. */
  #unsettled(changes: ReadonlyMap<string, Change>): Entry[] {
    const entries: Entry[] = [];
    for (const { old, job, plan } of changes.values()) {
      if (old?.ticket === undefined) continue;
      const keeps = plan === old.plan && sameKeys(old.ticket.keys, this.#keysOf(job));
      if (!keeps) {
        entries.push(old);
        this.#parts.events.onSkip(job, "limited", 1);
      }
    }
    return entries;
  }

  #keysOf(job: Job): string[] {
    return [...new Set(this.#parts.destinationsOf(job))];
  }

  #serve(entry: Entry, { serve: slot, missed }: Due, now: number): void {
    const { events } = this.#parts;
    if (missed > 0) events.onSkip(entry.job, "missed", missed);
    if (slot === undefined) return;
    if (entry.run !== undefined) events.onSkip(entry.job, "overlap", 1);
    else if (entry.ticket !== undefined) events.onSkip(entry.job, "limited", 1);
    else this.#enqueue(entry, now - slot);
  }

  /** `lateMs`: for how long the run has been due already. */
  #enqueue(entry: Entry, lateMs: number): void {
    const dueSince = this.#parts.clock.monotonic() - lateMs;
    this.#waiting += 1;
    const ticket = this.#admission.request(this.#keysOf(entry.job), (granted) => {
      this.#waiting -= 1;
      entry.ticket = undefined;
      this.#begin(entry, granted, dueSince);
    });
    if (ticket.state !== "running") entry.ticket = ticket;
  }

  #withdraw(entries: readonly Entry[]): void {
    const tickets: Ticket[] = [];
    for (const entry of entries) {
      if (entry.ticket === undefined) continue;
      tickets.push(entry.ticket);
      entry.ticket = undefined;
    }
    this.#waiting -= tickets.length;
    this.#admission.release(tickets);
  }

  #begin(entry: Entry, ticket: Ticket, dueSince: number): void {
    const { clock, events } = this.#parts;
    const { job } = entry;
    const run = new AbortController();
    entry.run = run;
    this.#runs.add(run);
    events.onLag(job, Math.max(0, clock.monotonic() - dueSince) / 1000);
    events.onStart(job);
    void this.#carryOut(job, run.signal).then((observation) => {
      entry.run = undefined;
      this.#runs.delete(run);
      events.onSettle(job);
      if (observation !== undefined) this.#deliver(job, observation);
      this.#admission.release([ticket]);
      if (this.#runs.size === 0) this.#onIdle?.();
    });
  }

  /** Absent when the run was aborted by us: that says nothing about the target, and must not look as if it did. */
  async #carryOut(job: Job, signal: AbortSignal): Promise<Observation | undefined> {
    try {
      const observation = await this.#parts.observe(job, { signal });
      return signal.aborted ? undefined : observation;
    } catch (error) {
      this.#parts.events.onError?.(job, error);
      return undefined;
    }
  }

  #deliver(job: Job, observation: Observation): void {
    for (const sink of this.#parts.sinks) {
      try {
        sink.add(job, observation);
      } catch (error) {
        this.#parts.events.onError?.(job, error);
      }
    }
  }
}

export function createScheduler(parts: SchedulerParts): Scheduler {
  return new SlotScheduler(parts);
}
