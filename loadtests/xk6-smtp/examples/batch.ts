import { check } from "k6";
import type { Options } from "k6/options";
import { Client, message } from "k6/x/smtp";

// A hundred messages in each iteration. The envelope of the next one travels with the final dot of the one before it
// (RFC 2920), so that a message costs one round trip, and an iteration of k6 is paid for once.
export const options: Options = {
  vus: 4,
  iterations: 20,
  thresholds: {
    smtp_errors: ["count==0"],
    smtp_message_failed: ["rate==0"],
    smtp_messages: ["count==2000"],
  },
};

const relay = new Client({ host: __ENV.SMTP_HOST ?? "127.0.0.1", port: Number(__ENV.SMTP_PORT ?? 25) });
const newsletter = message({ subject: "News", html: "<p>Nothing happened.</p>", size: "2KB" });

export default function batch(): void {
  const result = relay.sendBatch(100, {
    from: "load@example.test",
    to: "sink@example.test",
    message: newsletter,
  });
  check(result, { "all accepted": ({ accepted, count }) => accepted === count });
  if (result.first !== null) console.error(`first failure: ${result.first.code} ${result.first.text}`);
}
