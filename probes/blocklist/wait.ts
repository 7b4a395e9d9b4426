/** Whether a signal was aborted by a deadline, and not by somebody who lost interest. */
export function isDeadline(signal: AbortSignal): boolean {
  const reason: unknown = signal.reason;
  return signal.aborted && reason instanceof Error && reason.name === "TimeoutError";
}

/**
 * Waits for work that belongs to somebody else: resolves when it settles, however it does, and rejects when our own
 * signal aborts. The work goes on either way: it is not ours to cancel.
 */
export async function untilAborted(work: Promise<unknown>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    // The reason of an AbortSignal is what the caller gave, of any type.
    const onAbort = (): void => reject(signal.reason as Error);
    const settle = (): void => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    };
    signal.addEventListener("abort", onAbort, { once: true });
    work.then(settle, settle);
  });
}
