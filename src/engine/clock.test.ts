import { describe, expect, it } from "vitest";
import { settle } from "../../test/support/virtual-time.ts";
import { systemClock, systemTimers } from "./clock.ts";

describe("the system's timers", () => {
  it("do not fire at once when asked for longer than Node can wait", async () => {
    let fired = false;
    const timer = systemTimers.set(() => {
      fired = true;
    }, 2 ** 40);
    await new Promise<void>((resolve) => {
      systemTimers.set(resolve, 5);
    });
    await settle();
    systemTimers.clear(timer);
    expect(fired).toBe(false);
  });

  it("can be cleared when there is none", () => {
    expect(() => systemTimers.clear(undefined)).not.toThrow();
  });
});

describe("the system's clock", () => {
  it("tells the time of day, and a time that never goes back", () => {
    expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(60_000);
    expect(systemClock.monotonic()).toBeLessThanOrEqual(systemClock.monotonic());
  });
});
