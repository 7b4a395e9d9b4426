import { check } from "k6";
import type { Options } from "k6/options";
import { Client, message } from "k6/x/smtp";

// The conversation command by command, for what no well-behaved client does.
export const options: Options = {
  vus: 1,
  iterations: 3,
  thresholds: { checks: ["rate==1"], smtp_errors: ["count==0"], smtp_messages: ["count==3"] },
};

const relay = new Client({ host: __ENV.SMTP_HOST ?? "127.0.0.1", port: Number(__ENV.SMTP_PORT ?? 25) });
const note = message({ subject: "Step by step", text: "Hello." });

export default function steps(): void {
  check(relay.connect(), { "says hello": ({ code }) => code === 220 });
  check(relay.ehlo("client.example.test"), {
    "takes commands in groups": ({ extensions }) =>
      extensions?.some((e) => e.startsWith("PIPELINING")) ?? false,
  });
  check(relay.rcpt("sink@example.test"), { "wants MAIL first": ({ code }) => code >= 500 });
  check(relay.mail("load@example.test", "SIZE=500"), { "takes the sender": ({ ok }) => ok });
  check(relay.rcpt("sink@example.test"), { "takes the recipient": ({ ok }) => ok });
  check(relay.data(note), { "takes the message": ({ ok }) => ok });
  check(relay.cmd("VRFY postmaster"), { "answers VRFY": ({ code }) => code > 0 });
  check(relay.rset(), { "forgets it all": ({ ok }) => ok });
  check(relay.quit(), { "says goodbye": ({ code }) => code === 221 });
}
