// Sends messages of 1 kB through a pool of ten connections of nodemailer: `nodemailer-pool-worker.ts PORT MESSAGES`.
import { createTransport } from "nodemailer";

const [port = 0, messages = 0] = process.argv.slice(2).map(Number);
const POOL = 10;

const transport = createTransport({
  pool: true,
  maxConnections: POOL,
  maxMessages: Number.POSITIVE_INFINITY,
  host: "127.0.0.1",
  port,
  ignoreTLS: true,
});
let left = messages;
/** One after the other; ten of these keep each connection at work without a queue that grows. */
async function send(): Promise<void> {
  while (left > 0) {
    left -= 1;
    // oxlint-disable-next-line no-await-in-loop -- a connection carries one message at a time
    await transport.sendMail({ from: "bench@bench.test", to: "seed@bench.test", text: "x".repeat(1024) });
  }
}
await Promise.all(Array.from({ length: POOL }, send));
transport.close();
