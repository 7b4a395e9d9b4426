import { readBounded, type ReadFile, reasonOf } from "./outside.ts";
import type { Problem } from "./problem.ts";

/** Bytes of a configuration; ten thousand relays fit. */
const BYTES_MAX = 4_194_304;

/** The text of a configuration file, or why there is none. Reads no more than it may, also from a pipe. */
export function readConfigFile(
  path: string,
  readFile: ReadFile = (name) => readBounded(name, BYTES_MAX),
): { text: string } | { problem: Problem } {
  let content: Uint8Array | string;
  try {
    content = readFile(path);
  } catch (error) {
    const remedy = "create it, or correct the path";
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

/** Where decoding fails first: line by line, since a byte has no column. */
function firstBadByte(bytes: Uint8Array): { line: number; column: number } {
  let start = 0;
  for (let line = 1; ; line += 1) {
    const newline = bytes.indexOf(0x0a, start);
    const piece = bytes.subarray(start, newline < 0 ? bytes.length : newline);
    const column = firstBadCharacter(piece);
    if (column !== undefined || newline < 0) return { line, column: column ?? 1 };
    start = newline + 1;
  }
}

/** From 1; `undefined` when all is UTF-8. A wrong byte is decoded as U+FFFD, which may also stand there by itself. */
function firstBadCharacter(bytes: Uint8Array): number | undefined {
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  let column = 1;
  let offset = 0;
  for (const character of text) {
    const encoded = Buffer.from(character);
    if (!encoded.equals(bytes.subarray(offset, offset + encoded.length))) return column;
    column += character.length;
    offset += encoded.length;
  }
  return undefined;
}
