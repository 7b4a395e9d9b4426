import { describe, expect, it } from "vitest";
import { readFromDisk, readText } from "./outside.ts";
import { readConfigFile } from "./read-file.ts";

const read = (...bytes: readonly (string | number)[]) =>
  readConfigFile("m.yml", () =>
    Buffer.concat(bytes.map((b) => (typeof b === "number" ? Buffer.of(b) : Buffer.from(b)))),
  );

describe("readConfigFile", () => {
  it.each([
    ["plain", ["a: 1\n"], "a: 1\n"],
    ["not ASCII", ["a: Köln\n"], "a: Köln\n"],
    ["with a byte order mark", [0xef, 0xbb, 0xbf, "a: 1\n"], "a: 1\n"],
  ])("reads text %s", (_what, bytes, text) => expect(read(...bytes)).toEqual({ text }));

  it.each([
    ["latin1", ["a: 1\nb: K", 0xf6, "ln\n"], 2, 5],
    ["in the first byte", [0xff, 0xfe, "a"], 1, 1],
    ["in a cut character at the end", ["a: 1\nbb", 0xc3], 2, 3],
    ["behind a character that looks like the mark of one", ["a: \ufffd ", 0xff], 1, 6],
  ])("says where it is not UTF-8: %s", (_what, bytes, line, column) => {
    expect(read(...bytes)).toMatchObject({ problem: { line, column, message: "is not UTF-8" } });
  });
});

describe("a file beside the configuration", () => {
  it("is read no further than it may be long, also one without end", () => {
    const outside = { env: {}, readFile: readFromDisk, folder: "/" };
    expect(readText(outside, "/dev/zero")).toMatchObject({ message: "/dev/zero is larger than 1 MiB" });
  });
});
