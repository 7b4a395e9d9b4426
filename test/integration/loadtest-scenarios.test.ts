import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { inspectScenario, runScenario, SCRIPT_THREW, THRESHOLDS_MISSED } from "../support/scenario-run.ts";
import { freePorts, LOOPBACK } from "../support/servers/ports.ts";
import { CREDENTIALS, type LoggedRun, useLoadtestBench } from "./loadtest-bench.ts";

const bench = useLoadtestBench();
const SECONDS = 60_000;

/**
 * k6 is content, and every message that it counts as accepted stands in Postfix's log, and no other. On a busy machine
 * k6 begins fewer iterations than `asked` for: those that are late when the time is up.
 */
function expectExact(run: LoggedRun, asked: number): void {
  expect(run.missed, run.output).toEqual([]);
  expect(run.exitCode, run.output).toBe(0);
  expect(run.accepted).toBeGreaterThanOrEqual(asked / 2);
  expect(run.logged.messages).toBe(run.accepted);
}

describe("scenarios against Postfix, in short form", { timeout: SECONDS }, () => {
  it("smoke: as many messages as asked for", async () => {
    const run = await bench().run("smoke", { MESSAGES: "3" });
    expectExact(run, 3);
    expect(run.accepted).toBe(3);
  });

  it("smoke: fails, and says the reply, when the relay refuses", async () => {
    const run = await bench().run("smoke", { SMTP_TO: "ok@elsewhere.test" });
    expect(run.exitCode).toBe(THRESHOLDS_MISSED);
    expect(run.scenarios["smoke"]?.messages).toEqual({ rejected: 5 });
    expect(run.logged.messages).toBe(0);
    expect(run.output).toContain("rcpt: 554");
  });

  it("throughput: one message an iteration", async () => {
    const run = await bench().run("throughput", { RATE: "50", DURATION: "2s" });
    expectExact(run, 100);
    expect(run.scenarios["throughput"]?.iterations).toBe(run.accepted);
  });

  it("throughput: in batches", async () => {
    const run = await bench().run("throughput", { RATE: "60", BATCH: "6", DURATION: "2s" });
    expectExact(run, 120);
    expect(run.scenarios["throughput"]?.iterations).toBe(run.accepted / 6);
  });

  it("capacity: each rate in its step", async () => {
    const run = await bench().run("capacity", { START: "10", FACTOR: "2", STEPS: "2", STEP_DURATION: "2s" });
    expectExact(run, 60);
    expect(Object.keys(run.scenarios)).toEqual(["step_10", "step_20"]);
    const { step_10: first, step_20: second } = run.scenarios;
    expect(second?.iterations).toBeGreaterThan(first?.iterations ?? 0);
  });

  it("capacity: ends at the step that breaks an objective", async () => {
    const parameters = { LOW: "5", HIGH: "9", STEPS: "5", STEP_DURATION: "4s", P99: "0.001ms" };
    const run = await bench().run("capacity", parameters);
    expect(run.exitCode).toBe(THRESHOLDS_MISSED);
    // k6 breaks off what is under way when it ends a run: that is no failure of the relay.
    expect(run.missed).toEqual(["smtp_message_duration{scenario:step_5}: p(99)<=0.001"]);
    expect(run.scenarios).not.toHaveProperty("step_7");
    const { uncertain = 0 } = run.scenarios["step_5"]?.messages ?? {};
    expect(run.logged.messages).toBeGreaterThanOrEqual(run.accepted);
    expect(run.logged.messages).toBeLessThanOrEqual(run.accepted + uncertain);
  });

  it("spike: a peak between two quiet times", async () => {
    const times = { DURATION: "1s", PEAK_DURATION: "1s", RAMP: "500ms", SETTLE: "1s" };
    const run = await bench().run("spike", { RATE: "10", PEAK: "60", ...times });
    expectExact(run, 90);
  });

  it("soak: counts without times", async () => {
    const run = await bench().run("soak", { RATE: "150", DURATION: "2s" });
    expectExact(run, 300);
    expect(run.scenarios["soak"]?.iterations).toBe(run.accepted / 2);
  });

  it("connections: holds as many sessions as asked for", async () => {
    const run = await bench().run("connections", { CONNECTIONS: "20", RAMP: "1s", HOLD: "2s" });
    expectExact(run, 0);
    expect(run.scenarios["connections"]?.sessions).toEqual({ opened: 20 });
  });

  it("connections: counts those that the relay turns away", async () => {
    const parameters = { CONNECTIONS: "12", RAMP: "1s", HOLD: "2s" };
    const strict = await bench().run("connections", parameters, "limited");
    expect(strict.exitCode).toBe(THRESHOLDS_MISSED);
    expect(strict.missed).toContain("session_refused: rate<=0");
    expect(strict.scenarios["connections"]?.sessions).toMatchObject({ opened: 4 });
    expect(strict.scenarios["connections"]?.replies).toMatchObject({
      "banner 421 4.7.0": strict.scenarios["connections"]?.sessions?.["failed"],
    });
    const lenient = await bench().run("connections", { ...parameters, REFUSED: "1" }, "limited");
    expect(lenient.exitCode, lenient.output).toBe(0);
  });

  it("connections: counts those that get no answer", async () => {
    const silent = createServer(() => {});
    silent.listen(0, LOOPBACK);
    await once(silent, "listening");
    try {
      const parameters = { CONNECTIONS: "3", RAMP: "500ms", HOLD: "500ms", PATIENCE: "500ms" };
      const port = String((silent.address() as AddressInfo).port);
      const run = await runScenario("connections", { SMTP_PORT: port, ...parameters });
      expect(run.missed).toContain("session_refused: rate<=0");
      expect(run.scenarios["connections"]?.errors?.["banner timeout"]).toBeGreaterThanOrEqual(3);
    } finally {
      silent.close();
    }
  });

  it("tls: full handshakes, then resumed ones", async () => {
    const run = await bench().run("tls", { DURATION: "1s", VUS: "2", RESUMED: "0.5" });
    expectExact(run, 10);
    expect(run.scenarios["full"]?.handshakes).not.toHaveProperty("resumed");
    expect(run.scenarios["resumed"]?.handshakes?.["resumed"]).toBeGreaterThan(0);
  });

  it("auth: right and wrong passwords, each answered as it must be", async () => {
    const parameters = {
      ...CREDENTIALS,
      SMTP_TLS: "starttls",
      RATE: "10",
      DURATION: "2s",
      FAIL_SHARE: "0.3",
    };
    const run = await bench().run("auth", parameters, "submission");
    expectExact(run, 0);
    const { iterations, replies, sessions, handshakes, errors } = run.scenarios["auth"] ?? {};
    expect(sessions).toEqual({ opened: expect.any(Number), failed: replies?.["auth 535 5.7.8"] });
    expect(replies).toMatchObject({ "auth 235 2.7.0": sessions?.["opened"], "banner 220": iterations });
    expect((sessions?.["opened"] ?? 0) + (sessions?.["failed"] ?? 0)).toBe(iterations);
    expect(handshakes).toEqual({ full: iterations });
    expect(errors).toBeUndefined();
  });

  it("recipients: each counted", async () => {
    const run = await bench().run("recipients", { COUNTS: "1,10,100", DURATION: "1s", VUS: "2" });
    expectExact(run, 3);
    for (const count of [1, 10, 100]) {
      const part = run.scenarios[`recipients_${count}`];
      expect(part?.recipients?.["accepted"]).toBe((part?.messages?.["accepted"] ?? 0) * count);
    }
    const recipients = Object.values(run.scenarios).reduce(
      (sum, part) => sum + (part.recipients?.["accepted"] ?? 0),
      0,
    );
    expect(run.logged.recipients).toBe(recipients);
  });

  it("large: up to the limit of the relay, which is an answer too", async () => {
    expectExact(await bench().run("large", { SIZES: "1KB,100KB,1MB", DURATION: "1s" }), 3);
    const over = await bench().run("large", { SIZES: "1KB,5MB", DURATION: "1s" });
    expect(over.exitCode).toBe(THRESHOLDS_MISSED);
    expect(Object.keys(over.scenarios["size_5MB"]?.replies ?? {})).toContain("mail 552 5.3.4");
    expect(over.logged.messages).toBe(over.accepted);
  });

  it("slow: judges the good client beside the bad ones", async () => {
    const load = { DRIPPING: "3", HALF_OPEN: "3", ABORTS: "5", RATE: "10" };
    const run = await bench().run("slow", { ...load, DURATION: "3s", HOLD: "1s" });
    expectExact(run, 30);
    expect(run.scenarios["abort"]?.messages).toEqual({ aborted: run.scenarios["abort"]?.iterations });
    expect(run.scenarios["probe"]?.messages).toEqual({ accepted: run.accepted });
  });

  it("mixed: generated from a seed", async () => {
    const run = await bench().run("mixed", { RATE: "20", DURATION: "2s", KINDS: "20" });
    expectExact(run, 40);
    expect(run.logged.recipients).toBe(run.scenarios["mixed"]?.recipients?.["accepted"]);
  });

  it("mixed: the messages of a folder", async () => {
    const folder = mkdtempSync(join(tmpdir(), "mailgauge-corpus-"));
    try {
      writeFileSync(join(folder, "a.eml"), "Subject: a\r\n\r\n.dot\r\n");
      writeFileSync(join(folder, "b.eml"), "Subject: b\n\nline\n");
      expectExact(await bench().run("mixed", { RATE: "20", DURATION: "1s", CORPUS: folder }), 20);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("delivery: every accepted message arrives at the sink, once", async () => {
    const parameters = { SMTP_TO: "ok@sink.test", SMTP_RUN_ID: "delivery", RATE: "30", DURATION: "2s" };
    const run = await bench().run("delivery", parameters);
    expectExact(run, 60);
    expect(await bench().sink.run("delivery")).toMatchObject({ arrived: run.accepted, duplicates: 0 });
  });

  it("delivery: tells what was lost", async () => {
    // y.test is accepted and thrown away.
    const parameters = { SMTP_RUN_ID: "lost0000", RATE: "10", DURATION: "1s", PATIENCE: "1s" };
    const run = await bench().run("delivery", parameters);
    expect(run.exitCode).toBe(THRESHOLDS_MISSED);
    expect(run.missed).toContain("delivery_lost: count==0");
    expect(run.output).toContain(`the relay accepted ${run.accepted} messages; 0 came to the sink`);
  });

  it("backpressure: the queue grows while the sink defers, and empties afterwards", async () => {
    const parameters = { SMTP_TO: "ok@sink.test", SMTP_RUN_ID: "pressure", RATE: "10", DURATION: "3s" };
    const before = (
      bench()
        .postfix.log()
        .match(/status=deferred/g) ?? []
    ).length;
    const run = await bench().run("backpressure", { ...parameters, CATCH_UP: "40s" });
    expectExact(run, 30);
    expect(
      (
        bench()
          .postfix.log()
          .match(/status=deferred/g) ?? []
      ).length,
    ).toBeGreaterThan(before);
    expect(await bench().sink.run("pressure")).toMatchObject({ arrived: run.accepted, duplicates: 0 });
  });
});

describe("scenarios that cannot run", { timeout: SECONDS }, () => {
  it("give up soon where nobody listens, and fail", async () => {
    const { closed } = await freePorts(["closed"]);
    const parameters = { SMTP_HOST: LOOPBACK, SMTP_PORT: String(closed), RATE: "50", DURATION: "50s" };
    const run = await runScenario("throughput", parameters);
    expect(run.exitCode).toBe(THRESHOLDS_MISSED);
    expect(run.seconds).toBeLessThan(30);
    expect(run.missed).toContain("smtp_message_failed: rate<0.5");
    expect(run.accepted).toBe(0);
  });

  it.each([
    ["throughput", { RATE: "ten" }, 'RATE: a whole number of at least 1 is wanted, such as 100; got "ten"'],
    ["capacity", { LOW: "10" }, "HIGH: a rate above LOW is wanted, such as 210; it is not set"],
    ["spike", { RATE: "100", PEAK: "50" }, "PEAK: a rate above RATE (100) is wanted"],
    ["auth", {}, "SMTP_USERNAME: a user to authenticate as is wanted, such as loadtest; it is not set"],
    ["delivery", { SINK_URL: "localhost" }, "SINK_URL: the address of the sink's HTTP interface is wanted"],
    [
      "tls",
      { SMTP_TLS: "none" },
      "SMTP_TLS: one of starttls, implicit, opportunistic is wanted, such as starttls",
    ],
  ])("%s with %o says so before the first connection", async (scenario, parameters, message) => {
    const run = await runScenario(scenario, parameters);
    expect(run.exitCode).toBe(SCRIPT_THREW);
    expect(run.output.replaceAll('\\"', '"')).toContain(message);
  });
});

describe("the headers of the scenarios", { timeout: SECONDS }, () => {
  const folder = join(import.meta.dirname, "../../loadtests/scenarios");
  const names = readdirSync(folder).map((file) => file.replace(/\.ts$/, ""));

  it.each(names)("%s: names its parameters with the defaults that it has", async (name) => {
    const text = readFileSync(join(folder, `${name}.ts`), "utf8");
    const parameters = [...text.matchAll(/^ \* @param ([A-Z0-9_]+) (\S+) - \S/gm)].map(([, key, value]) => [
      key ?? "",
      value ?? "",
    ]);
    expect(parameters.length).toBeGreaterThan(3);
    const given = Object.fromEntries(parameters.filter(([, value]) => value !== "none"));
    const needed = { SMTP_USERNAME: "user", SMTP_PASSWORD: "secret" };
    expect(await inspectScenario(name, { ...needed, ...given })).toBe(await inspectScenario(name, needed));
  });
});
