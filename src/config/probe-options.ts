import { OptionsError, type Probe } from "../model/probe.ts";
import { type Complaint, wrong } from "./issues.ts";
import { nearest } from "./nearest.ts";
import { isBelow, type Path } from "./problem.ts";
import { unsay } from "./say.ts";
import { copyPlain, deleteAt, valueAt } from "./tree.ts";

/** Options as a probe takes them, and where each came from in the file. */
export interface OptionsInput {
  readonly input: Readonly<Record<string, unknown>>;
  readonly origin: (path: Path) => Path;
}

/** Each round takes one bad option away and asks the probe again, which tells of one at a time. */
const ROUNDS_MAX = 20;

/** Has the probe read its options, and says all that is wrong with them. */
export function readOptions(
  probe: Probe,
  { input, origin }: OptionsInput,
): { readonly options: unknown } | { readonly complaints: readonly Complaint[] } {
  const complaints: Complaint[] = [];
  const taken: Path[] = [];
  const rest = copyPlain(input);
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    try {
      const options = probe.parseOptions(rest);
      return complaints.length === 0 ? { options } : { complaints };
    } catch (error) {
      if (!(error instanceof OptionsError)) throw error;
      const value = valueAt(rest, error.path);
      // What an option around it lacks now was taken away here.
      if (!taken.some((path) => isBelow(path, error.path))) {
        complaints.push(optionComplaint(probe, error, origin(error.path), value));
      }
      if (value === undefined) break;
      taken.push(error.path);
      deleteAt(rest, error.path);
    }
  }
  return { complaints };
}

/** Kinds of values as zod names them, in the words of YAML's users. */
const KINDS: Readonly<Record<string, string>> = {
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  string: "text",
  array: "a list",
  object: "a mapping",
};

/** A probe says what an option must be; here it is said what is wrong first, as everywhere. */
function optionComplaint(probe: Probe, { message }: OptionsError, path: Path, value: unknown): Complaint {
  const { wrong: what, right } = unsay(message);
  if (what.startsWith("unknown option"))
    return wrong(path, what, `see the options of the ${probe.kind} probe`, "key");
  const must =
    /^(?:Invalid (?:input|option): expected (?<kind>.+?)(?:, received .*)?|Too (?:small|big): expected .+? to (?<size>(?:be|have) .+)|must (?<rest>.+))$/s.exec(
      what,
    )?.groups;
  if (must === undefined)
    return wrong(path, what, right === "" ? `see the options of the ${probe.kind} probe` : right);
  const { kind = "", size, rest = size ?? `be ${KINDS[kind] ?? kind}` } = must;
  const known = /^be one of:? (.*)$/.exec(rest)?.[1]?.split(", ") ?? [];
  const near = typeof value === "string" ? nearest(value, known) : undefined;
  const remedy = near === undefined ? `it must ${rest}` : `did you mean ${near}? Known: ${known.join(", ")}`;
  return { path, part: "value", message: "cannot be used here", remedy, quote: true };
}
