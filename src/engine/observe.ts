import type { PhaseName } from "../model/codes.ts";
import type { Cause, Fault, Finding, Observation, Verdict } from "../model/observation.ts";
import type {
  Clock,
  Diagnosable,
  Diagnose,
  Job,
  Memory,
  Observe,
  OpenNet,
  Probe,
  ProbeIo,
} from "../model/probe.ts";
import { systemTimers, type Timers } from "./clock.ts";
import { type Deadline, openDeadline } from "./deadline.ts";
import { earlyFault, faultOf, internalFault, verdictOf } from "./fault.ts";
import { createIds } from "./ids.ts";
import { createMemories } from "./memory.ts";
import { openPhases, type PhaseBook } from "./phases.ts";
import { plainCopy } from "./plain.ts";

export interface ObserverParts {
  /** By `kind`. */
  readonly probes: ReadonlyMap<string, Probe>;
  readonly openNet: OpenNet;
  readonly diagnose: Diagnose;
  readonly clock: Clock;
  /** What probes remember from run to run; in this process when absent. */
  readonly memoryFor?: (job: Job) => Memory;
  readonly timers?: Timers;
  /** Gets what was thrown behind an `internal_error`, of which the observation shows only the name. */
  readonly onDefect?: (job: Job, error: unknown) => void;
}

type Notes = Record<string, unknown>;

/** One run under way. */
interface Run {
  readonly job: Job;
  readonly probe: Probe;
  readonly timeoutMs: number;
  readonly deadline: Deadline;
  readonly phases: PhaseBook;
  readonly notes: Notes;
}

interface Judgement {
  readonly findings: readonly Finding[];
  readonly fault: Fault | undefined;
  readonly verdict: Verdict;
}

/** Stands in for a kind that is not there, so that this too comes out as an observation. */
function missingProbe(kind: string): Probe {
  return {
    kind,
    subject: "relay",
    title: "",
    causes: [],
    phases: () => [],
    parseOptions: (input) => input,
    run: () => Promise.reject(new RangeError(`No probe of kind "${kind}"`)),
    judge: () => [],
  };
}

/** The phase that a fault is blamed on: the one under way, else the first that the probe declares. */
function phaseOf({ phases, probe, job }: Run): PhaseName {
  try {
    return phases.current() ?? probe.phases(job.options)[0] ?? "dns";
  } catch {
    return "dns";
  }
}

/**
 * Resolves when the work settles, or when it has let the grace after its early end pass. Then the promise is given up:
 * its late end is of no interest, and its late rejection is handled here too.
 */
function settled(run: Run, work: () => Promise<void>, onDefect: (error: unknown) => void) {
  const { deadline, timeoutMs } = run;
  return new Promise<Fault | undefined>((resolve) => {
    deadline.onCut(() => resolve(earlyFault(deadline.early ?? "timeout", phaseOf(run), timeoutMs)));
    work().then(
      () => resolve(undefined),
      (error: unknown) => {
        const fault = faultOf(error, { phase: phaseOf(run), timeoutMs, early: deadline.early });
        if (fault.code === "internal_error") onDefect(error);
        resolve(fault);
      },
    );
  });
}

class Observer {
  readonly #parts: ObserverParts;
  readonly #memoryFor: (job: Job) => Memory;
  readonly #nextId = createIds();

  constructor(parts: ObserverParts) {
    this.#parts = parts;
    this.#memoryFor = parts.memoryFor ?? createMemories();
  }

  /** A run, judged and diagnosed. Whatever its parts throw has become a value in here. */
  async observe(...[job, options = {}]: Parameters<Observe>): Promise<Observation> {
    const { clock, timers = systemTimers, probes } = this.#parts;
    const startedAt = clock.now();
    const id = this.#nextId(job.id, startedAt);
    const timeoutMs = options.timeoutMs ?? job.timeoutMs;
    const probe = probes.get(job.probe) ?? missingProbe(job.probe);
    const deadline = openDeadline(timeoutMs, options.signal, timers);
    const phaseBook = openPhases(clock, options.onTranscript);
    const run: Run = { job, probe, timeoutMs, deadline, phases: phaseBook, notes: {} };

    const onDefect = (error: unknown): void => this.#report(job, error);
    const rawFault = await settled(run, () => this.#work(run), onDefect);
    deadline.close();
    const durationMs = phaseBook.elapsed();
    const phases = phaseBook.seal(rawFault?.code ?? "aborted");
    const evidence = plainCopy(run.notes);
    const { verdict, findings, fault } = this.#judge(run, evidence, plainCopy(rawFault));
    const seen = { probe: job.probe, phases, evidence, findings, ...(fault === undefined ? {} : { fault }) };
    const cause = verdict === "pass" ? undefined : this.#diagnose(job, { subject: job.subject, ...seen });
    return Object.freeze({
      id,
      target: job.subject.name,
      startedAt,
      durationMs,
      ...seen,
      ...(cause === undefined ? {} : { cause }),
      verdict,
    });
  }

  async #work({ job, probe, timeoutMs, deadline, phases, notes }: Run): Promise<void> {
    const { signal } = deadline;
    signal.throwIfAborted();
    const { clock } = this.#parts;
    const net = this.#parts.openNet({ signal, clock, phases, timeoutMs });
    const io: ProbeIo = {
      resolve: net.resolve,
      dialSmtp: (dial, dialNotes) => net.dialSmtp(dial, dialNotes),
      composeSeed: (options) => net.composeSeed(options),
      signal,
      clock,
      phases,
      memory: this.#memoryFor(job),
    };
    await probe.run(job.subject, job.options, io, notes);
  }

  /** A `judge` that throws is a defect of ours, and then nothing is known. */
  #judge(run: Run, evidence: Notes, fault: Fault | undefined): Judgement {
    const { probe, job } = run;
    try {
      const findings = probe.judge(evidence, job.options, fault, job.subject, this.#parts.clock.now());
      return { findings: plainCopy(findings), fault, verdict: verdictOf(findings, fault) };
    } catch (error) {
      this.#report(job, error);
      const where = fault === undefined ? "judge" : `judge, after ${fault.code}`;
      const defect = internalFault(where, error, fault?.phase ?? phaseOf(run));
      return { findings: Object.freeze([]), fault: plainCopy(defect), verdict: "unknown" };
    }
  }

  #diagnose(job: Job, what: Diagnosable): Cause | undefined {
    try {
      return plainCopy(this.#parts.diagnose(what));
    } catch (error) {
      this.#report(job, error);
      return undefined;
    }
  }

  /** The log of a defect must not become a second one. */
  #report(job: Job, error: unknown): void {
    try {
      this.#parts.onDefect?.(job, error);
    } catch {
      return;
    }
  }
}

/** The one function with four callers: the scheduler, `/probe`, the CLI and the tests. Never rejects. */
export function createObserver(parts: ObserverParts): Observe {
  const observer = new Observer(parts);
  return (job, options) => observer.observe(job, options);
}
