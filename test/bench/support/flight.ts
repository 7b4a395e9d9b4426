/** Runs `task` for each number below `count`, `inFlight` at a time. */
export async function keepInFlight(
  count: number,
  inFlight: number,
  task: (index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) {
      const index = next;
      next += 1;
      await task(index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(inFlight, count) }, lane));
}

/** Starts `task` for each number below `count`, one every `everyMs`, whether or not those before have ended. */
export async function keepPace(
  count: number,
  everyMs: number,
  task: (index: number) => Promise<void>,
): Promise<void> {
  const begin = performance.now();
  const tasks: Promise<void>[] = [];
  for (let index = 0; index < count; index += 1) {
    const wait = begin + index * everyMs - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    tasks.push(task(index));
  }
  await Promise.all(tasks);
}
