import { LOOPBACK } from "./ports.ts";
import { type RunningServer, startServer } from "./server.ts";

/**
 * Postfix's smtp-sink(1): takes all mail and throws it away, or misbehaves as its flags say, such as
 * `["-f", "rcpt"]` (reject), `["-r", "data"]` (defer), `["-q", "mail"]` (drop the connection), `["-Q", "rcpt"]`
 * (421 and drop), `["-W", "mail:1"]` (seconds before the reply), `["-e"]` (no ESMTP), `["-L"]` (LMTP). No TLS.
 */
export function startSmtpSink(flags: readonly string[] = []): Promise<RunningServer<"smtp">> {
  return startServer({
    name: "smtp-sink",
    ports: ["smtp"],
    prepare: (_dir, ports) => ({
      command: "smtp-sink",
      args: [...flags, `${LOOPBACK}:${ports.smtp}`, "100"],
    }),
  });
}
