// The one k6 script of the load benchmarks: what it does is chosen by the environment.
import { Client, message } from "k6/x/smtp";

const { MODE, HOST, PORT, TLS, CA, KEX, SESSION, REUSE } = __ENV;
const BATCH = Number(__ENV.BATCH || 0);
const WINDOW = Number(__ENV.WINDOW || 1);
const RATE = Number(__ENV.RATE || 0);
const VUS = Number(__ENV.VUS || 10);

const closed = { executor: "shared-iterations", vus: VUS, iterations: Number(__ENV.ITERATIONS || 1), maxDuration: "2m" };
const forTime = { executor: "constant-vus", vus: VUS, duration: __ENV.DURATION || "10s", gracefulStop: "5s" };
const open = {
  executor: "constant-arrival-rate",
  rate: RATE,
  timeUnit: "1s",
  duration: __ENV.DURATION || "10s",
  preAllocatedVUs: VUS,
  gracefulStop: "5s",
};

export const options = {
  scenarios: { bench: RATE > 0 ? open : __ENV.ITERATIONS ? closed : forTime },
  summaryTrendStats: ["avg", "med", "p(99)", "p(99.9)", "max", "count"],
};

const client = new Client({
  host: HOST || "127.0.0.1",
  port: Number(PORT),
  ehlo: "bench.test",
  pipelining: MODE === "lockstep" ? "off" : "auto",
  chunking: MODE === "bdat",
  tls: TLS || "none",
  tlsOptions: TLS && TLS !== "none" ? { cacerts: CA, serverName: "localhost", keyExchange: KEX, session: SESSION } : undefined,
  reuse: REUSE ? { maxMessages: Number(REUSE) } : undefined,
  metrics: __ENV.METRICS || "full",
});
const one = { from: "bench@bench.test", to: "seed@bench.test", message: message({ size: Number(__ENV.SIZE || 1024) }) };
const many = { ...one, window: WINDOW };

export default BATCH > 0 ? () => client.sendBatch(BATCH, many) : () => client.send(one);

/** One line that the benchmark reads. */
export function handleSummary({ metrics, state }) {
  const count = (name) => metrics[name]?.values.count ?? 0;
  const trends = {};
  for (const [name, { type, values }] of Object.entries(metrics)) if (type === "trend") trends[name] = values;
  return {
    stdout: JSON.stringify({
      ms: state.testRunDurationMs,
      messages: count("smtp_messages"),
      sessions: count("smtp_sessions"),
      iterations: count("iterations"),
      dropped: count("dropped_iterations"),
      errors: count("smtp_errors"),
      failed: metrics.smtp_message_failed?.values.rate ?? 1,
      trends,
    }),
  };
}
