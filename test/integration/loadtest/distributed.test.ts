import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { prometheusVerdict } from "../../../src/loadtest/prometheus-verdict.ts";
import { type K6Run, runK6 } from "../../support/k6.ts";
import { type MailgaugeSink, startMailgaugeSink } from "../../support/servers/mailgauge-sink.ts";
import { type Prometheus, startPrometheus } from "../../support/servers/prometheus.ts";

const SCRIPT = "test/integration/loadtest/scripts/segments.ts";

/** What the processes together are: each does its part of one test. */
const SEQUENCES = { one: ["0", "1"], two: ["0", "1/2", "1"], three: ["0", "1/3", "2/3", "1"] } as const;

function segmentArgs(points: readonly string[], index: number): string[] {
  const sequence = points.join(",");
  return [
    `--execution-segment=${points[index]}:${points[index + 1]}`,
    `--execution-segment-sequence=${sequence}`,
  ];
}

/** Runs all processes of a test at once, as k6-operator starts them. */
function runDivided(
  points: readonly string[],
  parameters: Readonly<Record<string, string | number>>,
  args: readonly string[] = [],
): Promise<readonly K6Run[]> {
  return Promise.all(
    points
      .slice(1)
      .map((_, index) => runK6(SCRIPT, parameters, { args: [...segmentArgs(points, index), ...args] })),
  );
}

function accepted(runs: readonly K6Run[]): number {
  return runs.reduce((sum, { counts }) => sum + (counts.messages["accepted"] ?? 0), 0);
}

describe("a load test divided among processes", () => {
  let sink: MailgaugeSink;

  beforeAll(async () => {
    sink = await startMailgaugeSink();
  });
  afterAll(() => sink?.stop());

  /** The id is that of all processes: they are one run. */
  async function total(points: readonly string[], id: string): Promise<number> {
    const runs = await runDivided(points, { SMTP_PORT: sink.ports.smtp, SMTP_RUN_ID: id });
    for (const { exitCode, log } of runs) expect(exitCode, log).toBe(0);
    const arrived = await sink.run(id);
    expect(arrived, "each message arrived once: no two processes made the same token").toMatchObject({
      arrived: accepted(runs),
      duplicates: 0,
    });
    return accepted(runs);
  }

  it("does exactly the work of one process, with tokens that are unique over all", async () => {
    const whole = await total(SEQUENCES.one, "segment1");
    expect(await total(SEQUENCES.two, "segment2")).toBe(whole);
    expect(await total(SEQUENCES.three, "segment3")).toBe(whole);
  });
});

describe("the verdict on a divided load test, by Prometheus", () => {
  let sink: MailgaugeSink;
  let prometheus: Prometheus;

  beforeAll(async () => {
    [sink, prometheus] = await Promise.all([
      startMailgaugeSink(),
      startPrometheus({}, ["--web.enable-remote-write-receiver", "--enable-feature=native-histograms"]),
    ]);
  });
  afterAll(() => Promise.all([sink?.stop(), prometheus?.stop()]));

  /** What `mailgauge loadtest --prometheus` gives k6, for two runners. */
  async function runTwo(id: string, parameters: Readonly<Record<string, string>> = {}): Promise<number> {
    const runners = SEQUENCES.two.slice(1).map((_, index) =>
      runK6(
        SCRIPT,
        { SMTP_PORT: sink.ports.smtp, SMTP_RUN_ID: id, ...remoteWrite(), ...parameters },
        {
          args: [
            ...segmentArgs(SEQUENCES.two, index),
            "--out=experimental-prometheus-rw",
            "--features=native-histograms",
            `--tag=testid=${id}`,
            `--tag=instance_id=${index + 1}`,
          ],
        },
      ),
    );
    return accepted(await Promise.all(runners));
  }

  function remoteWrite(): Readonly<Record<string, string>> {
    return { K6_PROMETHEUS_RW_SERVER_URL: `http://127.0.0.1:${prometheus.ports.http}/api/v1/write` };
  }

  function verdict(id: string, p99Ms: number) {
    return prometheusVerdict({ url: `http://127.0.0.1:${prometheus.ports.http}`, id, errors: 0.01, p99Ms });
  }

  it("counts the messages of both runners and merges their latencies", async () => {
    const sent = await runTwo("promrun1");
    const [counted] = await prometheus.query('sum(k6_smtp_messages_total{testid="promrun1"})');
    expect(counted?.value).toBe(sent);
    const runners = await prometheus.query(
      'count(count by (instance_id) (k6_smtp_messages_total{testid="promrun1"}))',
    );
    expect(runners[0]?.value).toBe(2);
    const [observed] = await prometheus.query(
      'sum(histogram_count(k6_smtp_message_duration_seconds{testid="promrun1"}))',
    );
    expect(observed?.value).toBe(sent);
    const objectives = await verdict("promrun1", 60_000);
    expect(objectives).toHaveLength(4);
    expect(objectives.filter(({ ok }) => !ok)).toEqual([]);
  });

  it("fails for what only the sum shows, and names the objective", async () => {
    await sink.setProfile({
      name: "halfgone",
      rules: [{ phase: "rcpt", probability: 0.5, reply: "550 5.1.1 no such user" }],
    });
    await runTwo("promrun2");
    const missed = (await verdict("promrun2", 0.001)).filter(({ ok }) => !ok);
    expect(missed.map(({ metric }) => metric)).toEqual([
      "prometheus: smtp_messages not accepted",
      "prometheus: smtp_message_duration",
    ]);
  });

  it("is an error, not a pass, for a run that Prometheus does not know", async () => {
    await expect(verdict("nosuchid", 1000)).rejects.toThrow(/knows no messages of the run nosuchid/);
  });
});
