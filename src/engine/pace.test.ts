import { describe, expect, it } from "vitest";
import { VirtualTime } from "../../test/support/virtual-time.ts";
import { Pace } from "./pace.ts";

/** Starts `count` as soon as the pace allows it, with timers that come `lateMs` late, and tells when. */
async function startsOf(count: number, spacingMs: number, lateMs = 0): Promise<readonly number[]> {
  const { time, pace } = paceBench(spacingMs, lateMs);
  const starts: number[] = [];
  const pump = (): void => {
    while (starts.length < count && pace.admits(pump)) {
      starts.push(time.clock.monotonic());
      pace.started();
    }
  };
  pump();
  await time.advance(1000);
  return starts;
}

function paceBench(spacingMs: number, lateMs = 0) {
  const time = new VirtualTime("2026-05-01T10:00:00Z");
  const { timers } = time;
  const late = { ...timers, set: (fn: () => void, ms: number) => timers.set(fn, ms + lateMs) };
  return { time, pace: new Pace({ spacingMs, clock: time.clock, timers: late }) };
}

describe("the pace of starts", () => {
  it.each([
    ["without a spacing, all at once", 0, 0, [0, 0, 0, 0]],
    ["one after the other, but for the first two", 3, 0, [0, 0, 3, 6, 9]],
    ["a late timer is made up for by one", 3, 4, [0, 0, 7, 7, 14]],
  ])("%s", async (_what, spacingMs, lateMs, expected) => {
    expect(await startsOf(expected.length, spacingMs, lateMs)).toEqual(expected);
  });

  it("does not save up what nobody used", async () => {
    const { time, pace } = paceBench(3);
    pace.started();
    await time.advance(1000);
    expect(pace.admits(() => {})).toBe(true);
    pace.started();
    expect(pace.admits(() => {})).toBe(true);
    pace.started();
    expect(pace.admits(() => {})).toBe(false);
  });

  it.each([
    ["few", 10, 4],
    ["a thousand", 1000, 4],
    ["many", 1999, 2],
    ["very many", 19_999, 1],
  ])("with %s waiting leaves so much time", async (_who, waiting, expected) => {
    const { time, pace } = paceBench(4);
    pace.started(waiting);
    pace.started(waiting);
    let passed = 0;
    for (; !pace.admits(() => {}); passed += 1) await time.advance(1);
    expect(passed).toBe(expected);
  });

  it("calls nobody when it is closed", async () => {
    const { time, pace } = paceBench(3);
    let called = 0;
    pace.started();
    pace.admits(() => {
      called += 1;
    });
    pace.close();
    await time.advance(100);
    expect(called).toBe(0);
    expect(time.pending).toBe(0);
  });
});
