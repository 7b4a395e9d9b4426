import { afterEach, describe, expect, it, vi } from "vitest";
import { describe as inWords, openModel, stepRates } from "./rates.ts";

afterEach(() => {
  vi.unstubAllGlobals();
});

function environment(values: Readonly<Record<string, string>>): void {
  vi.stubGlobal("__ENV", values);
}

describe("the open model", () => {
  it("has as many VUs as iterations begin during a stall, from 4 to MAX_VUS", () => {
    environment({});
    expect(openModel(1).vus).toBe(4);
    expect(openModel(60).vus).toBe(60);
    expect(openModel(3000).vus).toBe(100);
    environment({ STALL: "500ms", MAX_VUS: "1500" });
    expect(openModel(2000).vus).toBe(1000);
    environment({ VUS: "7" });
    expect(openModel(2000).vus).toBe(7);
  });

  it("sends in batches above 3,000 messages a second, and not below", () => {
    environment({});
    expect(openModel(3000).batch).toBe(1);
    expect(openModel(3001).batch).toBe(7);
    expect(openModel(50_000).batch).toBe(100);
    expect(openModel(150, 100).batch).toBe(2);
    environment({ BATCH: "10" });
    expect(openModel(100)).toEqual({ rate: 100, batch: 10, vus: 10 });
  });

  it("says which stall it can sit out", () => {
    environment({});
    expect(inWords(openModel(1000))).toContain("1000 messages a second, one an iteration, over 100 sessions");
    expect(inWords(openModel(1000))).toContain("more than 0.10 s");
    expect(inWords(openModel(10_000))).toContain("in batches of 20");
  });
});

describe("the steps of a capacity test", () => {
  it("are geometric, or linear between two rates", () => {
    expect(stepRates({ steps: 4, start: 50, factor: 1.5 })).toEqual([50, 75, 113, 169]);
    expect(stepRates({ steps: 5, low: 400, high: 600 })).toEqual([400, 450, 500, 550, 600]);
  });

  it("name no rate twice", () => {
    expect(stepRates({ steps: 5, start: 1, factor: 1.2 })).toEqual([1, 2]);
    expect(stepRates({ steps: 9, low: 1, high: 3 })).toEqual([1, 2, 3]);
  });
});
