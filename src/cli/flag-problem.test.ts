import { describe, expect, it } from "vitest";
import type { Problem } from "../config/index.ts";
import { flagProblem } from "./flag-problem.ts";

const problem = (path: string, message: string, remedy = "as in a file"): Problem => ({
  file: "smtp://relay.example.com",
  line: 0,
  column: 0,
  path,
  message,
  remedy,
});

describe("a problem of the command line", () => {
  it.each<[string, Problem, string]>([
    [
      "of the URL does not repeat it",
      problem("", '"smtp://relay.example.com" has no valid port', "write 1 to 65535"),
      "smtp://relay.example.com: has no valid port; write 1 to 65535",
    ],
    [
      "with a password in the URL",
      problem("", "the URL holds a user name or password"),
      "smtp://relay.example.com: the URL holds a user name or password; give them with --username, and --password-env or --password-file",
    ],
    [
      "of an option names it",
      problem("from", '"x" is not a mail address', "write one"),
      '--from: "x" is not a mail address; write one',
    ],
    [
      "of any recipient",
      problem("to[3]", '"x" is not a mail address', ""),
      '--to: "x" is not a mail address',
    ],
    [
      "without a recipient",
      problem("depth", "depth data needs a recipient"),
      "--depth: depth data needs a recipient; give one with --to",
    ],
    [
      "without a password",
      problem("auth", "has no secret"),
      "--username: has no secret; give the password with --password-env or --password-file",
    ],
    [
      "of a file that is not there",
      problem("tls.ca", "ca.pem cannot be read: there is no such file"),
      "--ca: ca.pem cannot be read: there is no such file; create it, or correct the path",
    ],
  ])("%s", (_, given, text) => {
    expect(flagProblem(given)).toBe(text);
  });

  it("of an empty target shows that it is empty", () => {
    expect(flagProblem({ ...problem("", "is empty", ""), file: "" })).toBe('"": is empty');
  });
});
