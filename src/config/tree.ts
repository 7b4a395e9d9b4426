import type { Path } from "./problem.ts";

/** More values than any configuration needs, few enough to check in a second. */
const VALUES_MAX = 200_000;
const DEPTH_MAX = 32;

/** A tree that is too large or too deep: aliases that multiply each other, or that hold themselves. */
export class TreeLimitError extends Error {
  readonly path: Path;
  readonly remedy: string;

  constructor(message: string, remedy: string, path: Path) {
    super(message);
    this.name = "TreeLimitError";
    this.path = path;
    this.remedy = remedy;
  }
}

/** A copy in which nothing is shared, so that a part of it can be changed alone. Throws `TreeLimitError`. */
export function copyTree(value: unknown): unknown {
  let count = 0;
  const copy = (value: unknown, path: Path): unknown => {
    count += 1;
    if (count > VALUES_MAX) {
      throw new TreeLimitError(
        `aliases expand to more than ${VALUES_MAX} values`,
        "write fewer of them",
        path.slice(0, 4),
      );
    }
    if (path.length > DEPTH_MAX) {
      throw new TreeLimitError(
        `values are nested more than ${DEPTH_MAX} deep`,
        "nest them less",
        path.slice(0, 4),
      );
    }
    if (Array.isArray(value)) return value.map((item, i) => copy(item, [...path, i]));
    if (typeof value !== "object" || value === null) return value;
    // Without a prototype, so that a key `__proto__` is a key like any other.
    const result: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
    for (const [key, item] of Object.entries(value)) result[key] = copy(item, [...path, key]);
    return result;
  };
  return copy(value, []);
}

/** The value at a path; `undefined` when there is none. */
export function valueAt(tree: unknown, path: Path): unknown {
  let value = tree;
  for (const step of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string | number, unknown>)[step];
  }
  return value;
}

/** Deletes the entry at a path; of a list, the item with its place. */
export function deleteAt(tree: unknown, path: Path): void {
  const parent = valueAt(tree, path.slice(0, -1));
  const last = path.at(-1);
  if (Array.isArray(parent) && typeof last === "number") parent.splice(last, 1);
  else if (typeof parent === "object" && parent !== null && last !== undefined) {
    delete (parent as Record<string | number, unknown>)[last];
  }
}

/** A copy of mappings and lists in which instances of classes, such as secrets, stay what they are. */
export function copyPlain(value: object): Record<string, unknown> {
  const copy = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(copy);
    if (typeof value !== "object" || value === null) return value;
    const prototype: unknown = Object.getPrototypeOf(value);
    return prototype === Object.prototype || prototype === null ? copyPlain(value) : value;
  };
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copy(item)]));
}

/** Puts a value at a path whose parents exist. */
export function setAt(tree: unknown, path: Path, value: unknown): void {
  const parent = valueAt(tree, path.slice(0, -1));
  const last = path.at(-1);
  if (typeof parent !== "object" || parent === null || last === undefined) return;
  (parent as Record<string | number, unknown>)[last] = value;
}
