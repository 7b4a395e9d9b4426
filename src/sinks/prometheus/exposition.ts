import { setImmediate as nextTurn } from "node:timers/promises";
import { type Family, PREFIX, SUBJECT_FAMILIES, type SubjectFamily } from "./families.ts";
import type { SubjectRegistry } from "./subject-registry.ts";

/** Longest time in milliseconds that a scrape may hold the event loop: more would show up in what probes measure. */
const SLICE_MS = 5;

/** Characters of one piece: small enough to encode in a fraction of a millisecond. */
const PIECE_CHARS = 128 * 1024;

const FAMILIES = Object.entries<Family>(SUBJECT_FAMILIES) as [SubjectFamily, Family][];

/**
 * The text of all subjects in pieces, family by family as the format demands, each subject's part from its own
 * registry. Lets other work run in between, so that a scrape of thousands of targets does not delay the probes that
 * are under way: tens of megabytes take half a second, but never more than a few milliseconds at a stretch.
 */
export async function* exposition(subjects: readonly SubjectRegistry[]): AsyncGenerator<string> {
  let sliceEnd = performance.now() + SLICE_MS;
  let piece = "";
  for (const [name, { help, type }] of FAMILIES) {
    let isOpen = false;
    for (const subject of subjects) {
      const lines = subject.lines(name);
      if (lines === "") continue;
      if (!isOpen) piece += `# HELP ${PREFIX}${name} ${help}\n# TYPE ${PREFIX}${name} ${type}\n`;
      isOpen = true;
      piece += lines;
      if (piece.length >= PIECE_CHARS) {
        yield piece;
        piece = "";
      }
      if (performance.now() < sliceEnd) continue;
      await nextTurn();
      sliceEnd = performance.now() + SLICE_MS;
    }
    if (isOpen) piece += "\n";
  }
  if (piece !== "") yield piece;
}
