/** Jobs whose latest start is remembered; all are forgotten past that, at the price of a repeated id at worst. */
const MAX_KNOWN_STARTS = 50_000;

/** Ids of observations: `job@time`, with a number behind it when the clock gives one job a time twice. */
export function createIds(): (jobId: string, startedAt: number) => string {
  const latest = new Map<string, number>();
  let repeats = 0;
  return (jobId, startedAt) => {
    if (startedAt > (latest.get(jobId) ?? Number.NEGATIVE_INFINITY)) {
      if (latest.size >= MAX_KNOWN_STARTS) latest.clear();
      latest.set(jobId, startedAt);
      return `${jobId}@${startedAt}`;
    }
    repeats += 1;
    return `${jobId}@${startedAt}.${repeats}`;
  };
}
