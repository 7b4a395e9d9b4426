/** One thing wrong with a configuration: where, what, and what would be right. */
export interface Problem {
  /** As the user named it. */
  readonly file: string;
  /** From 1; 0 when the file as a whole is meant, such as one that cannot be read. */
  readonly line: number;
  /** From 1, in UTF-16 units, as editors count. */
  readonly column: number;
  /** Such as `relays[0].auth.password`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
  /** What would be right; may be empty when the message says it. */
  readonly remedy: string;
}

export type Path = readonly (string | number)[];

/** Whether a path leads further than another one. */
export function isBelow(path: Path, other: Path): boolean {
  return path.length > other.length && other.every((step, i) => step === path[i]);
}

/** `relays[0].labels["a b"]`: keys that are plain words follow a dot. */
export function formatPath(path: Path): string {
  let text = "";
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`;
    else if (/^[A-Za-z_][\w-]*$/.test(step)) text += text === "" ? step : `.${step}`;
    else text += `[${JSON.stringify(step)}]`;
  }
  return text;
}

/** `file:line:column path: what is wrong; what would be right`, on one line. */
export function formatProblem(problem: Problem): string {
  const { file, line, column, path, message, remedy } = problem;
  const place = line === 0 ? file : `${file}:${line}:${column}`;
  const subject = path === "" ? place : `${place} ${path}`;
  return `${subject}: ${message}${remedy === "" ? "" : `; ${remedy}`}`;
}

/** By position, then by path, so that the same file always gives the same list. */
export function sortProblems(problems: Iterable<Problem>): Problem[] {
  const seen = new Map<string, Problem>();
  for (const problem of problems) {
    const key = formatProblem(problem);
    if (!seen.has(key)) seen.set(key, problem);
  }
  return [...seen.values()].sort(
    (a, b) => a.line - b.line || a.column - b.column || (a.path < b.path ? -1 : a.path > b.path ? 1 : 0),
  );
}
