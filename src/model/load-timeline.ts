import { LOAD_OUTCOMES, type LoadInterval, type OutcomeCounts } from "./load-run.ts";

/** Messages of every outcome. */
export function messagesOf(counts: OutcomeCounts): number {
  return LOAD_OUTCOMES.reduce((sum, outcome) => sum + counts[outcome], 0);
}

/**
 * The intervals of all scenarios in the order of time, those that ended together made one: counts are added, `max` is
 * the highest, quantiles are the means of theirs, weighted by messages. CPU is that of the whole process and stands in
 * each of them, hence the largest.
 */
export function timelineOf(intervals: readonly LoadInterval[]): LoadInterval[] {
  const groups = [...Map.groupBy(intervals, ({ at }) => at)].sort(([a], [b]) => a - b);
  return groups.map(([at, group]) => {
    const seconds = Math.max(...group.map((each) => each.seconds));
    return { ...joined(group), at, seconds, cpu: Math.max(...group.map((each) => each.cpu)) };
  });
}

/** The rest of a second at the end goes to the one before: a handful of messages in it looks like a rate of hundreds. */
function withoutRest(timeline: readonly LoadInterval[]): LoadInterval[] {
  const [before, last] = timeline.slice(-2);
  if (before === undefined || last === undefined || last.seconds >= before.seconds / 2) return [...timeline];
  return [...timeline.slice(0, -2), inTurn([before, last])];
}

/** One interval in place of several that follow each other. */
function inTurn(group: readonly LoadInterval[]): LoadInterval {
  const sum = (of: (each: LoadInterval) => number): number =>
    group.reduce((total, each) => total + of(each), 0);
  return {
    ...joined(group),
    seconds: sum(({ seconds }) => seconds),
    cpu: sum(({ cpu }) => cpu),
    vus: Math.max(...group.map(({ vus }) => vus)),
  };
}

/** One interval in place of several that follow each other: at most `most` of them, all of about one length. */
export function thinned(all: readonly LoadInterval[], most: number): LoadInterval[] {
  const timeline = withoutRest(all);
  const size = Math.ceil(timeline.length / most);
  if (size <= 1) return timeline;
  const out: LoadInterval[] = [];
  for (let from = 0; from < timeline.length; from += size) {
    out.push(inTurn(timeline.slice(from, from + size)));
  }
  return out;
}

function joined(group: readonly LoadInterval[]): LoadInterval {
  const [first] = group;
  const last = group.at(-1);
  if (first === undefined || last === undefined) throw new RangeError("no intervals to join");
  if (group.length === 1) return first;
  const sum = (of: (each: LoadInterval) => number): number =>
    group.reduce((total, each) => total + of(each), 0);
  const counts = LOAD_OUTCOMES.map((outcome) => [outcome, sum(({ messages }) => messages[outcome])] as const);
  const highest = group.reduce<number | undefined>(
    (most, { max }) => (max === undefined ? most : Math.max(most ?? 0, max)),
    undefined,
  );
  return {
    at: last.at,
    seconds: last.seconds,
    scenario: first.scenario,
    vus: sum(({ vus }) => vus),
    dropped: sum(({ dropped }) => dropped),
    messages: Object.fromEntries(counts) as OutcomeCounts,
    refusals: sum(({ refusals }) => refusals),
    errors: sum(({ errors }) => errors),
    cpu: last.cpu,
    ...busyOf(group),
    ...meanOf(group, "p50"),
    ...meanOf(group, "p95"),
    ...meanOf(group, "p99"),
    ...(highest === undefined ? {} : { max: highest }),
  };
}

function busyOf(group: readonly LoadInterval[]): { busy?: number } {
  let total = 0;
  let weights = 0;
  for (const { busy, seconds } of group) {
    if (busy === undefined) continue;
    weights += seconds;
    total += seconds * busy;
  }
  return weights === 0 ? {} : { busy: total / weights };
}

function meanOf(
  group: readonly LoadInterval[],
  key: "p50" | "p95" | "p99",
): Partial<Record<typeof key, number>> {
  let weights = 0;
  let total = 0;
  for (const { [key]: value, messages } of group) {
    if (value === undefined) continue;
    const weight = Math.max(1, messagesOf(messages));
    weights += weight;
    total += weight * value;
  }
  return weights === 0 ? {} : { [key]: total / weights };
}
