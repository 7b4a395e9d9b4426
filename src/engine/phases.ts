import type { FaultCode, PhaseName } from "../model/codes.ts";
import type { Phase } from "../model/observation.ts";
import type { Clock, PhaseRecorder } from "../model/probe.ts";
import type { TranscriptLine } from "../model/smtp.ts";

/** A recorder, and what only the engine may do with it. */
export interface PhaseBook extends PhaseRecorder {
  /** The phase begun last among those open; else the one begun last; absent when there was none. */
  current(): PhaseName | undefined;
  /** Ends what is still open with `outcome` and takes no more entries. The phases in the order of their begin. */
  seal(outcome: "ok" | FaultCode): readonly Phase[];
}

interface Entry {
  readonly name: PhaseName;
  readonly n: number;
  readonly startMs: number;
  durationMs: number;
  outcome: "ok" | FaultCode | undefined;
}

/** Microseconds are as fine as a socket's times mean anything; more digits would only swell the JSON. */
function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}

function frozenPhase({ name, n, startMs, durationMs, outcome }: Entry): Phase {
  const phase = { name, startMs, durationMs, outcome: outcome ?? "ok" };
  return Object.freeze(n === 1 ? phase : { ...phase, n });
}

export function openPhases(clock: Clock, onLine?: (line: TranscriptLine) => void): PhaseBook {
  const origin = clock.monotonic();
  const entries: Entry[] = [];
  let sealed = false;

  const elapsed = (): number => rounded(clock.monotonic() - origin);
  /** Only the first end counts: a `finally` may close what the error path has closed already. */
  const end = (entry: Entry, outcome: "ok" | FaultCode): void => {
    if (sealed || entry.outcome !== undefined) return;
    entry.outcome = outcome;
    entry.durationMs = rounded(elapsed() - entry.startMs);
  };

  return {
    elapsed,
    begin(name) {
      const n = entries.reduce((count, entry) => (entry.name === name ? count + 1 : count), 1);
      const entry: Entry = { name, n, startMs: elapsed(), durationMs: 0, outcome: undefined };
      if (!sealed) entries.push(entry);
      return (outcome = "ok") => end(entry, outcome);
    },
    say(side, text) {
      if (!sealed) onLine?.({ atMs: elapsed(), side, text });
    },
    current() {
      return (entries.findLast((entry) => entry.outcome === undefined) ?? entries.at(-1))?.name;
    },
    seal(outcome) {
      for (const entry of entries) end(entry, outcome);
      sealed = true;
      return Object.freeze(entries.map(frozenPhase));
    },
  };
}
