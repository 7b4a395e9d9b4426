import { describe, expect, it } from "vitest";
import {
  context,
  endLine,
  intervalLine,
  recordedHistogram,
  snapshotLine,
  startLine,
} from "../../test/support/load-record.ts";
import { steadyRun } from "../../test/support/load-run.ts";
import type { Bottleneck, DeliveryTotals } from "../model/load-run.ts";
import { bottleneckOf } from "./bottleneck.ts";
import { createRunBuilder } from "./run.ts";

interface Scene {
  readonly executor?: string;
  readonly cpu?: number;
  readonly busy?: number;
  readonly dropped?: number;
  readonly messages?: Readonly<Record<string, number>>;
  readonly snapshot?: Readonly<Record<string, unknown>>;
  readonly delivery?: DeliveryTotals;
}

function bottleneck({
  executor = "constant-vus",
  cpu = 0.4,
  busy,
  dropped = 0,
  ...scene
}: Scene): Bottleneck {
  const builder = createRunBuilder(context);
  const { messages = { accepted: 300 } } = scene;
  builder.add(startLine({ scenarios: { default: { executor } } }));
  for (const at of [1, 2, 3]) builder.add(intervalLine(at, 100, { cpu, busy }));
  builder.add(snapshotLine(3, 300, { dropped, messages, ...scene.snapshot }));
  builder.add(endLine({ thresholds: [] }));
  return builder.build({
    end: "finished",
    ...(scene.delivery === undefined ? {} : { delivery: scene.delivery }),
  }).bottleneck;
}

const far = {
  connecting: recordedHistogram([40e6]),
  message_duration: recordedHistogram([85e6]),
  envelope: recordedHistogram([42e6]),
  accepting: recordedHistogram([43e6]),
};
const transit = { count: 300, mean: 4000, min: 1, p50: 4000, p95: 5000, p99: 6000, p999: 6000, max: 6000 };
const delivery: DeliveryTotals = { expected: 300, arrived: 300, lost: 0, duplicated: 0, transit };

it("looks at a run of a year", () => {
  const { totals, intervals: some } = steadyRun();
  const intervals = Array.from({ length: 500_000 }, () => some[0] ?? []).flat();
  const scene = { totals: { ...totals, dropped: 1 }, intervals, cores: 2, open: true, held: false };
  expect(bottleneckOf(scene).kind).toBe("relay");
});

