import { check } from "k6";
import type { Options } from "k6/options";
import { Client, corpus, message } from "k6/x/smtp";

// Mail of several sizes, as it comes; the same seed makes the same choices. With MAIL_DIR, the .eml files of a folder.
export const options: Options = {
  vus: 2,
  iterations: 40,
  thresholds: { smtp_errors: ["count==0"], smtp_message_failed: ["rate==0"], smtp_messages: ["count==40"] },
};

const relay = new Client({ host: __ENV.SMTP_HOST ?? "127.0.0.1", port: Number(__ENV.SMTP_PORT ?? 25) });
const mails = __ENV.MAIL_DIR
  ? corpus({ directory: __ENV.MAIL_DIR, seed: 7 })
  : corpus({
      messages: [
        { message: message({ subject: "Short", text: "Yes.", size: "2KB" }), weight: 80 },
        { message: message({ subject: "Long", size: "50KB" }), weight: 18 },
        { message: message({ subject: "Slides", size: "1MB" }), weight: 2 },
      ],
      seed: 7,
    });

export default function mixed(): void {
  const result = relay.send({ from: "load@example.test", to: "sink@example.test", message: mails });
  check(result, { accepted: ({ accepted }) => accepted });
}
