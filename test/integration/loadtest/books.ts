import { expect } from "vitest";
import type { K6Run } from "../../support/k6.ts";

/** Does something once, when so many messages have been accepted; for `onLine` of a run of scripts/send.ts. */
export function afterAccepted(count: number, act: () => void): (line: string) => void {
  let seen = 0;
  return (line) => {
    if (line.startsWith("sent accepted") && ++seen === count) act();
  };
}

export const tokens = (run: K6Run, ...outcomes: readonly string[]): readonly string[] =>
  run.sent.filter(({ outcome }) => outcomes.includes(outcome)).map(({ token }) => token);

/** The books hold every accepted message, once, and no other than these and some of the uncertain. */
export function expectBooksToAgree(run: K6Run, books: readonly string[]): void {
  expect(new Set(books).size, "a message stands twice").toBe(books.length);
  const written = new Set(books);
  const known = new Set(tokens(run, "accepted", "uncertain"));
  expect(
    tokens(run, "accepted").filter((token) => !written.has(token)),
    "counted and not written down",
  ).toEqual([]);
  expect(
    books.filter((token) => !known.has(token)),
    "written down and not counted",
  ).toEqual([]);
  // The sums are those of the single messages.
  for (const outcome of ["accepted", "uncertain", "failed"])
    expect(run.counts.messages[outcome] ?? 0, `${outcome}\n${run.log}`).toBe(tokens(run, outcome).length);
}