describe("the bottleneck", () => {
  it.each<[string, Bottleneck["kind"], Scene]>([
    ["k6 has no CPU left", "client", { cpu: 1.9, executor: "constant-arrival-rate" }],
    ["other programs have the CPU", "client", { cpu: 0.4, busy: 0.99 }],
    ["they have it, and the rate was achieved", "none", { busy: 0.99, executor: "constant-arrival-rate" }],
    ["the rate was achieved", "none", { executor: "constant-arrival-rate" }],
    ["the final dot takes most of the time", "relay", {}],
    [
      "the final dot takes most of the time, and work was dropped",
      "relay",
      { executor: "constant-arrival-rate", dropped: 9, snapshot: { ms: 80 } },
    ],
    [
      "MAIL and RCPT take most of the time",
      "relay",
      { snapshot: { shares: { mail: 0.1, rcpt: 0.6, accepting: 0.3 } } },
    ],
    ["the relay refuses", "relay", { messages: { accepted: 200, deferred: 100 } }],
    [
      "handing over takes most of the time",
      "network",
      { snapshot: { shares: { envelope: 0.1, sending: 0.8, accepting: 0.1 } } },
    ],
    ["round trips are the time", "network", { snapshot: { phases: far } }],
    ["messages wait behind the relay", "sink", { delivery }],
    [
      "nothing stands out",
      "unknown",
      { snapshot: { shares: { envelope: 0.4, sending: 0.2, accepting: 0.4 } } },
    ],
    ["no message was sent", "unknown", { messages: {} }],
  ])("when %s is: %s", (_, kind, scene) => {
    const found = bottleneck(
      scene.messages !== undefined && Object.keys(scene.messages).length === 0 ? empty(scene) : scene,
    );
    expect(found.kind).toBe(kind);
    expect(found.sentence).toMatch(/\.$/);
    expect(found.evidence.length).toBeGreaterThan(0);
  });

  it("is not what is slow most of the time when work was dropped in a moment", () => {
    const found = bottleneck({ executor: "constant-arrival-rate", dropped: 9 });
    expect(found.kind).toBe("unknown");
    expect(found.sentence).toContain("the sessions were busy 2 % of the time");
  });

  it("is not looked for where connections break", () => {
    const errors = { "accepting reset": 60 };
    const found = bottleneck({ dropped: 9, messages: { accepted: 240, failed: 60 }, snapshot: { errors } });
    expect(found.sentence).toBe(
      "20 % of the messages failed on the way. Most frequent error: reset at accepting, 60 times.",
    );
    const dead = bottleneck({ dropped: 9, messages: { failed: 300 }, snapshot: { errors } });
    expect(dead.sentence).toContain("The relay answered to no message.");
    const lost = bottleneck({ messages: { uncertain: 200, failed: 100 }, snapshot: { errors } });
    expect(lost.sentence).toContain("The relay answered to no message.");
  });

  it("is no limit of anybody where nearly every message breaks off, whatever else was scarce", () => {
    const errors = { "tls_handshaking tls_certificate": 280 };
    const messages = { accepted: 2, rejected: 18, failed: 280 };
    for (const cpu of [0.1, 1.9])
      expect(bottleneck({ cpu, messages, snapshot: { errors } })).toMatchObject({
        kind: "unknown",
        sentence:
          "93.3 % of the messages failed on the way. Most frequent error: tls_certificate at tls_handshaking, 280 times.",
      });
  });

  it("is the client machine where other programs than k6 have all of it", () => {
    const found = bottleneck({ cpu: 0.4, busy: 0.99 });
    expect(found.sentence).toContain(
      "The client machine was the limit: all programs together used 99 % of its cores, k6 20 %.",
    );
    expect(found.evidence[0]).toBe(
      "k6 used 20 % of 2 cores where it was busiest, all programs of this machine 99 %",
    );
  });

  it("is not told from a handful of messages", () => {
    const { kind, sentence } = bottleneck({ messages: { accepted: 5 } });
    expect([kind, sentence]).toEqual(["unknown", "5 messages cannot tell what the limit is."]);
  });

  it("is the relay, however busy the machine, where its reply alone is slow", () => {
    const shares = { envelope: 0.002, sending: 0.002, accepting: 0.99 };
    const found = bottleneck({ cpu: 0.1, busy: 0.99, snapshot: { ms: 100, shares } });
    expect(found.sentence).toContain("between the final dot and its reply");
  });

  it("gives the figures that it was told from", () => {
    expect(bottleneck({ executor: "constant-arrival-rate", dropped: 100 }).evidence).toEqual([
      "k6 used 20 % of 2 cores where it was busiest",
      "100 of 400 iterations (25 %) found no free VU",
      "time of a message: 10 % from MAIL to the reply that asks for it, 10 % sending it, 80 % from the final dot to its reply",
      "a connection (one round trip) took 0.1 ms, a message 2 ms (medians)",
    ]);
  });

  it("names the error when nothing came as far as a message", () => {
    const found = bottleneck(empty({ snapshot: { errors: { "connecting connect_refused": 12 } } }));
    expect(found.sentence).toBe(
      "The relay answered to no message. Most frequent error: connect_refused at connecting, 12 times.",
    );
  });
});

function empty(scene: Scene): Scene {
  return { ...scene, messages: {}, snapshot: { ...scene.snapshot, phases: {} } };
}
