import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { offers, parseEhlo } from "./ehlo.ts";

const of = (...lines: string[]) => parseEhlo({ code: 250, lines: ["mx.test at your service", ...lines] });

describe("parseEhlo", () => {
  it("reads a usual reply", () => {
    const capabilities = of(
      "PIPELINING",
      "size 52428800",
      "AUTH plain LOGIN",
      "AUTH=LOGIN CRAM-MD5",
      "8BITMIME",
    );
    expect(capabilities).toMatchObject({
      domain: "mx.test",
      size: 52_428_800,
      authMechanisms: ["PLAIN", "LOGIN", "CRAM-MD5"],
      keywords: { PIPELINING: [], SIZE: ["52428800"], AUTH: ["plain", "LOGIN"], "8BITMIME": [] },
    });
    expect(offers(capabilities, "8BITMIME")).toBe(true);
    expect(offers(capabilities, "CHUNKING")).toBe(false);
    expect(offers(undefined, "CHUNKING")).toBe(false);
  });

  it.each<[string, number | undefined]>([
    ["SIZE", 0], // no fixed limit is named
    ["SIZE 0", 0],
    ["SIZE 35882577", 35_882_577],
    ["SIZE=35882577", 35_882_577],
    ["SIZE many", 0],
    ["SIZE 99999999999999999999", 0],
    ["SIZE -1", 0],
    ["HELP", undefined],
  ])("reads the limit of %j as %s", (line, size) => {
    expect(of(line).size).toBe(size);
  });

  it("takes names from Object.prototype for names", () => {
    const capabilities = of("constructor a", "__proto__ b", "toString");
    expect(offers(capabilities, "VALUEOF")).toBe(false);
    expect(offers(of(), "CONSTRUCTOR")).toBe(false);
    expect(capabilities.keywords["CONSTRUCTOR"]).toEqual(["a"]);
    expect(Object.getPrototypeOf(capabilities.keywords)).toBeNull();
    expect(JSON.parse(JSON.stringify(capabilities))).toMatchObject({ keywords: { TOSTRING: [] } });
  });

  it("stays bounded whatever a server says", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 400, unit: "grapheme" }), { maxLength: 40 }), (lines) => {
        const { keywords, authMechanisms, domain, size } = parseEhlo({ code: 250, lines });
        expect(domain.length).toBeLessThanOrEqual(256);
        expect(authMechanisms.length).toBeLessThanOrEqual(64);
        expect(size ?? 0).toBeGreaterThanOrEqual(0);
        for (const [keyword, parameters] of Object.entries(keywords)) {
          expect(keyword).toMatch(/^[A-Z0-9]/);
          expect(parameters.length).toBeLessThanOrEqual(64);
        }
      }),
    );
  });
});
