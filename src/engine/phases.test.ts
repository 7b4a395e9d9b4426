import { describe, expect, it } from "vitest";
import { VirtualTime } from "../../test/support/virtual-time.ts";
import type { TranscriptLine } from "../model/smtp.ts";
import { openPhases } from "./phases.ts";

async function book() {
  const time = new VirtualTime("2026-05-01T10:00:00Z");
  await time.advance(1234);
  const lines: TranscriptLine[] = [];
  return { time, lines, phases: openPhases(time.clock, (line) => lines.push(line)) };
}

describe("the recorder of phases", () => {
  it("times phases from the start of the observation, and numbers repeated ones", async () => {
    const { time, phases } = await book();
    const endFirst = phases.begin("ehlo");
    await time.advance(10);
    endFirst();
    await time.advance(5);
    const endSecond = phases.begin("ehlo");
    await time.advance(2.5);
    endSecond("rejected");
    expect(phases.seal("ok")).toEqual([
      { name: "ehlo", startMs: 0, durationMs: 10, outcome: "ok" },
      { name: "ehlo", startMs: 15, durationMs: 2.5, outcome: "rejected", n: 2 },
    ]);
  });

  it("is not misled when the wall clock is set", async () => {
    const { time, phases } = await book();
    const end = phases.begin("connect");
    time.setWallClock(-3_600_000);
    await time.advance(10);
    end();
    expect(phases.seal("ok")).toEqual([{ name: "connect", startMs: 0, durationMs: 10, outcome: "ok" }]);
  });

  it("ends what is open with the fault, and leaves what has ended", async () => {
    const { time, phases } = await book();
    phases.begin("dns")();
    phases.begin("connect");
    await time.advance(7);
    expect(phases.current()).toBe("connect");
    expect(phases.seal("reset").map(({ name, outcome, durationMs }) => [name, outcome, durationMs])).toEqual([
      ["dns", "ok", 0],
      ["connect", "reset", 7],
    ]);
  });

  it("takes only the first end of a phase", async () => {
    const { time, phases } = await book();
    const end = phases.begin("auth");
    end("auth_failed");
    await time.advance(5);
    end();
    expect(phases.seal("ok")).toEqual([{ name: "auth", startMs: 0, durationMs: 0, outcome: "auth_failed" }]);
  });

  it("names the phase begun last among those open, else the last one, else none", async () => {
    const { phases } = await book();
    expect(phases.current()).toBeUndefined();
    const endConnect = phases.begin("connect");
    phases.begin("banner")();
    expect(phases.current()).toBe("connect");
    endConnect();
    expect(phases.current()).toBe("banner");
  });

  it("takes nothing more when it is sealed, and what it gave does not change", async () => {
    const { time, phases, lines } = await book();
    const endMail = phases.begin("mail");
    const sealed = phases.seal("aborted");
    await time.advance(9);
    endMail();
    phases.begin("rcpt")();
    phases.say("C", "too late");
    expect(sealed).toEqual([{ name: "mail", startMs: 0, durationMs: 0, outcome: "aborted" }]);
    expect(phases.seal("ok")).toEqual(sealed);
    expect(Object.isFrozen(sealed) && sealed.every((phase) => Object.isFrozen(phase))).toBe(true);
    expect(lines).toEqual([]);
  });

  it("stamps the lines of the transcript", async () => {
    const { time, phases, lines } = await book();
    await time.advance(3);
    phases.say("S", "220 mx.example.com ESMTP");
    expect(lines).toEqual([{ atMs: 3, side: "S", text: "220 mx.example.com ESMTP" }]);
  });
});
