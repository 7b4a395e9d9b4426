import { nearest } from "./nearest.ts";
import type { Problem } from "./problem.ts";
import { readConfigFile } from "./read-file.ts";
import { readSource, type Source } from "./source.ts";
import type { ReadFile } from "./outside.ts";

export type LoadProfileResult =
  | { readonly ok: true; readonly parameters: Readonly<Record<string, string>> }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * A load profile: the parameters of a load test in a file (YAML, or JSON), such as `{ RATE: 200, DURATION: 5m }`. Names
 * may be written as the options are (`max-vus` is `MAX_VUS`); `known` are those that the scenario takes, or nothing for a
 * script of which nobody knows. Every problem at once, with its position.
 */
export function loadProfile(path: string, known: readonly string[], readFile?: ReadFile): LoadProfileResult {
  const file = readConfigFile(path, readFile);
  if ("problem" in file) return { ok: false, problems: [file.problem] };
  const source = readSource(file.text, path);
  if (source.problems.length > 0) return { ok: false, problems: source.problems };
  const { values } = source;
  if (typeof values !== "object" || values === null || Array.isArray(values)) {
    const remedy = "write parameters and values, such as { RATE: 200, DURATION: 5m }";
    return { ok: false, problems: [problemAt(source, [], "value", "is not a mapping", remedy)] };
  }
  return readEntries(source, values as Readonly<Record<string, unknown>>, known);
}

function readEntries(
  source: Source,
  values: Readonly<Record<string, unknown>>,
  known: readonly string[],
): LoadProfileResult {
  const problems: Problem[] = [];
  const parameters: Record<string, string> = {};
  for (const [key, value] of Object.entries(values)) {
    const name = key.toUpperCase().replaceAll("-", "_");
    if (parameters[name] !== undefined) {
      problems.push(problemAt(source, [key], "key", `is ${name} once more`, "keep one of them"));
    } else if (known.length > 0 && !known.includes(name)) {
      const near = nearest(name, known);
      const remedy = near === undefined ? `known here: ${known.join(", ")}` : `did you mean ${near}?`;
      problems.push(problemAt(source, [key], "key", "is no parameter of the scenario", remedy));
    } else if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
      parameters[name] = typeof value === "boolean" ? (value ? "yes" : "no") : String(value);
    } else {
      problems.push(problemAt(source, [key], "value", "is not one value", "write a number or a text"));
    }
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, parameters };
}

function problemAt(
  source: Source,
  path: readonly string[],
  part: "key" | "value",
  message: string,
  remedy: string,
): Problem {
  return { file: source.file, ...source.position(path, part), path: path.join("."), message, remedy };
}
