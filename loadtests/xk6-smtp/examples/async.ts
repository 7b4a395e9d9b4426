import { check } from "k6";
import type { Options } from "k6/options";
import { Client, message } from "k6/x/smtp";

// Several sessions at a time in one VU, as of a client with a small pool. More VUs are the cheaper way to more sessions.
export const options: Options = {
  vus: 2,
  iterations: 10,
  thresholds: { smtp_errors: ["count==0"], smtp_message_failed: ["rate==0"], smtp_messages: ["count==50"] },
};

const relay = new Client({ host: __ENV.SMTP_HOST ?? "127.0.0.1", port: Number(__ENV.SMTP_PORT ?? 25) });
const alert = message({ subject: "Alert", text: "Look here." });

export default async function pool(): Promise<void> {
  const recipients = ["a", "b", "c", "d", "e"].map((name) => `${name}@example.test`);
  const results = await Promise.all(
    recipients.map((to) => relay.sendAsync({ from: "load@example.test", to, message: alert })),
  );
  check(results, { "all accepted": (all) => all.every(({ accepted }) => accepted) });
}
