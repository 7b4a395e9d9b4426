/** Deeper than any notebook of a probe; a cycle ends here too. */
const MAX_DEPTH = 16;

/** Values in one copy. A notebook has some hundreds; what passes this is a mistake, and must not stop the daemon. */
const MAX_VALUES = 50_000;

/**
 * Copies of what nobody can change any more. The facts of a certificate come from a cache, the same frozen object at
 * every run: copied each time, they would make up a good part of what a run costs the engine.
 */
const constants = new WeakMap<object, unknown>();

interface Budget {
  left: number;
  /** Whether something was left out of the copy. */
  cut: boolean;
}

function copyArray(value: readonly unknown[], depth: number, budget: Budget): unknown {
  const copy: unknown[] = [];
  for (let index = 0; index < value.length; index += 1) {
    copy.push(copyValue(value[index], depth + 1, budget) ?? null);
  }
  return Object.freeze(copy);
}

function copyObject(value: object, depth: number, budget: Budget): unknown {
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const item = copyValue((value as Record<string, unknown>)[key], depth + 1, budget);
    if (item === undefined) continue;
    // A plain assignment to this one key would set the prototype of the copy.
    if (key === "__proto__") {
      Object.defineProperty(copy, key, { value: item, enumerable: true });
    } else copy[key] = item;
  }
  return Object.freeze(copy);
}

/** Whether a frozen object is all data, down to its last part: a getter could give another value each time. */
function isConstant(value: object): boolean {
  return Object.values(Object.getOwnPropertyDescriptors(value)).every(
    (property) => "value" in property && (!isObject(property.value) || constants.has(property.value)),
  );
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function copyObjectLike(value: object, depth: number, budget: Budget): unknown {
  if (depth > MAX_DEPTH) return leftOut("[nested too deep]", budget);
  try {
    if (value instanceof Uint8Array) return `[${value.byteLength} bytes]`;
    const { toJSON } = value as { readonly toJSON?: unknown };
    if (typeof toJSON === "function") return copyValue(toJSON.call(value), depth + 1, budget);
    return Object.isFrozen(value) ? copyFrozen(value, depth, budget) : copyParts(value, depth, budget);
  } catch {
    // A getter or a toJSON that throws: the rest of the notebook is still worth having.
    return "[unreadable]";
  }
}

function copyFrozen(value: object, depth: number, budget: Budget): unknown {
  const known = constants.get(value);
  if (known !== undefined) return known;
  const copy = copyParts(value, depth, budget);
  if (!budget.cut && isConstant(value)) constants.set(value, copy);
  return copy;
}

function copyParts(value: object, depth: number, budget: Budget): unknown {
  return Array.isArray(value) ? copyArray(value, depth, budget) : copyObject(value, depth, budget);
}

function leftOut(note: string, budget: Budget): string {
  budget.cut = true;
  return note;
}

/** `undefined` where JSON has no place for the value. */
function copyValue(value: unknown, depth: number, budget: Budget): unknown {
  budget.left -= 1;
  if (budget.left < 0) return leftOut("[too many values]", budget);
  if (typeof value === "string" || typeof value === "boolean" || value === null) return value;
  // JSON knows neither NaN nor infinity, and no negative zero.
  if (typeof value === "number") return Number.isFinite(value) ? value + 0 : null;
  if (typeof value === "object") return copyObjectLike(value, depth, budget);
  return typeof value === "bigint" ? value.toString() : undefined;
}

/**
 * A frozen copy that is equal to itself after a round trip through JSON. Objects with `toJSON` are replaced by what it
 * gives, so that a `Secret` that got into a notebook comes out as `[redacted]`; bytes by their number.
 */
export function plainCopy<T>(value: T): T {
  return copyValue(value, 0, { left: MAX_VALUES, cut: false }) as T;
}
