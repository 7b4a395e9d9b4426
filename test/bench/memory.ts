import type { Benchmark, Row } from "./support/benchmark.ts";
import { startBenchBlackbox } from "./support/blackbox.ts";
import { benchRelays, NO_LIMITS, startDaemon, writeConfig } from "./support/package.ts";
import { onStage, type Stage } from "./support/stage.ts";
import { round } from "./support/statistics.ts";
import { memoryMb } from "./support/usage.ts";
import type { Step } from "./workers/smtp-server-worker.ts";

const MANY = 1000;
/** Long enough for all of them to be held at once: the daemon spreads its first runs over the interval. */
const INTERVAL_S = 20;
const POLL_MS = 50;

interface Case {
  readonly inFlight: number;
  readonly hold: Step;
  readonly what: string;
  readonly aimMb: number;
}

const CASES: readonly Case[] = [
  { inFlight: 1, hold: "banner", what: "1 in flight", aimMb: 80 },
  { inFlight: MANY, hold: "banner", what: `${MANY} in flight, before the greeting`, aimMb: 120 },
  { inFlight: MANY, hold: "mail", what: `${MANY} in flight, with TLS held`, aimMb: 190 },
];

/** All but the few whose deadline comes before the last has begun. */
async function untilHeld(stage: Stage, count: number): Promise<number> {
  let most = 0;
  const deadline = performance.now() + INTERVAL_S * 1000;
  while (most < count && performance.now() < deadline) {
    most = Math.max(most, (await stage.server.call("count", undefined)).held);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return most;
}

async function daemonMb(stage: Stage, { inFlight, hold }: Case): Promise<{ mb: number; held: number }> {
  await stage.server.call("behave", { hold });
  const config = writeConfig(stage, {
    defaults: { interval: `${INTERVAL_S}s`, timeout: `${INTERVAL_S - 1}s` },
    limits: NO_LIMITS,
    relays: benchRelays(stage, inFlight, "data"),
  });
  const daemon = await startDaemon(stage, config);
  const held = await untilHeld(stage, inFlight);
  const mb = memoryMb(daemon.pid).peak;
  await daemon.stop();
  await stage.server.call("release", undefined);
  return { mb, held };
}

async function blackboxMb(stage: Stage, { inFlight, hold }: Case): Promise<number> {
  await stage.server.call("behave", { hold });
  const blackbox = await startBenchBlackbox(stage.certificate.ca, { timeout: "60s" });
  stage.onStop(() => blackbox.stop());
  const probes = Array.from({ length: inFlight }, () => blackbox.probe(stage.port));
  await untilHeld(stage, inFlight);
  const mb = memoryMb(blackbox.pid).peak;
  await stage.server.call("release", undefined);
  await stage.server.call("behave", {});
  await Promise.all(probes);
  await blackbox.stop();
  return mb;
}

async function measure(stage: Stage, say: (line: string) => void): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const one of CASES) {
    const { mb, held } = await daemonMb(stage, one);
    const peer = await blackboxMb(stage, one);
    say(`${one.what}: ${held} held, ${round(mb)} MB; blackbox_exporter ${round(peer)} MB`);
    rows.push({
      what: `memory (RSS, most) of the daemon, ${one.what}`,
      ours: `${round(mb)} MB (${held} held)`,
      peer: `blackbox_exporter ${round(peer)} MB`,
      ratio: mb / peer,
      aim: `<= ${one.aimMb} MB`,
      met: mb <= one.aimMb,
    });
  }
  return rows;
}

export const memory: Benchmark = {
  name: "memory",
  title: "memory of the compiled daemon with many connections in flight",
  seconds: 65,
  run: (say) => onStage((stage) => measure(stage, say)),
};
