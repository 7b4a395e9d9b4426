import type * as z from "zod";
import { nearest } from "./nearest.ts";
import type { Path } from "./problem.ts";
import { unsay } from "./say.ts";

/** A problem whose place is still a path. */
export interface Complaint {
  readonly path: Path;
  /** Which half of the entry to point at. */
  readonly part: "key" | "value";
  readonly message: string;
  readonly remedy: string;
}

type Issue = z.core.$ZodIssue;

/**
 * What the schema found, as sentences. `show` gives the value at a path as it may be shown: a secret, or what came
 * from elsewhere, is never quoted.
 */
export function complaintsOf(issues: readonly Issue[], show: (path: Path) => Shown): Complaint[] {
  return issues.flatMap((issue) => complaintOf(issue, [], show));
}

export type Shown =
  | { readonly kind: "absent" }
  /** The key stands there, without a value. */
  | { readonly kind: "empty" }
  | { readonly kind: "value"; readonly text: string };

function complaintOf(issue: Issue, prefix: Path, show: (path: Path) => Shown): Complaint[] {
  const path = [...prefix, ...(issue.path as Path)];
  if (issue.code === "unrecognized_keys") {
    const known = issue.message.split(" ");
    return issue.keys.map((key) => unknownKey([...path, key], key, known));
  }
  if (issue.code === "invalid_union") {
    const branch = issue.errors.find((branch) => !isOtherKind(branch)) ?? issue.errors[0] ?? [];
    return branch.flatMap((inner) => complaintOf(inner, path, show));
  }
  if (issue.code === "invalid_key") {
    const { wrong, right } = unsay(issue.issues[0]?.message ?? issue.message);
    return [{ path, part: "key", message: `the key ${wrong}`, remedy: right }];
  }
  const { wrong, right } = unsay(issue.message);
  const shown = show(path);
  if (shown.kind === "absent") return [{ path, part: "value", message: "is missing", remedy: right }];
  if (shown.kind === "empty") return [{ path, part: "key", message: "has no value", remedy: right }];
  return [
    { path, part: "value", message: shown.text === "" ? wrong : `${shown.text} ${wrong}`, remedy: right },
  ];
}

/** Whether a branch of a union expects another kind of value (text, list, mapping) than the one given. */
function isOtherKind(issues: readonly Issue[]): boolean {
  return issues.some((issue) => {
    if (issue.path.length > 0) return false;
    return issue.code === "invalid_union" ? issue.errors.every(isOtherKind) : issue.code === "invalid_type";
  });
}

export function unknownKey(path: Path, key: string, known: readonly string[]): Complaint {
  const near = nearest(key, known);
  const remedy = near === undefined ? `known here: ${known.join(", ")}` : `did you mean "${near}"?`;
  return { path, part: "key", message: "unknown key", remedy };
}

/** A complaint about a value, or about a key. */
export function wrong(
  path: Path,
  message: string,
  remedy: string,
  part: "key" | "value" = "value",
): Complaint {
  return { path, part, message, remedy };
}
