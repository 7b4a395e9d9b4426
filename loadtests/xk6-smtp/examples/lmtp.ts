import { check } from "k6";
import type { Options } from "k6/options";
import { Client, message } from "k6/x/smtp";

// Delivery into mailboxes by LMTP (RFC 2033): each recipient gets a reply of its own after the final dot.
export const options: Options = {
  vus: 2,
  iterations: 10,
  thresholds: { smtp_errors: ["count==0"], smtp_message_failed: ["rate==0"], smtp_recipients: ["count==30"] },
};

const store = new Client({
  host: __ENV.SMTP_HOST ?? "127.0.0.1",
  port: Number(__ENV.SMTP_PORT ?? 24),
  protocol: "lmtp",
});
const letter = message({ subject: "To all", text: "Welcome." });

export default function lmtp(): void {
  const to = ["a@example.test", "b@example.test", "c@example.test"];
  const { recipients } = store.send({ from: "load@example.test", to, message: letter });
  check(recipients, {
    "each one delivered": (all) => all.length === 3 && all.every(({ code }) => code === 250),
  });
}
