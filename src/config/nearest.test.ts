import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { editDistance, nearest } from "./nearest.ts";

describe("editDistance", () => {
  it.each([
    ["", "abc", 3],
    ["abc", "abc", 0],
    ["abc", "acb", 1], // a swap is one edit
    ["kitten", "sitting", 3],
  ])("%s to %s", (a, b, distance) => expect(editDistance(a, b)).toBe(distance));

  it("is symmetric, and zero only for equals", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (a, b) => {
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, b) === 0).toBe(a === b);
      }),
    );
  });
});

const KEYS = ["interval", "timeout", "labels", "username", "min_version", "tls", "to"];

describe("nearest", () => {
  it.each([
    ["timeot", "timeout"],
    ["Interval", "interval"], // case does not count
    ["minVersion", "min_version"], // nor does the style of the name
    ["min-version", "min_version"],
    ["user", "username"], // the start of it
    ["tsl", "tls"],
    ["colour", undefined], // nothing near
    ["", undefined],
    ["x".repeat(100_000), undefined],
  ])("%s", (word, key) => expect(nearest(word.slice(0, 100_000), KEYS)).toBe(key));
});
