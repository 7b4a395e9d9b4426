import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Benchmark, Row } from "../support/benchmark.ts";
import { type Cast, withCast } from "../support/stage.ts";
import { round } from "../support/statistics.ts";
import { memoryMb } from "../support/usage.ts";
import { built } from "./programs.ts";
import { startOwnSink } from "./sinks.ts";

const DAY_MESSAGES = 1000 * 86_400;
const BATCH = 10;
const SECONDS = 30;

/**
 * Sends as fast as it goes, so that half a minute holds more messages than an hour of the soak, and reads what k6's
 * memory grew by between a third of the way and the end.
 */
async function measure(cast: Cast, say: (line: string) => void): Promise<readonly Row[]> {
  const sink = await startOwnSink(cast);
  const sample = async (seconds: number): Promise<{ messages: number; mb: number }> => {
    const child = spawn(
      built("k6"),
      [
        "run",
        "--quiet",
        "--no-usage-report",
        "--out",
        "smtp-record=/dev/null",
        join(import.meta.dirname, "bench.js"),
      ],
      {
        stdio: ["ignore", "pipe", "inherit"],
        env: {
          ...process.env,
          K6_AUTO_EXTENSION_RESOLUTION: "false",
          PORT: `${sink.port}`,
          MODE: "pipelined",
          METRICS: "counters",
          BATCH: `${BATCH}`,
          DURATION: `${seconds}s`,
        },
      },
    );
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    let peak = 0;
    const timer = setInterval(() => {
      if (child.pid !== undefined && child.exitCode === null) peak = Math.max(peak, memoryOf(child.pid));
    }, 500);
    await once(child, "exit");
    clearInterval(timer);
    const { messages } = JSON.parse(output) as { messages: number };
    say(`${seconds} s: ${messages} messages, peak ${round(peak)} MB`);
    return { messages, mb: peak };
  };
  const short = await sample(SECONDS / 3);
  const long = await sample(SECONDS);
  const bytes = Math.max(0, ((long.mb - short.mb) * 1e6) / (long.messages - short.messages));
  const day = long.mb + (bytes * DAY_MESSAGES) / 1e6;
  return [
    {
      what: `memory of a soak of 24 h at 1,000 messages/s in batches of ${BATCH}, extrapolated`,
      ours: `${round(day)} MB (${bytes.toFixed(2)} bytes a message)`,
      peer: "",
      aim: "< 1000 MB",
      met: day < 1000,
    },
  ];
}

/** 0 when it has just ended. */
function memoryOf(pid: number): number {
  try {
    const { peak } = memoryMb(pid);
    return Number.isFinite(peak) ? peak : 0;
  } catch {
    return 0;
  }
}

export const loadSoak: Benchmark = {
  name: "load-soak",
  title: "memory of a long run",
  seconds: 45,
  run: (say) => withCast(async (cast) => measure(cast, say)),
};
