import { check } from "k6";
import type { Options } from "k6/options";
import { Client, message } from "k6/x/smtp";

// A session for each message, with a full handshake and a log-in: what a relay pays for clients that do not reuse.
export const options: Options = {
  scenarios: {
    logins: {
      executor: "constant-arrival-rate",
      rate: 20,
      timeUnit: "1s",
      duration: "2s",
      preAllocatedVUs: 10,
    },
  },
  thresholds: {
    smtp_errors: ["count==0"],
    smtp_message_failed: ["rate==0"],
    smtp_messages: ["count>0"],
    // An arrival rate drops what it cannot start in time; without this the run would measure less than was asked for.
    dropped_iterations: ["count==0"],
    smtp_tls_handshaking: ["p(95)<1000"],
    smtp_auth: ["p(95)<1000"],
  },
};

const submission = new Client({
  host: __ENV.SMTP_HOST ?? "127.0.0.1",
  port: Number(__ENV.SMTP_PORT ?? 587),
  tls: "starttls",
  tlsOptions: {
    cacerts: __ENV.SMTP_CA,
    serverName: __ENV.SMTP_SERVER_NAME ?? "localhost",
    keyExchange: "classic",
  },
  auth: { user: __ENV.SMTP_USERNAME, pass: __ENV.SMTP_PASSWORD },
  reuse: { maxMessages: 1 },
});
const order = message({ subject: "Your order", text: "Thank you.", size: "4KB" });

export default function login(): void {
  const result = submission.send({ from: "load@example.test", to: "sink@example.test", message: order });
  check(result, {
    accepted: ({ accepted }) => accepted,
    "TLS 1.3": ({ tls }) => tls?.version === "1.3",
  });
}
