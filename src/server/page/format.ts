const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A span of time in its largest unit: `now`, `12 s`, `4 min`, `3 h`, `2 days`. */
export function span(ms: number): string {
  const size = Math.abs(ms);
  if (size < SECOND) return "now";
  if (size < MINUTE) return `${Math.floor(size / SECOND)} s`;
  if (size < HOUR) return `${Math.floor(size / MINUTE)} min`;
  if (size < DAY) return `${Math.floor(size / HOUR)} h`;
  const days = Math.floor(size / DAY);
  return days === 1 ? "1 day" : `${days} days`;
}

/** `12 s ago`, or `now`; a clock that was set back does not show as the future. */
export function ago(at: number, now: number): string {
  const text = span(Math.max(0, now - at));
  return text === "now" ? text : `${text} ago`;
}

/** `in 48 s`, or `now` when it is due. */
export function until(at: number, now: number): string {
  const text = span(Math.max(0, at - now));
  return text === "now" ? text : `in ${text}`;
}

/** `2026-11-22 14:03:07 UTC`. */
export function utc(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** `14:03:07`, in UTC. */
export function clock(at: number): string {
  return new Date(at).toISOString().slice(11, 19);
}

/** `1 check`, `2 checks`. */
export function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? "" : "s"}`;
}

/** `expires in 62 days (2026-11-22)` or `expired 3 days ago (…)`. */
export function expiry(notAfter: number, now: number): string {
  const date = new Date(notAfter).toISOString().slice(0, 10);
  const text = span(notAfter - now);
  return notAfter >= now ? `expires in ${text} (${date})` : `expired ${text} ago (${date})`;
}
