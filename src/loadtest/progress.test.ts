import { describe, expect, it } from "vitest";
import type { LoadInterval } from "../model/load-run.ts";
import { createProgress, NOTHING, progressLine } from "./progress.ts";

function interval(at: number, changes: Partial<LoadInterval> = {}): LoadInterval {
  const messages = { accepted: 1999, deferred: 3, rejected: 1, uncertain: 0, failed: 2, aborted: 0 };
  return {
    at,
    seconds: 1,
    scenario: "a",
    vus: 20,
    dropped: 4,
    messages,
    refusals: 1,
    errors: 2,
    cpu: 0,
    p95: 4.123,
    ...changes,
  };
}

const ESC = String.fromCharCode(27);

describe("the line of a run under way", () => {
  it("says all that matters", () => {
    expect(progressLine([interval(12)], NOTHING, 30)).toBe(
      "00:12 / 00:30  2,005/s  p95 4.12 ms  errors 2  dropped 4  4xx 3  5xx 1  2xx 1,999  VUs 20",
    );
  });

  it("adds up scenarios, and takes the rate from the time that passed", () => {
    const two = [interval(12), interval(12, { scenario: "b", p95: 1500 })];
    expect(progressLine(two, NOTHING, undefined)).toBe(
      "00:12  4,010/s  p95 1.50 s  errors 4  dropped 8  4xx 6  5xx 2  2xx 3,998  VUs 40",
    );
    const later = [interval(11), interval(12)];
    expect(progressLine(later, NOTHING, 7200)).toMatch(/^00:12 \/ 2:00:00 {2}2,005\/s .*VUs 20$/);
    const inTurn = [interval(11), interval(12), interval(13, { scenario: "b" })];
    expect(progressLine(inTurn, NOTHING, undefined)).toMatch(/^00:13 {2}2,005\/s /);
  });

  it("names no end that has passed", () => {
    expect(progressLine([interval(30.2)], NOTHING, 30)).toMatch(/^00:30 \/ 00:30 /);
    expect(progressLine([interval(40)], NOTHING, 30)).toMatch(/^00:40 {2}/);
  });

  it("knows no latency where nothing was measured", () => {
    const { p95: _, ...none } = interval(1);
    expect(progressLine([none], NOTHING, undefined)).toContain("p95 -");
  });
});

describe("where the line goes", () => {
  function shown(isTerminal: boolean) {
    let text = "";
    const progress = createProgress({ write: (more) => void (text += more), isTerminal, columns: 40 });
    return { progress, text: () => text };
  }

  it("is written over on a terminal, cut to its width", () => {
    const { progress, text } = shown(true);
    progress.add([interval(1)]);
    expect(text()).toBe(`\r${ESC}[2K${progressLine([interval(1)], NOTHING, undefined).slice(0, 39)}`);
    progress.say("k6: hello");
    expect(text().split("\n")).toHaveLength(2);
    progress.end();
    expect(text().endsWith(`\r${ESC}[2K`)).toBe(true);
  });

  it("counts from the beginning on, so that nothing flashes by", () => {
    const { progress, text } = shown(false);
    for (let at = 1; at <= 20; at++) progress.add([interval(at)]);
    expect(text().match(/(?:2xx|dropped) [\d,]+/g)).toEqual([
      "dropped 40",
      "2xx 19,990",
      "dropped 80",
      "2xx 39,980",
    ]);
  });

  it("is a plain line every ten seconds elsewhere", () => {
    const { progress, text } = shown(false);
    for (let at = 1; at <= 25; at++) progress.add([interval(at)]);
    progress.say("k6: hello");
    progress.end();
    expect(
      text()
        .split("\n")
        .map((line) => line.slice(0, 9)),
    ).toEqual(["00:10  2,", "00:20  2,", "k6: hello", ""]);
    expect(text()).not.toContain(ESC);
  });
});
