import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Secret } from "../model/secret.ts";
import { plainCopy } from "./plain.ts";

const isDeepFrozen = (value: unknown): boolean =>
  typeof value !== "object" ||
  value === null ||
  (Object.isFrozen(value) && Object.values(value).every((item) => isDeepFrozen(item)));

const cyclic: Record<string, unknown> = { name: "self" };
cyclic["self"] = cyclic;

const throwing = {
  get value(): string {
    throw new Error("canary-4711");
  },
};

describe("the plain copy of a notebook", () => {
  it.each<[string, unknown, unknown]>([
    ["a secret", { password: new Secret("canary-4711") }, { password: "[redacted]" }],
    ["a secret in a list", [new Secret("canary-4711")], ["[redacted]"]],
    ["a date", { at: new Date(0) }, { at: "1970-01-01T00:00:00.000Z" }],
    ["bytes", { body: new Uint8Array(3) }, { body: "[3 bytes]" }],
    ["a buffer", { body: Buffer.from("abc") }, { body: "[3 bytes]" }],
    ["undefined", { a: undefined, b: [undefined, 1] }, { b: [null, 1] }],
    ["numbers that JSON does not know", [Number.NaN, Number.POSITIVE_INFINITY, -0], [null, null, 0]],
    ["a big number", { n: 2n ** 64n }, { n: "18446744073709551616" }],
    ["a function and a symbol", { f: () => 1, s: Symbol("s") }, {}],
    ["a getter that throws", { before: 1, throwing }, { before: 1, throwing: "[unreadable]" }],
    ["null and false", { a: null, b: false }, { a: null, b: false }],
  ])("of %s", (_what, value, expected) => {
    const copy = plainCopy(value);
    expect(copy).toEqual(expected);
    expect(JSON.stringify(copy)).not.toContain("canary-4711");
    expect(isDeepFrozen(copy)).toBe(true);
  });

  it("of a cycle ends", () => {
    expect(JSON.stringify(plainCopy(cyclic))).toContain("[nested too deep]");
  });

  it("of more than a notebook can hold ends", () => {
    const wide = Array.from({ length: 300 }, () => Array.from({ length: 300 }, () => 1));
    expect(JSON.stringify(plainCopy(wide))).toContain("[too many values]");
  });

  it("does not let a key set a prototype", () => {
    const copy = plainCopy(JSON.parse('{"__proto__": {"polluted": true}}') as object);
    expect("polluted" in copy).toBe(false);
    expect(JSON.stringify(copy)).toBe('{"__proto__":{"polluted":true}}');
  });

  it("of what nobody can change is the same each time", () => {
    const names = Object.freeze(["mx.example.com"]);
    const facts = Object.freeze({ names, notAfter: 1 });
    const copies = [plainCopy({ facts, at: 1 }), plainCopy({ facts, at: 2 })];
    expect(copies).toEqual([
      { facts, at: 1 },
      { facts, at: 2 },
    ]);
    expect(copies[0]?.facts).toBe(copies[1]?.facts);
  });

  it.each<[string, (count: number[]) => unknown]>([
    ["an array that is not", (count) => Object.freeze({ count })],
    ["an array that is not, further down", (count) => Object.freeze([Object.freeze({ count })])],
    [
      "a getter",
      (count) =>
        Object.freeze({
          get count() {
            return [...count];
          },
        }),
    ],
    ["a toJSON", (count) => Object.freeze({ toJSON: () => ({ count }) })],
  ])("of something frozen that holds %s is made anew", (_what, make) => {
    const count = [1];
    const value = make(count);
    plainCopy(value);
    count.push(2);
    expect(JSON.stringify(plainCopy(value))).toContain('"count":[1,2]');
  });

  it("of something frozen that was cut short is not kept", () => {
    const deepest = Object.freeze({ at: "the end" });
    let deep: object = deepest;
    for (let depth = 0; depth < 16; depth += 1) deep = { deep };
    expect(JSON.stringify(plainCopy([deep]))).toContain("[nested too deep]");
    expect(plainCopy(deepest)).toEqual({ at: "the end" });
  });

  it("is its own round trip through JSON, and leaves the original as it was", () => {
    fc.assert(
      fc.property(fc.object({ withBigInt: true, withDate: true, withNullPrototype: true }), (value) => {
        const copy = plainCopy(value);
        expect(JSON.parse(JSON.stringify(copy))).toEqual(copy);
        expect(isDeepFrozen(copy)).toBe(true);
        expect(Object.isFrozen(value)).toBe(false);
      }),
    );
  });
});
