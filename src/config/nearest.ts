/** Edits (insert, delete, replace, swap of neighbours) from `a` to `b`: optimal string alignment. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1);
      }
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}

/** Spelling that does not count: `minVersion`, `min-version` and `min_version` are one. */
function plain(word: string): string {
  return word.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
}

/**
 * The known word that the user most likely meant, if one is near enough to be worth naming: a third of the letters
 * may be wrong, or the one is the start of the other (`user` for `username`).
 */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const wanted = plain(word).slice(0, 64);
  if (wanted === "") return undefined;
  let best: string | undefined;
  let bestScore = Number.POSITIVE_INFINITY;
  for (const candidate of known) {
    const have = plain(candidate);
    const distance = editDistance(wanted, have);
    const prefix =
      Math.min(wanted.length, have.length) >= 3 && (have.startsWith(wanted) || wanted.startsWith(have));
    const allowed = Math.max(1, Math.floor(Math.max(wanted.length, have.length) / 3));
    const score = distance <= allowed ? distance : prefix ? allowed + 1 : Number.POSITIVE_INFINITY;
    if (score < bestScore) {
      best = candidate;
      bestScore = score;
    }
  }
  return best;
}
