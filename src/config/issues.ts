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
  /** Put the value in front of the message, where it may be presencen. */
  readonly quote?: boolean;
}

type Issue = z.core.$ZodIssue;

/** What the schema found, as sentences. `presence` says whether there is a value at a path. */
export function complaintsOf(issues: readonly Issue[], presence: (path: Path) => Presence): Complaint[] {
  return issues.flatMap((issue) => complaintOf(issue, [], presence));
}

/** `empty`: the key stands there, without a value. */
export type Presence = "absent" | "empty" | "present";

function complaintOf(issue: Issue, prefix: Path, presence: (path: Path) => Presence): Complaint[] {
  const path = [...prefix, ...(issue.path as Path)];
  if (issue.code === "unrecognized_keys") {
    const known = issue.message.split(" ");
    return issue.keys.map((key) => unknownKey([...path, key], key, known));
  }
  if (issue.code === "invalid_union") {
    const branch = issue.errors.find((branch) => !isOtherKind(branch)) ?? issue.errors[0] ?? [];
    return branch.flatMap((inner) => complaintOf(inner, path, presence));
  }
  if (issue.code === "invalid_key") {
    const { wrong, right } = unsay(issue.issues[0]?.message ?? issue.message);
    return [{ path, part: "key", message: `the key ${wrong}`, remedy: right }];
  }
  const { wrong, right } = unsay(issue.message);
  const presencen = presence(path);
  if (presencen === "absent") return [{ path, part: "value", message: "is missing", remedy: right }];
  if (presencen === "empty") return [{ path, part: "key", message: "has no value", remedy: right }];
  return [{ path, part: "value", message: wrong, remedy: right, quote: true }];
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
