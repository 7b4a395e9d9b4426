import type { PhaseName } from "../../model/codes.ts";
import { FaultError } from "../../model/observation.ts";
import type { PhaseRecorder } from "../../model/probe.ts";
import type { CountedReply, SmtpReply } from "../../model/smtp.ts";
import { replyLines } from "../../standards/smtp/redact.ts";
import { outcomeOf, outcomeOfError } from "./faults.ts";
import type { Wire } from "./wire.ts";

/** Commands and replies on a wire: timed as phases, counted, and told to the transcript. */
export class Conversation {
  readonly wire: Wire;
  readonly phases: PhaseRecorder;
  readonly replies: CountedReply[] = [];

  constructor(wire: Wire, phases: PhaseRecorder) {
    this.wire = wire;
    this.phases = phases;
  }

  /** Runs `steps` as one phase; its outcome is that of the reply in which they end. */
  async timed<T>(phase: PhaseName, steps: () => Promise<T>, replyOf: (result: T) => SmtpReply): Promise<T> {
    const done = this.phases.begin(phase);
    try {
      const result = await steps();
      done(outcomeOf(phase, replyOf(result)));
      return result;
    } catch (error) {
      done(outcomeOfError(error));
      throw error;
    }
  }

  /** One command and its reply, as a phase. */
  async exchange(phase: PhaseName, line: string): Promise<SmtpReply> {
    const done = this.phases.begin(phase);
    try {
      let reply = this.early(phase);
      if (reply === undefined) {
        this.send(line);
        reply = this.take(phase, await this.wire.read(phase));
      }
      done(outcomeOf(phase, reply));
      return reply;
    } catch (error) {
      done(outcomeOfError(error));
      throw error;
    }
  }

  /** A reply to what was sent already, as a phase. */
  async timedReply(phase: PhaseName): Promise<SmtpReply> {
    const done = this.phases.begin(phase);
    try {
      const reply = this.take(phase, await this.wire.read(phase));
      done(outcomeOf(phase, reply));
      return reply;
    } catch (error) {
      done(outcomeOfError(error));
      throw error;
    }
  }

  /** One command and its reply, inside a phase. */
  async command(phase: PhaseName, line: string): Promise<SmtpReply> {
    const early = this.early(phase);
    if (early !== undefined) return early;
    this.send(line);
    return this.take(phase, await this.wire.read(phase));
  }

  /** A command that is none of the phase's own: only the transcript knows of it, unless the connection ends there. */
  async aside(phase: PhaseName, line: string): Promise<SmtpReply> {
    const early = this.early(phase);
    if (early !== undefined) return early;
    this.send(line);
    return this.#tell(await this.wire.read(phase, line));
  }

  /** A command line; `shown` is what the transcript may know of it. */
  send(line: string, shown = line): void {
    this.phases.say("C", shown);
    this.wire.write(`${line}\r\n`);
  }

  /** Counts a reply and tells the transcript; gives it back without the secrets of the session. */
  take(phase: PhaseName, raw: SmtpReply): SmtpReply {
    const { code, enhanced } = raw;
    this.replies.push(enhanced === undefined ? { phase, code } : { phase, code, enhanced });
    return this.#tell(raw);
  }

  #tell(raw: SmtpReply): SmtpReply {
    const reply = this.wire.mask.reply(raw);
    for (const line of replyLines(reply)) this.phases.say("S", line);
    return reply;
  }

  /**
   * A reply that is there before its command. 421 may come at any time, and stands for the reply (RFC 5321 section
   * 3.8); after any other, replies and commands are out of step, and every later one would be misread.
   */
  early(phase: PhaseName): SmtpReply | undefined {
    const raw = this.wire.takeReply();
    if (raw === undefined) return undefined;
    const reply = this.take(phase, raw);
    if (reply.code === 421) return reply;
    this.wire.destroy();
    const message = `the server sent a reply that no command had asked for: ${replyLines(reply)[0]}`;
    throw new FaultError({ code: "protocol_error", phase, message, reply });
  }
}
