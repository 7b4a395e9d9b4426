import { PassThrough } from "node:stream";
import type { Socket } from "node:net";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConnectionGone, WireReader } from "./wire-reader.ts";

/** A reader of what is written to the stream, in those pieces. */
function readerOf(pieces: readonly Uint8Array[]): WireReader {
  const stream = new PassThrough();
  const reader = new WireReader(stream as unknown as Socket);
  for (const piece of pieces) stream.write(piece);
  stream.end();
  return reader;
}

/** Cuts bytes at those places. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const points = [0, ...places.map((place) => place % (bytes.length + 1)), bytes.length].sort(
    (a, b) => a - b,
  );
  return points.slice(1).map((end, index) => bytes.subarray(points[index] ?? 0, end));
}

const line = fc.stringMatching(/^[.a-z]{0,6}$/);

describe("WireReader", () => {
  it("gives back every message, however it is cut (RFC 5321 section 4.5.2)", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { maxLength: 8 }),
        fc.array(fc.nat(200), { maxLength: 6 }),
        async (lines, places) => {
          const message = lines.map((text) => `${text}\r\n`).join("");
          const stuffed = lines.map((text) => `${text.replace(/^\./, "..")}\r\n`).join("");
          const reader = readerOf(cut(Buffer.from(`${stuffed}.\r\nNEXT\r\n`), places));
          expect((await reader.dotted(1000))?.toString()).toBe(message);
          expect(await reader.line(100)).toBe("NEXT");
        },
      ),
    );
  });

  it.each<[string, string | undefined, string]>([
    ["a\r\n", "a", "CRLF"],
    ["a\n", "a", "bare LF"],
    ["\r\n", "", "empty"],
    [`${"x".repeat(10)}\n`, "x".repeat(10), "as long as allowed"],
    [`${"x".repeat(12)}\n`, undefined, "too long"],
    [`${"x".repeat(100)}\nb\n`, undefined, "far too long, in one piece"],
  ])("reads %j as %j (%s)", async (text, expected) => {
    expect(await readerOf([Buffer.from(text)]).line(10)).toBe(expected);
  });

  it("throws a message over the limit away, and reads on behind it", async () => {
    const reader = readerOf([
      Buffer.from(`${"x".repeat(50)}\r\n`),
      Buffer.from(`${"y".repeat(50)}\r\n.\r\nNEXT\r\n`),
    ]);
    expect(await reader.dotted(60)).toBeUndefined();
    expect(await reader.line(10)).toBe("NEXT");
  });

  it("bounds a message that is one endless line", async () => {
    const piece = Buffer.alloc(64 * 1024, "x");
    const reader = readerOf([...Array<Buffer>(10).fill(piece), Buffer.from("\r\n.\r\nNEXT\r\n")]);
    expect((await reader.dotted(10_000_000))?.length).toBeUndefined();
    expect(await reader.line(10)).toBe("NEXT");
  });

  it("says when the peer is gone in the middle", async () => {
    await expect(readerOf([Buffer.from("half")]).line(10)).rejects.toThrow(ConnectionGone);
    await expect(readerOf([Buffer.from("a: b\r\n")]).dotted(100)).rejects.toThrow(ConnectionGone);
  });
});
