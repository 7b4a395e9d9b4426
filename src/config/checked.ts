import type { Complaint, Presence } from "./issues.ts";
import { complaintsOf } from "./issues.ts";
import { formatPath, type Path, type Problem } from "./problem.ts";
import { findReferences, type Reference } from "./references.ts";
import { configSchema, type Settings } from "./schema/index.ts";
import type { Source } from "./source.ts";
import { deleteAt, setAt, valueAt } from "./tree.ts";

/** Longer values are cut in messages. */
const SHOWN_MAX = 60;
/** Each round takes away what the one before found; what a missing part takes with it needs a few. */
const ROUNDS_MAX = 12;

/**
 * Right values that take the place of wrong ones which an entry cannot do without, so that its other keys are still
 * checked in the same pass. They never leave the check: a file with a problem gives no configuration.
 */
const STAND_INS: Readonly<Record<string, (i: number) => string>> = {
  "relays.name": (i) => `stand-in-${i}`,
  "relays.url": () => "smtp://stand-in.invalid",
  "domains.name": (i) => `stand-in-${i}.invalid`,
  "addresses.address": (i) => `stand-in-${i}.invalid`,
  "mailboxes.name": (i) => `stand-in-${i}`,
  "mailboxes.address": () => "stand-in@stand-in.invalid",
  "mailboxes.url": () => "imaps://stand-in.invalid",
  "routes.name": (i) => `stand-in-${i}`,
  "routes.relay": () => "stand-in",
  "routes.mailbox": () => "stand-in",
};

function standInFor(path: Path): string | undefined {
  const [section, i, key] = path;
  if (path.length !== 3 || typeof i !== "number") return undefined;
  return STAND_INS[`${section}.${key}`]?.(i);
}

/** A file under check: what is left of it when all that is wrong is taken away, and what was wrong. */
export class Checked {
  readonly source: Source;
  readonly #problems: Problem[] = [];
  /** Paths in the file at or below which something was wrong. */
  readonly #spoilt = new Set<string>();
  /** Of a list from which items were taken: where the others stood. */
  readonly #origins = new WeakMap<object, number[]>();
  readonly #fetched = new Map<string, readonly [Path, Reference]>();
  /** What is left; without prototype, nothing shared. */
  readonly #values: unknown;

  constructor(source: Source, values: unknown) {
    this.source = source;
    this.#values = values;
  }

  get problems(): readonly Problem[] {
    return this.#problems;
  }

