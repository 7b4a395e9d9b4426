import { formatProblem, type Problem } from "../config/index.ts";

/** Keys of a relay that the command line sets, by its options. */
const FLAGS: Readonly<Record<string, string>> = {
  from: "--from",
  "to[0]": "--to",
  helo: "--helo",
  depth: "--depth",
  expect: "--expect",
  auth: "--username",
  "auth.username": "--username",
  "auth.password.env": "--password-env",
  "auth.password.file": "--password-file",
  "tls.ca": "--ca",
};

/** Remedies of a configuration file that have another form here, by what the problem says. */
const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [/holds a user name or password/, "give them with --username, and --password-env or --password-file"],
  [/needs a recipient/, "give one with --to"],
  [/needs credentials/, "give them with --username, and --password-env or --password-file"],
  [/has no secret/, "give the password with --password-env or --password-file"],
  [/has no user name/, "give it with --username"],
  [/cannot be read/, "create it, or correct the path"],
];

/** A problem of a target that stands in no file, in the words of the command line. */
export function flagProblem(problem: Problem): string {
  const { file, path, message } = problem;
  const flag = FLAGS[path.replace(/\[\d+\]$/, "[0]")];
  const remedy = REMEDIES.find(([pattern]) => pattern.test(message))?.[1] ?? problem.remedy;
  if (flag !== undefined) return `${flag}: ${message}${remedy === "" ? "" : `; ${remedy}`}`;
  // The target is named in front; the value of its URL need not be said again.
  const quoted = `${JSON.stringify(file)} `;
  const short = message.startsWith(quoted) ? message.slice(quoted.length) : message;
  return formatProblem({ ...problem, file: file === "" ? '""' : file, message: short, remedy });
}
