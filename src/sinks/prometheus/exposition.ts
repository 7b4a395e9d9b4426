import { setImmediate as nextTurn } from "node:timers/promises";
import { type Family, PREFIX, SUBJECT_FAMILIES, type SubjectFamily } from "./families.ts";
import type { SubjectRegistry } from "./subject-registry.ts";

/** Longest time in milliseconds that a scrape may hold the event loop: more would show up in what probes measure. */
const SLICE_MS = 5;

const FAMILIES = Object.entries<Family>(SUBJECT_FAMILIES) as [SubjectFamily, Family][];

/**
 * The text of all subjects, family by family as the format demands, each subject's part from its own registry. Lets
 * other work run in between, so that a scrape of thousands of targets does not delay the probes that are under way.
 */
export async function exposition(subjects: readonly SubjectRegistry[]): Promise<string> {
  await assemble(subjects);
  const parts: string[] = [];
  for (const [name, { help, type }] of FAMILIES) {
    const lines = await Promise.all(subjects.map((subject) => subject.lines(name)));
    const samples = lines.join("");
    if (samples !== "")
      parts.push(`# HELP ${PREFIX}${name} ${help}\n# TYPE ${PREFIX}${name} ${type}\n${samples}`);
    await nextTurn();
  }
  return parts.join("\n");
}

/** Renders what changed since the last scrape, in slices. */
async function assemble(subjects: readonly SubjectRegistry[]): Promise<void> {
  let sliceEnd = performance.now() + SLICE_MS;
  for (const subject of subjects) {
    for (const [name] of FAMILIES) {
      if (subject.isFresh(name)) continue;
      await subject.lines(name);
      if (performance.now() < sliceEnd) continue;
      await nextTurn();
      sliceEnd = performance.now() + SLICE_MS;
    }
  }
}
