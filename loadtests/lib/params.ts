/**
 * The parameters of a scenario, read from the environment in the init context: a wrong value stops the run before the
 * first connection, with its name, what stood there and what would do.
 */

// oxlint-disable-next-line no-underscore-dangle -- the name that k6 gives it
declare const __ENV: Readonly<Record<string, string | undefined>>;

interface Limits {
  readonly min?: number;
  readonly max?: number;
}

/** The text of a parameter; undefined when it is not set, or empty. */
export function text(name: string): string | undefined {
  const given = __ENV[name];
  return given === undefined || given === "" ? undefined : given;
}

/** A list with commas between its entries. */
export function list(name: string, fallback: string): string[] {
  const entries = (text(name) ?? fallback).split(",").map((entry) => entry.trim());
  if (entries.some((entry) => entry === "")) throw wrong(name, "a list without empty entries", fallback);
  return entries;
}

export function choice<T extends string>(name: string, choices: readonly T[], fallback: T): T {
  const given = text(name) ?? fallback;
  const found = choices.find((one) => one === given);
  if (found === undefined) throw wrong(name, `one of ${choices.join(", ")}`, fallback);
  return found;
}

export function flag(name: string, fallback: "yes" | "no"): boolean {
  return choice(name, ["yes", "no"], fallback) === "yes";
}

/** A whole number. */
export function count(name: string, fallback: number, limits: Limits = {}): number {
  return optionalCount(name, limits, fallback) ?? fallback;
}

/** A whole number without a default: undefined when it is not set. */
export function optionalCount(name: string, limits: Limits = {}, example = 10): number | undefined {
  const given = text(name);
  if (given === undefined) return undefined;
  const { min = 1, max = Number.MAX_SAFE_INTEGER } = limits;
  const value = /^\d+$/.test(given) ? Number(given) : Number.NaN;
  if (!(value >= min && value <= max)) {
    const range = limits.max === undefined ? `of at least ${min}` : `from ${min} to ${max}`;
    throw wrong(name, `a whole number ${range}`, String(example));
  }
  return value;
}

/** Any number within the limits. */
export function number(name: string, fallback: number, limits: Limits = {}): number {
  const { min = 0, max = Number.MAX_SAFE_INTEGER } = limits;
  const given = text(name) ?? String(fallback);
  const value = /^\d+(\.\d+)?$/.test(given) ? Number(given) : Number.NaN;
  if (!(value >= min && value <= max)) throw wrong(name, `a number from ${min} to ${max}`, String(fallback));
  return value;
}

/** A part of the whole, from 0 to 1. */
export function share(name: string, fallback: number): number {
  return number(name, fallback, { max: 1 });
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600 };

/** A duration such as "30s", "1m30s" or "500ms", in seconds; more than zero. */
export function seconds(name: string, fallback: string): number {
  const given = text(name) ?? fallback;
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(given)) throw wrong(name, "a duration", fallback);
  const parts = given.match(/\d+(\.\d+)?(ms|s|m|h)/g) ?? [];
  const total = parts.reduce((sum, part) => {
    const unit = part.replace(/[\d.]+/, "");
    return sum + Number.parseFloat(part) * (UNIT_SECONDS[unit] ?? 0);
  }, 0);
  if (total <= 0) throw wrong(name, "a duration above zero", fallback);
  return total;
}

const UNIT_BYTES: Readonly<Record<string, number>> = {
  "": 1,
  B: 1,
  KB: 1e3,
  MB: 1e6,
  KiB: 1024,
  MiB: 1048576,
};

/** A number of bytes such as "1KB" (1,000), "64KiB" or "300". */
export function bytes(name: string, fallback: string): number {
  return parseBytes(text(name) ?? fallback) ?? fail(wrong(name, "a size", fallback));
}

/** Sizes with commas between them. */
export function sizes(name: string, fallback: string): { label: string; bytes: number }[] {
  return list(name, fallback).map((label) => ({
    label,
    bytes: parseBytes(label) ?? fail(wrong(name, "a list of sizes", fallback)),
  }));
}

/** Whole numbers with commas between them. */
export function counts(name: string, fallback: string, limits: Required<Limits>): number[] {
  return list(name, fallback).map((entry) => {
    const value = /^\d+$/.test(entry) ? Number(entry) : Number.NaN;
    if (value >= limits.min && value <= limits.max) return value;
    throw wrong(name, `a list of whole numbers from ${limits.min} to ${limits.max}`, fallback);
  });
}

function parseBytes(given: string): number | undefined {
  const unit = given.replace(/^\d+(\.\d+)?/, "");
  const factor = UNIT_BYTES[unit];
  const value = Number.parseFloat(given);
  return factor === undefined || !(value > 0) ? undefined : Math.round(value * factor);
}

/** The error of a wrong value; `example` is a right one. Secrets never come through here. */
export function wrong(name: string, wanted: string, example: string): Error {
  const given = text(name);
  const got = given === undefined ? "it is not set" : `got ${JSON.stringify(given)}`;
  return new Error(`${name}: ${wanted} is wanted, such as ${example}; ${got}`);
}

function fail(error: Error): never {
  throw error;
}
