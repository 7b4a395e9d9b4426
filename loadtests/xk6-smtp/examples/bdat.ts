import { check } from "k6";
import type { Options } from "k6/options";
import { Client, message } from "k6/x/smtp";

// Ten whole messages in one write by BDAT (RFC 3030): the least that a message can cost. The times of a window hold the
// wait within it. A server without CHUNKING gives the error chunking_not_offered.
export const options: Options = {
  vus: 4,
  iterations: 20,
  thresholds: {
    smtp_errors: ["count==0"],
    smtp_message_failed: ["rate==0"],
    smtp_messages: ["count==2000"],
  },
};

const relay = new Client({
  host: __ENV.SMTP_HOST ?? "127.0.0.1",
  port: Number(__ENV.SMTP_PORT ?? 25),
  chunking: true,
  metrics: "lean",
});
const event = message({ subject: "Event", text: "Something happened.", size: "1KB" });

export default function bdat(): void {
  const result = relay.sendBatch(100, {
    from: "load@example.test",
    to: "sink@example.test",
    message: event,
    window: 10,
  });
  check(result, { "all accepted": ({ accepted, count }) => accepted === count });
}
