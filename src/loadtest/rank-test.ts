/** Whether two series of figures differ by more than chance. */
export interface RankTest {
  /** Two-sided. */
  readonly p: number;
  /** How many independent figures the shorter series is worth. */
  readonly effective: number;
}

/**
 * Mann-Whitney U with midranks for ties, in the normal approximation, of two series in the order of time.
 *
 * The test supposes independent figures, and those of neighbouring seconds are not: a queue that is long now is long in
 * a second. Taken as independent, they would make every slow wave of a relay a finding. So the variance of U is widened
 * by the autocorrelation time of the ranks (Geyer's initial positive sequence, and at least that of an AR(1) process
 * with its small-sample bias taken out), as if there were only `effective` figures. What a test within two runs can
 * never see is how much one run differs from the next for reasons of its own; repeat the runs to learn that.
 */
export function rankTest(before: readonly number[], after: readonly number[]): RankTest {
  const [n, m] = [before.length, after.length];
  if (n === 0 || m === 0) return { p: 1, effective: 0 };
  const { ranks, ties } = midranks([...before, ...after]);
  const [first, second] = [ranks.slice(0, n), ranks.slice(n)];
  const [timeBefore, timeAfter] = [autocorrelationTime(first), autocorrelationTime(second)];
  const effective = Math.min(n / timeBefore, m / timeAfter);
  const all = n + m;
  const u = first.reduce((sum, rank) => sum + rank, 0) - (n * (n + 1)) / 2;
  const independent = ((n * m) / 12) * (all + 1 - ties / (all * (all - 1)));
  if (independent <= 0) return { p: 1, effective };
  // The variance of the difference of two mean ranks, each of so many independent ones.
  const widened = (independent * (timeBefore / n + timeAfter / m)) / (1 / n + 1 / m);
  const z = Math.max(0, Math.abs(u - (n * m) / 2) - 0.5) / Math.sqrt(widened);
  return { p: Math.min(1, 2 * upperTail(z)), effective };
}

/** Ranks from 1, equal figures at the mean of theirs; `ties`: the sum of t³ - t over their groups. */
function midranks(values: readonly number[]): { readonly ranks: number[]; readonly ties: number } {
  const order = values.map((value, index) => ({ value, index })).sort((a, b) => a.value - b.value);
  const ranks = Array.from<number>({ length: values.length }).fill(0);
  let ties = 0;
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (to < order.length && order[to]?.value === order[from]?.value) to += 1;
    for (const { index } of order.slice(from, to)) ranks[index] = (from + 1 + to) / 2;
    ties += (to - from) ** 3 - (to - from);
    from = to;
  }
  return { ranks, ties };
}

/** How many neighbours are worth one independent figure: 1 for noise, never less. */
export function autocorrelationTime(series: readonly number[]): number {
  const n = series.length;
  const mean = series.reduce((sum, value) => sum + value, 0) / n;
  const deviations = series.map((value) => value - mean);
  const variance = deviations.reduce((sum, value) => sum + value ** 2, 0);
  if (n < 4 || variance === 0) return 1;
  const at = (lag: number): number => {
    let sum = 0;
    for (let index = lag; index < n; index += 1) {
      sum += (deviations[index] ?? 0) * (deviations[index - lag] ?? 0);
    }
    return sum / variance;
  };
  return Math.max(1, firstOrder(at(1), n), initialPositive(at, n));
}

/** Of an AR(1) process with this coefficient, its bias in short series taken out (Marriott and Pope, 1954). */
function firstOrder(coefficient: number, n: number): number {
  const noise = 1 / Math.sqrt(n);
  if (coefficient < noise) return 1;
  const unbiased = Math.min(0.98, coefficient + (1 + 3 * coefficient) / n);
  return (1 + unbiased) / (1 - unbiased);
}

/** Pairs of neighbouring lags are summed as long as they are positive: what comes after is noise (Geyer, 1992). */
function initialPositive(at: (lag: number) => number, n: number): number {
  let sum = 1 + 2 * at(1);
  for (let lag = 2; lag + 1 < n / 3; lag += 2) {
    const pair = at(lag) + at(lag + 1);
    if (pair <= 0) break;
    sum += 2 * pair;
  }
  return sum;
}

/** Share of the standard normal distribution above `z` (Abramowitz and Stegun 26.2.17; off by less than 1e-7). */
function upperTail(z: number): number {
  const t = 1 / (1 + 0.231_641_9 * z);
  const series =
    t *
    (0.319_381_53 + t * (-0.356_563_782 + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))));
  return (Math.exp(-(z ** 2) / 2) / Math.sqrt(2 * Math.PI)) * series;
}
