const PERIOD_MS = 5;

/**
 * How late the timers of this process are while `act` goes on elsewhere, milliseconds: what the machine itself, busy
 * with other things, adds to every time that anybody measures on it.
 */
export async function withLateness<T>(
  act: () => Promise<T>,
): Promise<{ readonly result: T; readonly lateMs: readonly number[] }> {
  const lateMs: number[] = [];
  let due = performance.now() + PERIOD_MS;
  const timer = setInterval(() => {
    const now = performance.now();
    lateMs.push(Math.max(0, now - due));
    due = now + PERIOD_MS;
  }, PERIOD_MS);
  try {
    return { result: await act(), lateMs };
  } finally {
    clearInterval(timer);
  }
}
