import { join } from "node:path";
import { type ClientRun, runAsSmtpSource, runCommand } from "./clients.ts";
import { peer } from "./programs.ts";
import type { Sink } from "./sinks.ts";

/** Another generator, for comparison. */
export interface Peer {
  readonly what: string;
  readonly messages: number;
  readonly run: (sink: Sink, messages: number) => Promise<ClientRun>;
}

const GO_SMTP_SOURCE = "github.com/nabeken/go-smtp-source@650d23422395bb9357f390b1912045d445905c2d";
const POOL = join(import.meta.dirname, "../workers/nodemailer-pool-worker.ts");

/** Those that can be had here; `say` tells which cannot. */
export function peers(say: (line: string) => void): readonly Peer[] {
  const found: Peer[] = [
    {
      what: "nodemailer, pool of 10",
      messages: 5_000,
      run: (sink, messages) => runCommand(messages, [process.execPath, POOL, `${sink.port}`, `${messages}`]),
    },
  ];
  const goSmtpSource = peer("go-smtp-source", GO_SMTP_SOURCE);
  if (goSmtpSource === undefined) {
    say("go-smtp-source cannot be installed here, and is left out");
    return found;
  }
  found.push({
    what: "go-smtp-source -s 10 -d -l 1024",
    messages: 20_000,
    run: (sink, messages) => runAsSmtpSource(goSmtpSource, sink, messages),
  });
  return found;
}
