import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { endLine, intervalLine, snapshotLine, startLine } from "../../test/support/load-record.ts";
import { parseRecordLine } from "./record.ts";

const LINES = [startLine(), intervalLine(1, 3), snapshotLine(1, 3), endLine()];

describe("a line of the record", () => {
  it.each(LINES)("is read: %.30s", (line) => {
    expect(parseRecordLine(line).type).toBe(JSON.parse(line).type);
  });

  it("takes what is left out for zero", () => {
    const line = parseRecordLine(
      '{"type":"interval","at":1,"seconds":1,"cpu":0,"scenarios":{"a":{"vus":1}}}',
    );
    expect(line).toMatchObject({
      scenarios: { a: { iterations: 0, messages: { accepted: 0 }, sessions: { opened: 0 }, replies: {} } },
    });
  });

  it.each<[string, string, string]>([
    ["no JSON", "{", "no JSON"],
    ["no object", "3", "no object with a type"],
    ["null", "null", "no object with a type"],
    ["a count below zero", intervalLine(1, -3), "interval: scenarios.default.iterations"],
    ["a count that is a text", intervalLine(1, 1, { dropped: "1" }), "interval: scenarios.default.dropped"],
    ["a number beyond all", intervalLine(1, 1, { octets: 1e300 }), "interval: scenarios.default.octets"],
    ["another layout", startLine({ version: 2 }), "the record has layout 2, this mailgauge reads 1"],
    ["a time of nowhere", startLine({ time: "yesterday" }), "start: time"],
    ["a line of many megabytes", `{"type":"start","x":"${"x".repeat(5_000_000)}"}`, "longer than 4194304"],
  ])("is a problem when it is %s", (_, line, message) => {
    expect(parseRecordLine(line)).toEqual({ type: "problem", message: expect.stringContaining(message) });
  });

  it("is left alone when a later version wrote it", () => {
    expect(parseRecordLine('{"type":"weather","at":1}')).toEqual({ type: "other" });
    expect(parseRecordLine('{"type":"constructor"}')).toEqual({ type: "other" });
  });

  it("never throws, wherever it is cut off", () => {
    for (const line of LINES)
      for (let end = 0; end < line.length; end++)
        expect(parseRecordLine(line.slice(0, end)).type).toBe("problem");
  });

  it("never throws, whatever JSON it is", () => {
    fc.assert(
      fc.property(fc.constantFrom("start", "interval", "snapshot", "end"), fc.object(), (type, rest) => {
        expect(parseRecordLine(JSON.stringify({ ...rest, type })).type).toMatch(
          /problem|interval|snapshot|end|start/,
        );
      }),
    );
  });
});
