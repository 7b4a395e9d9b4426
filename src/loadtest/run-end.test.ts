import { describe, expect, it } from "vitest";
import type { K6Exit } from "./k6-process.ts";
import { endOfRun } from "./run-end.ts";

const exit = (code: number, lastWords = ""): K6Exit => ({ code, lastWords });
const nothing = { exceptions: [] };

describe("endOfRun", () => {
  it.each<[number, string, string, string | undefined]>([
    [0, "", "finished", undefined],
    [99, "", "finished", undefined],
    [108, "test aborted: enough", "stopped", "the script ended the test: test aborted: enough"],
    [104, "bad", "broken", "k6 died: the script's options are wrong: bad"],
    [107, "", "broken", "k6 died: the script has an error"],
    [1, "one\ntwo", "broken", "k6 died: exit code 1: two"],
  ])("of exit code %i", (code, words, end, reason) => {
    expect(endOfRun([exit(code, words)], nothing)).toEqual({
      end,
      ...(reason === undefined ? {} : { reason }),
      exitCode: code,
    });
  });

  it("is that of the process that died, not of those that were told to end because of it", () => {
    expect(endOfRun([exit(105, "interrupted"), exit(2, "no memory")], nothing)).toMatchObject({
      end: "broken",
      reason: "k6 died: exit code 2: no memory",
    });
  });

  it("is what this side wanted, whatever k6 says of it", () => {
    const stopped = { end: "stopped", reason: "too much" } as const;
    expect(endOfRun([exit(105), exit(105)], { stopped, exceptions: ["x"] })).toEqual({
      ...stopped,
      exitCode: 105,
    });
  });
});
