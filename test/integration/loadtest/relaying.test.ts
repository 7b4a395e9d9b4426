import { afterEach, describe, expect, it } from "vitest";
import { THRESHOLDS_MISSED } from "../../support/scenario-run.ts";
import { poll } from "../../support/servers/ports.ts";
import { postfixQueue } from "../../support/servers/postfix.ts";
import { useLoadtestBench } from "../loadtest-bench.ts";

/** Postfix between k6 and our sink, which does not take everything: what becomes of the mail behind the relay. */
const bench = useLoadtestBench();
const PATIENCE_MS = 30_000;
const ACCEPT = { name: "accept" };

afterEach(() => bench().sink.setProfile(ACCEPT));

/** Lines of Postfix's log on deliveries to the sink that ended so, logged behind the first `from` octets of the log. */
const deliveries = (status: string, from: number): number =>
  [
    ...bench()
      .postfix.log()
      .slice(from)
      .matchAll(/to=<[^>]*@sink\.test>.* status=(\w+)/g),
  ].filter(([, found]) => found === status).length;

const sinkRules = (reply: string, probability: number): unknown => ({
  name: "picky",
  rules: [{ phase: "rcpt", probability, reply }],
});

describe("a relay whose next hop does not take everything", { timeout: 60_000 }, () => {
  it("delivers all of it once, when the next hop defers every third attempt", async () => {
    await bench().sink.setProfile(sinkRules("451 4.7.1 later", 0.3));
    const from = bench().postfix.log().length;
    const run = await bench().run("delivery", {
      SMTP_TO: "ok@sink.test",
      SMTP_RUN_ID: "deferred",
      RATE: "20",
      DURATION: "2s",
      PATIENCE: "40s",
    });
    expect(run.missed, run.output).toEqual([]);
    expect(run.accepted).toBeGreaterThan(0);
    expect(run.logged.messages).toBe(run.accepted);
    expect(await bench().sink.run("deferred")).toMatchObject({ arrived: run.accepted, duplicates: 0 });
    await poll(
      async () => deliveries("sent", from) >= run.accepted || undefined,
      AbortSignal.timeout(PATIENCE_MS),
    );
    expect(deliveries("sent", from)).toBe(run.accepted);
    expect(deliveries("deferred", from)).toBeGreaterThan(0);
    await poll(
      async () => postfixQueue(bench().postfix).length === 0 || undefined,
      AbortSignal.timeout(PATIENCE_MS),
    );
  });

  it("bounces what the next hop refuses, and the run tells how many were lost", async () => {
    await bench().sink.setProfile(sinkRules("550 5.1.1 no such user", 0.4));
    const from = bench().postfix.log().length;
    const run = await bench().run("delivery", {
      SMTP_TO: "ok@sink.test",
      SMTP_RUN_ID: "bounced0",
      RATE: "20",
      DURATION: "2s",
      PATIENCE: "3s",
    });
    expect(run.exitCode).toBe(THRESHOLDS_MISSED);
    expect(run.missed).toEqual(["delivery_lost: count==0"]);
    const arrived = (await bench().sink.run("bounced0"))?.arrived ?? 0;
    const ended = (): number => deliveries("bounced", from) + deliveries("sent", from);
    await poll(async () => ended() >= run.accepted || undefined, AbortSignal.timeout(PATIENCE_MS));
    expect(deliveries("sent", from)).toBe(arrived);
    expect(deliveries("bounced", from)).toBe(run.accepted - arrived);
    expect(run.output).toContain(`the relay accepted ${run.accepted} messages; ${arrived} came to the sink`);
  });

  it("queues while the next hop takes nothing, and the queue empties afterwards", async () => {
    let longest = 0;
    let isOver = false;
    const running = bench()
      .run("backpressure", {
        SMTP_TO: "ok@sink.test",
        SMTP_RUN_ID: "queueing",
        RATE: "20",
        DURATION: "3s",
        CATCH_UP: "40s",
      })
      .finally(() => (isOver = true));
    await poll(async () => {
      longest = Math.max(longest, postfixQueue(bench().postfix).length);
      return isOver || undefined;
    }, AbortSignal.timeout(50_000));
    const run = await running;
    expect(run.missed, run.output).toEqual([]);
    expect(longest).toBeGreaterThan(1);
    expect(postfixQueue(bench().postfix).filter(({ queue_name }) => queue_name === "deferred")).toEqual([]);
    expect(await bench().sink.run("queueing")).toMatchObject({ arrived: run.accepted, duplicates: 0 });
  });
});
