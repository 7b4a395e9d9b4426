import { closeSync, openSync, readSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import type { Reference } from "./references.ts";

/** A file of this kind is text of a few kilobytes; what is larger is the wrong file. */
const BYTES_MAX = 1_048_576;

/** Reads a file; throws as `node:fs` does. */
export type ReadFile = (path: string) => Uint8Array | string;

export type Answer = { readonly text: string } | { readonly message: string; readonly remedy: string };

/** What a configuration takes from outside itself: variables, and files beside it. */
export interface Outside {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly readFile: ReadFile;
  /** Folder from which relative paths count. */
  readonly folder: string;
}

export function pathIn(outside: Outside, path: string): string {
  return isAbsolute(path) ? path : resolve(outside.folder, path);
}

/** The text behind a reference, without one final newline, or what is wrong. Never shows the text. */
export function fetchReference(outside: Outside, reference: Reference): Answer {
  if (reference.source === "env") {
    const text = outside.env[reference.at];
    if (text === undefined) {
      return {
        message: `the environment variable ${reference.at} is not set`,
        remedy: "set it before Mailgauge starts",
      };
    }
    if (text === "")
      return { message: `the environment variable ${reference.at} is empty`, remedy: "give it a value" };
    return { text };
  }
  const answer = readText(outside, reference.at);
  if (!("text" in answer)) return answer;
  const text = answer.text.replace(/\r?\n$/, "");
  return text === "" ? { message: `${reference.at} is empty`, remedy: "write the value into it" } : { text };
}

/** A text file; its path is relative to the configuration. */
export function readText(outside: Outside, path: string): Answer {
  const full = pathIn(outside, path);
  try {
    const content = outside.readFile(full);
    const bytes = typeof content === "string" ? Buffer.from(content) : content;
    if (bytes.length > BYTES_MAX)
      return { message: `${path} is larger than 1 MiB`, remedy: "name another file" };
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch (error) {
    const remedy = isAbsolute(path)
      ? "create it, or correct the path"
      : "create it, or correct the path, which counts from the folder of this file";
    return { message: `${path} cannot be read: ${reasonOf(error)}`, remedy };
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EACCES: "permission is denied",
  EPERM: "permission is denied",
  EISDIR: "it is a directory",
  ENOTDIR: "a part of the path is no directory",
  ERR_ENCODING_INVALID_ENCODED_DATA: "it is not UTF-8",
};

/** Why a file cannot be read, in words. */
export function reasonOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return REASONS[code] ?? (code === "" ? "it cannot be opened" : code);
}

export const readFromDisk: ReadFile = (path) => readBounded(path, BYTES_MAX);

/** Most files that a configuration names are smaller than this. */
const PIECE_BYTES = 16_384;

/** At most one byte more than may be, also from a pipe or a device: then the file is too long. */
export function readBounded(path: string, max: number): Uint8Array {
  const file = openSync(path, "r");
  try {
    const pieces: Buffer[] = [];
    let room = max + 1;
    while (room > 0) {
      const piece = Buffer.allocUnsafe(Math.min(room, PIECE_BYTES));
      const count = readSync(file, piece, 0, piece.length, null);
      if (count === 0) break;
      // Copied by `concat`, so that a small file holds no large piece.
      pieces.push(piece.subarray(0, count));
      room -= count;
    }
    return Buffer.concat(pieces);
  } finally {
    closeSync(file);
  }
}
