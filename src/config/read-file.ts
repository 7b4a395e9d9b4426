import { closeSync, openSync, readSync } from "node:fs";
import { type ReadFile, reasonOf } from "./outside.ts";
import type { Problem } from "./problem.ts";

/** Bytes of a configuration; ten thousand relays fit. */
const BYTES_MAX = 4_194_304;

/** The text of a configuration file, or why there is none. Reads no more than it may, also from a pipe. */
export function readConfigFile(
  path: string,
  readFile: ReadFile = readBounded,
): { text: string } | { problem: Problem } {
  let content: Uint8Array | string;
  try {
    content = readFile(path);
  } catch (error) {
    const remedy = "name the file with --config, or set MAILGAUGE_CONFIG";
    return {
      problem: {
        file: path,
        line: 0,
        column: 0,
        path: "",
        message: `cannot be read: ${reasonOf(error)}`,
        remedy,
      },
    };
  }
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  if (bytes.length > BYTES_MAX) {
    const remedy = "this is not a configuration; name another file";
    return { problem: { file: path, line: 0, column: 0, path: "", message: "is larger than 4 MiB", remedy } };
  }
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch {
    const { line, column } = firstBadByte(bytes);
    return {
      problem: {
        file: path,
        line,
        column,
        path: "",
        message: "is not UTF-8",
        remedy: "save the file as UTF-8",
      },
    };
  }
}

function readBounded(path: string): Uint8Array {
  const file = openSync(path, "r");
  try {
    const buffer = Buffer.alloc(BYTES_MAX + 1);
    let length = 0;
    while (length < buffer.length) {
      const count = readSync(file, buffer, length, buffer.length - length, null);
      if (count === 0) break;
      length += count;
    }
    return buffer.subarray(0, length);
  } finally {
    closeSync(file);
  }
}

/** Where decoding fails first: a line is searched by its characters, since a byte has no column. */
function firstBadByte(bytes: Uint8Array): { line: number; column: number } {
  let start = 0;
  for (let line = 1; ; line += 1) {
    const newline = bytes.indexOf(0x0a, start);
    const end = newline < 0 ? bytes.length : newline;
    const piece = bytes.subarray(start, end);
    const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(piece);
    if (!Buffer.from(text).equals(piece)) return { line, column: text.indexOf("\ufffd") + 1 };
    if (newline < 0) return { line, column: 1 };
    start = newline + 1;
  }
}
