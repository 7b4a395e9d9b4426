import { onTestFinished } from "vitest";

import type { Resolve } from "../../src/model/dns.ts";
import type { Phase } from "../../src/model/observation.ts";
import type { DialNotes, SmtpDial, SmtpSession, TranscriptLine } from "../../src/model/smtp.ts";
import { openPhases } from "../../src/engine/phases.ts";
import { systemClock } from "../../src/engine/clock.ts";
import { DEFAULT_SMTP_LIMITS, type SmtpContext, type SmtpLimits } from "../../src/net/smtp/context.ts";
import { dialSmtp } from "../../src/net/smtp/dial.ts";

/** A client as one observation has it, with all that it recorded. What it opened ends with the test. */
export interface TestClient {
  dial(more: Partial<SmtpDial> & { readonly port: number }): Promise<SmtpSession>;
  readonly notes: Partial<DialNotes>;
  readonly transcript: TranscriptLine[];
  /** Name and outcome of each phase so far. */
  phases(): string[];
  readonly controller: AbortController;
}

const noDns: Resolve = () => Promise.reject(new Error("this test looks nothing up"));

export interface TestClientOptions extends Partial<Omit<SmtpContext, "limits" | "phases" | "signal">> {
  readonly limits?: Partial<SmtpLimits>;
  readonly controller?: AbortController;
}

export function testClient(options: TestClientOptions = {}): TestClient {
  const { limits, controller = new AbortController(), ...more } = options;
  const transcript: TranscriptLine[] = [];
  const book = openPhases(systemClock, (line) => transcript.push(line));
  const begun: { name: Phase["name"]; outcome: string }[] = [];
  const phases: SmtpContext["phases"] = {
    elapsed: () => book.elapsed(),
    say: (side, text) => book.say(side, text),
    begin(name) {
      const entry = { name, outcome: "open" };
      begun.push(entry);
      return (outcome = "ok") => {
        if (entry.outcome !== "open") throw new Error(`phase ${name} ended twice`);
        entry.outcome = outcome;
      };
    },
  };
  const notes: Partial<DialNotes> = {};
  const context: SmtpContext = {
    resolve: noDns,
    signal: controller.signal,
    phases,
    limits: { ...DEFAULT_SMTP_LIMITS, ...limits },
    ...more,
  };
  onTestFinished(() => controller.abort());
  return {
    notes,
    transcript,
    controller,
    phases: () => begun.map(({ name, outcome }) => (outcome === "ok" ? name : `${name}:${outcome}`)),
    dial: (dial) => dialSmtp({ host: "127.0.0.1", implicitTls: false, tls: {}, ...dial }, context, notes),
  };
}
