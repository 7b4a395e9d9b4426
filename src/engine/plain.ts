/** Deeper than any notebook of a probe; a cycle ends here too. */
const MAX_DEPTH = 16;

/** Values in one copy. A notebook has some hundreds; what passes this is a mistake, and must not stop the daemon. */
const MAX_VALUES = 50_000;

interface Budget {
  left: number;
}

function hasToJson(value: object): value is { toJSON(): unknown } {
  return "toJSON" in value && typeof value.toJSON === "function";
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

function copyObjectLike(value: object, depth: number, budget: Budget): unknown {
  if (depth > MAX_DEPTH) return "[nested too deep]";
  try {
    if (value instanceof Uint8Array) return `[${value.byteLength} bytes]`;
    if (hasToJson(value)) return copyValue(value.toJSON(), depth + 1, budget);
    if (Array.isArray(value)) {
      return Object.freeze(Array.from(value, (item) => copyValue(item, depth + 1, budget) ?? null));
    }
    return copyObject(value, depth, budget);
  } catch {
    // A getter or a toJSON that throws: the rest of the notebook is still worth having.
    return "[unreadable]";
  }
}

/** `undefined` where JSON has no place for the value. */
function copyValue(value: unknown, depth: number, budget: Budget): unknown {
  budget.left -= 1;
  if (budget.left < 0) return "[too many values]";
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
  return copyValue(value, 0, { left: MAX_VALUES }) as T;
}