  /** Applies the schema, and again to what is left, until nothing is wrong with the rest. */
  settle(): Settings | undefined {
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      const result = configSchema.safeParse(this.#values);
      if (result.success) return result.data;
      const complaints = complaintsOf(result.error.issues, (path) => this.#presence(path));
      // What follows from a part that an earlier round took away need not be said.
      const around = new Set(complaints.flatMap(({ path }) => outwards(path.slice(0, -1))));
      const news = complaints.filter(({ path }) => !this.isSpoilt(path) && !around.has(formatPath(path)));
      for (const complaint of news) this.complain(complaint);
      if (!this.#takeAway(complaints.map(({ path }) => path))) return undefined;
    }
    return undefined;
  }

  /** Puts the values in that stand elsewhere. `fetch` gives the text, or what is wrong. */
  fill(
    settings: Settings,
    fetch: (reference: Reference) => { text: string } | { message: string; remedy: string },
  ): void {
    const missing: Path[] = [];
    for (const [path, reference] of findReferences(settings)) {
      const answer = fetch(reference);
      if ("text" in answer) {
        setAt(this.#values, path, answer.text);
        const place = this.#inFile(path);
        this.#fetched.set(formatPath(place), [place, reference]);
      } else {
        this.complain({ path: [...path, reference.source], part: "value", ...answer });
        missing.push(path);
      }
    }
    this.#takeAway(missing);
  }

  /** Adds a problem, at a path of what is left. */
  complain(complaint: Complaint): void {
    const path = this.#inFile(complaint.path);
    for (const place of outwards(path)) this.#spoilt.add(place);
    this.#problems.push({
      file: this.source.file,
      ...this.source.position(path, complaint.part),
      path: formatPath(path),
      message: `${complaint.quote === true ? this.#quoted(complaint.path) : ""}${complaint.message}`,
      remedy: complaint.remedy,
    });
  }

  /** Whether something was wrong there or below, so that what follows from it need not be said. */
  isSpoilt(path: Path): boolean {
    return this.#spoilt.has(formatPath(this.#inFile(path)));
  }

  /** What was fetched, by its path in the file. */
  references(): Iterable<readonly [Path, Reference]> {
    return this.#fetched.values();
  }

  /** Whether the file has a value there. */
  has(path: Path): boolean {
    return valueAt(this.source.values, this.#inFile(path)) !== undefined;
  }

  /** Names as the file gives them in a list, of entries with other faults too. */
  namesIn(section: string): string[] {
    const list = valueAt(this.source.values, [section]);
    if (!Array.isArray(list)) return [];
    return list.map((entry: unknown) => valueAt(entry, ["name"])).filter((name) => typeof name === "string");
  }

  #presence(path: Path): Presence {
    const value = valueAt(this.#values, path);
    return value === undefined ? "absent" : value === null ? "empty" : "present";
  }

  /** The value as messages may show it, with a space behind; empty when it may not be shown. */
  #quoted(path: Path): string {
    const reference = this.#fetched.get(formatPath(this.#inFile(path)))?.[1];
    // What comes from elsewhere may be a secret in the wrong place.
    if (reference !== undefined) return `${reference.toString()} `;
    const value = valueAt(this.#values, path);
    if (path.some(isSecretKey) || path.at(-1) === "auth" || typeof value === "object" || value === undefined)
      return "";
    // A user name and password before a host, with or without a scheme.
    if (typeof value === "string" && /:.*@/s.test(value)) return path.at(-1) === "url" ? "the URL " : "";
    const text = JSON.stringify(value);
    return `${text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text} `;
  }

  /** The path in the file of a path in what is left. */
  #inFile(path: Path): Path {
    let value = this.#values;
    return path.map((step) => {
      const origin = typeof value === "object" && value !== null ? this.#origins.get(value) : undefined;
      const result = typeof step === "number" ? (origin?.[step] ?? step) : step;
      value = valueAt(value, [step]);
      return result;
    });
  }

  /** Deletes each path, or where a part is missing, what needed it. False when nothing is left to delete. */
  #takeAway(paths: readonly Path[]): boolean {
    const targets = new Map<string, Path>();
    for (const path of paths) {
      const standIn = standInFor(path);
      if (standIn !== undefined) {
        setAt(this.#values, path, standIn);
        continue;
      }
      let target = path;
      while (target.length > 0 && valueAt(this.#values, target) === undefined) target = target.slice(0, -1);
      if (target.length === 0) return false;
      targets.set(JSON.stringify(target), target);
    }
    // From the back, so that the places of the items in front stay true.
    for (const path of [...targets.values()].sort((a, b) => comparePaths(b, a))) this.#delete(path);
    return true;
  }

  #delete(path: Path): void {
    const parent = valueAt(this.#values, path.slice(0, -1));
    const last = path.at(-1);
    if (Array.isArray(parent) && typeof last === "number") {
      const origin = this.#origins.get(parent) ?? parent.map((_, i) => i);
      origin.splice(last, 1);
      this.#origins.set(parent, origin);
    }
    deleteAt(this.#values, path);
  }
}

function isSecretKey(key: string | number | undefined): boolean {
  return key === "password" || key === "access_token" || key === "key" || key === "username";
}

function comparePaths(a: Path, b: Path): number {
  for (const [i, step] of a.entries()) {
    const other = b[i];
    if (other === undefined) return 1;
    if (step === other) continue;
    if (typeof step === "number" && typeof other === "number") return step - other;
    return String(step) < String(other) ? -1 : 1;
  }
  return a.length - b.length;
}

/** A path and every one around it, the file itself left out. */
function outwards(path: Path): string[] {
  return path.map((_, i) => formatPath(path.slice(0, i + 1)));
}
