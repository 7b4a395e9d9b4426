/** Time that the answer needs on its way back, as in blackbox_exporter. */
const OFFSET_SECONDS = 0.5;

/**
 * Deadline in milliseconds of a run for a scrape: the job's own timeout, or the scraper's less half a second when that
 * is shorter. `undefined` when the header is no number of seconds above zero.
 */
export function probeTimeoutMs(header: string | undefined, jobTimeoutMs: number): number | undefined {
  if (header === undefined || header === "") return jobTimeoutMs;
  const seconds = Number(header);
  if (!Number.isFinite(seconds) || seconds <= 0) return undefined;
  // Half of a second or less leaves nothing after the offset; half of it still leaves time to answer.
  const available = seconds > 2 * OFFSET_SECONDS ? seconds - OFFSET_SECONDS : seconds / 2;
  return Math.max(1, Math.floor(Math.min(jobTimeoutMs, available * 1000)));
}
