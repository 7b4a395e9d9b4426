import { describe, expect, it } from "vitest";
import { countGoTests } from "./count-go-tests.ts";

const event = (action: string, test?: string, rest: object = {}): string =>
  JSON.stringify({ Action: action, Package: "x/a", Test: test, ...rest });
const output = (text: string, test?: string): string => event("output", test, { Output: text });
const count = (...lines: string[]): readonly number[] => {
  const { passed, failed, skipped } = countGoTests(lines);
  return [passed, failed, skipped];
};

describe("the count of Go tests", () => {
  it("takes subtests in place of their test", () => {
    const lines = [event("pass", "TestA/x"), event("pass", "TestA/y"), event("pass", "TestA"), event("pass")];
    expect(count(...lines)).toEqual([2, 0, 0]);
  });

  it("blames the subtest that failed, and not its parent too", () => {
    const lines = [event("pass", "TestA/x"), event("fail", "TestA/y"), event("fail", "TestA"), event("fail")];
    expect(count(...lines)).toEqual([1, 1, 0]);
  });

  it("blames a parent that failed by itself", () => {
    expect(count(event("pass", "TestA/x"), event("fail", "TestA"), event("fail"))).toEqual([1, 1, 0]);
  });

  it("does not take TestA for the parent of TestAB", () => {
    expect(count(event("fail", "TestA"), event("fail", "TestAB"), event("fail"))).toEqual([0, 2, 0]);
  });

  it("counts what was skipped, and shows why", () => {
    const told = countGoTests([output("no server\n", "TestA"), event("skip", "TestA"), event("pass")]);
    expect(told).toMatchObject({ passed: 0, failed: 0, skipped: 1 });
    expect(told.text).toContain("no server");
  });

  it("counts a test without an end as failed: another one panicked, or the time was up", () => {
    const told = countGoTests([event("run", "TestA"), output("panic: oh\n", "TestA"), event("fail")]);
    expect(told).toMatchObject({ passed: 0, failed: 1, skipped: 0 });
    expect(told.text).toContain("panic: oh");
  });

  it("counts a package that does not compile as one failure, and shows the compiler's words", () => {
    const build = { Package: undefined, ImportPath: "x/a [x/a.test]", Output: "a_test.go:3: undefined: y\n" };
    const told = countGoTests([event("build-output", undefined, build), event("fail")]);
    expect(told).toMatchObject({ passed: 0, failed: 1, skipped: 0 });
    expect(told.text).toContain("undefined: y");
  });

  it("finds nothing in nothing, and in packages without tests", () => {
    expect(count()).toEqual([0, 0, 0]);
    expect(count(event("skip"))).toEqual([0, 0, 0]);
  });

  it("passes on what is no event", () => {
    expect(countGoTests(["go: cannot find main module"]).text).toBe("go: cannot find main module");
  });
});
