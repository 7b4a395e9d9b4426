import type { Timers } from "./clock.ts";

/**
 * How long a run may take to notice that its signal has aborted. Closing a socket takes no time; what needs longer
 * than this has not listened.
 */
const GRACE_MS = 250;

/** What ended a run from outside: its deadline, or its caller. */
export type EarlyEnd = "timeout" | "aborted";

/** The one deadline of one observation. */
export interface Deadline {
  /** Aborts at the deadline (`TimeoutError`), when the caller aborts, and at the end of the run (`AbortError`). */
  readonly signal: AbortSignal;
  /** Absent as long as neither the deadline nor the caller has ended the run. */
  readonly early: EarlyEnd | undefined;
  /** Calls `fn` when the grace after an early end is over and the run has still not settled. */
  onCut(fn: () => void): void;
  /** The run is over: frees timer and listener, and aborts the signal so that nothing outlives the run. */
  close(): void;
}

/** An error that reads like the `DOMException` of that name, which costs more to make. */
function endError(name: "TimeoutError" | "AbortError", message: string): Error {
  const error = new Error(message);
  error.name = name;
  return error;
}

const RUN_IS_OVER = endError("AbortError", "The run is over");

export function openDeadline(timeoutMs: number, outer: AbortSignal | undefined, timers: Timers): Deadline {
  const controller = new AbortController();
  let early: EarlyEnd | undefined;
  let cut: (() => void) | undefined;
  let timer = timers.set(
    () => end("timeout", endError("TimeoutError", `Not finished within ${timeoutMs} ms`)),
    timeoutMs,
  );

  function end(how: EarlyEnd, reason: Error): void {
    if (early !== undefined) return;
    early = how;
    timers.clear(timer);
    timer = timers.set(() => cut?.(), GRACE_MS);
    controller.abort(reason);
  }
  const onOuterAbort = (): void => end("aborted", endError("AbortError", "Aborted by the caller"));
  if (outer?.aborted === true) onOuterAbort();
  else outer?.addEventListener("abort", onOuterAbort, { once: true });

  return {
    signal: controller.signal,
    get early() {
      return early;
    },
    onCut(fn) {
      cut = fn;
    },
    close() {
      timers.clear(timer);
      cut = undefined;
      outer?.removeEventListener("abort", onOuterAbort);
      controller.abort(RUN_IS_OVER);
    },
  };
}
