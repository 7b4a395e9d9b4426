import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, isAbsolute, join, resolve } from "node:path";
import { LoadtestError } from "./loadtest-error.ts";

/** What a scenario says of itself in its first JSDoc block. */
export interface Scenario {
  readonly name: string;
  readonly path: string;
  readonly summary: string;
  /** The rest of the text before the first tag. */
  readonly description: string;
  readonly parameters: readonly ScenarioParameter[];
  /** Share of 421 and 5xx at which the ramp guard stops it, where it differs from the usual one. */
  readonly maxRefusals?: number;
}

export interface ScenarioParameter {
  readonly name: string;
  /** "" without one. */
  readonly default: string;
  readonly text: string;
}

const SHIPPED = /^[a-z][a-z0-9-]*\.ts$/;

/** The scenarios that come with Mailgauge, by name. */
export function listScenarios(folder: string): readonly Scenario[] {
  return readdirSync(folder)
    .filter((file) => SHIPPED.test(file))
    .sort()
    .map((file) => readScenario(join(folder, file)));
}

/**
 * The scenario of this name, or the script at this path. `near` names the known word that was most likely meant. Throws
 * `LoadtestError` for what is neither.
 */
export function findScenario(
  given: string,
  folder: string,
  near: (word: string, known: readonly string[]) => string | undefined,
): Scenario {
  const isPath = given.includes("/") || /\.[cm]?[jt]s$/.test(given);
  if (isPath) return userScript(given);
  const shipped = join(folder, `${given}.ts`);
  if (/^[a-z][a-z0-9-]*$/.test(given) && existsSync(shipped)) return readScenario(shipped);
  const known = listScenarios(folder).map(({ name }) => name);
  const meant = near(given, known);
  throw new LoadtestError(
    `there is no scenario ${JSON.stringify(given)}${meant === undefined ? "" : `; did you mean ${meant}?`}`,
    `Scenarios: ${known.join(", ")}. A script of your own is named by its path, such as ./my-test.ts.`,
  );
}

function userScript(given: string): Scenario {
  const path = isAbsolute(given) ? given : resolve(given);
  if (!existsSync(path) || !statSync(path).isFile())
    throw new LoadtestError(`there is no script ${given}`, "Correct the path; it counts from this folder.");
  if (!/\.[cm]?[jt]s$/.test(path))
    throw new LoadtestError(`${given} is no script`, "Name a file that ends in .ts or .js.");
  return readScenario(path);
}

function readScenario(path: string): Scenario {
  return {
    name: basename(path).replace(/\.[cm]?[jt]s$/, ""),
    path,
    ...parseHeader(readFileSync(path, "utf8")),
  };
}

/** Parameters that every scenario of ours takes beside its own: the header of the file that reads them. */
export function commonParameters(folder: string): readonly ScenarioParameter[] {
  return readScenario(join(folder, "../lib/target.ts")).parameters;
}

/** Reads the first JSDoc block: a line of summary, text, then `@param NAME default - text` and `@max-refusals SHARE`. */
export function parseHeader(source: string): Omit<Scenario, "name" | "path"> {
  const block = /\/\*\*([^]*?)\*\//.exec(source)?.[1] ?? "";
  const text = block.replaceAll(/^[ \t]*\* ?/gm, "").trim();
  const [prose = "", ...tags] = text.split(/^@/m);
  const [summary = "", ...description] = prose.trim().split("\n");
  const parameters = tags.flatMap((tag) => {
    const match = /^param\s+([A-Z][A-Z0-9_]*)\s*([^]*)$/.exec(tag.trim().replaceAll(/\s*\n\s*/g, " "));
    if (match === null) return [];
    const [fallback = "", ...words] = ` ${match[2] ?? ""}`.split(" - ");
    return [{ name: match[1] ?? "", default: fallback.trim(), text: words.join(" - ").trim() }];
  });
  const share = tags
    .map((tag) => /^max-refusals\s+(\S+)/.exec(tag)?.[1])
    .find((value) => value !== undefined);
  return {
    summary: summary.trim(),
    description: description.join("\n").trim(),
    parameters,
    ...(share === undefined || !(Number(share) >= 0) ? {} : { maxRefusals: Number(share) }),
  };
}
