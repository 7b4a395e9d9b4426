import { check } from "k6";
import type { Options } from "k6/options";
import { Client, message } from "k6/x/smtp";

// One message after another over one connection: k6 run -e SMTP_HOST=mx.example.com -e SMTP_PORT=25 smoke.ts
export const options: Options = {
  vus: 1,
  iterations: 10,
  thresholds: {
    // k6 itself ends with success when nothing could be sent at all.
    smtp_errors: ["count==0"],
    smtp_message_failed: ["rate==0"],
    smtp_messages: ["count==10"],
    smtp_message_duration: ["p(95)<5000"],
  },
};

const relay = new Client({ host: __ENV.SMTP_HOST ?? "127.0.0.1", port: Number(__ENV.SMTP_PORT ?? 25) });
const greeting = message({ subject: "Smoke test", text: "Is anybody there?" });

export default function smoke(): void {
  const result = relay.send({ from: "load@example.test", to: "sink@example.test", message: greeting });
  check(result, { accepted: ({ accepted }) => accepted });
  if (!result.accepted) console.error(`${result.phase}: ${result.error || `${result.code} ${result.text}`}`);
}
