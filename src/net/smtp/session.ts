import type {
  AuthResult,
  CountedReply,
  EhloCapabilities,
  Envelope,
  MailParameters,
  RcptParameters,
  RemoteEnd,
  SmtpDial,
  SmtpReply,
  SmtpSession,
  SubmitOptions,
  SubmitResult,
} from "../../model/smtp.ts";
import type { Credentials } from "../../model/subject.ts";
import type { TlsFacts } from "../../model/tls.ts";
import { heloCommand, mailCommand, rcptCommand } from "../../standards/smtp/commands.ts";
import { SmtpArgumentError } from "../../standards/smtp/errors.ts";
import { parseEhlo } from "../../standards/smtp/ehlo.ts";
import { authenticate } from "./auth.ts";
import type { SmtpLimits } from "./context.ts";
import type { Conversation } from "./conversation.ts";
import { secureConversation } from "./secure.ts";
import { submitMessage } from "./submit.ts";

/** Codes with which a server says that it does not know EHLO (RFC 5321 section 3.2). */
const NO_EHLO: ReadonlySet<number> = new Set([500, 502]);

/** What a dial has found out by the time the session begins. */
export interface SessionStart {
  readonly dial: SmtpDial;
  readonly remote: RemoteEnd;
  readonly banner: SmtpReply;
  readonly limits: SmtpLimits;
  readonly roundTripMs: number;
  /** Under implicit TLS. */
  readonly tls?: TlsFacts;
}

/**
 * An SMTP or LMTP session on an open conversation. A parameter whose extension is not offered, or an argument that
 * would break out of its line, rejects with `SmtpArgumentError` before anything is sent.
 */
export class Session implements SmtpSession {
  readonly remote: RemoteEnd;
  readonly banner: SmtpReply;
  readonly replies: readonly CountedReply[];
  tls?: TlsFacts;
  capabilities?: EhloCapabilities;
  injectedBytes = 0;
  readonly #talk: Conversation;
  readonly #dial: SmtpDial;
  readonly #limits: SmtpLimits;
  readonly #roundTripMs: number;
  /** Whether the transaction was begun with SMTPUTF8, which RCPT then may use too. */
  #utf8 = false;

  constructor(talk: Conversation, start: SessionStart) {
    this.#talk = talk;
    this.#dial = start.dial;
    this.#limits = start.limits;
    this.#roundTripMs = start.roundTripMs;
    if (start.tls !== undefined) this.tls = start.tls;
    this.remote = start.remote;
    this.banner = start.banner;
    this.replies = talk.replies;
  }

  async ehlo(name: string): Promise<SmtpReply> {
    const talk = this.#talk;
    const verb = this.#dial.lmtp === true ? "LHLO" : "EHLO";
    const hello = heloCommand(verb, name);
    const greet = async (): Promise<SmtpReply> => {
      const first = await talk.command("ehlo", hello);
      if (verb === "LHLO" || !NO_EHLO.has(first.code)) return first;
      const second = await talk.command("ehlo", heloCommand("HELO", name));
      // HELO has no capabilities: its lines are text.
      return { ...second, lines: second.lines.slice(0, 1) };
    };
    const reply = await talk.timed("ehlo", greet, (last) => last);
    if (reply.code === 250) this.capabilities = parseEhlo(reply);
    return reply;
  }

  async startTls(): Promise<SmtpReply> {
    const talk = this.#talk;
    const reply = await talk.exchange("starttls", "STARTTLS");
    if (reply.code !== 220) return reply;
    // What was said in the clear may have been an attacker's (RFC 3207 section 4.2).
    delete this.capabilities;
    const tls = await secureConversation(talk, this.#dial, (octets) => {
      this.injectedBytes = octets;
    });
    this.tls = tls;
    // Else the server's reply to EHLO is held back by Nagle behind the tickets, until our delayed ACK: 40 ms. They are
    // one round trip away; a server that sends none must not keep us waiting for long.
    if (tls.version === "TLSv1.3") await talk.wire.ticket(this.#limits.ticketMs + this.#roundTripMs);
    return reply;
  }

  async auth(credentials: Credentials): Promise<AuthResult> {
    const connection = { secure: this.tls !== undefined, capabilities: this.capabilities };
    return await authenticate(this.#talk, credentials, connection, this.#dial);
  }

  async mail(from: string, parameters: MailParameters = {}): Promise<SmtpReply> {
    const line = mailCommand(from, parameters, this.capabilities);
    this.#checkRequireTls(parameters);
    this.#utf8 = parameters.smtpUtf8 === true;
    return await this.#talk.exchange("mail", line);
  }

  async rcpt(to: string, parameters?: RcptParameters): Promise<SmtpReply> {
    return await this.#talk.exchange("rcpt", rcptCommand(to, parameters, this.capabilities, this.#utf8));
  }

  async rset(): Promise<SmtpReply> {
    return await this.#talk.aside("rcpt", "RSET");
  }

  async submit(envelope: Envelope, message: Uint8Array, options?: SubmitOptions): Promise<SubmitResult> {
    this.#checkRequireTls(envelope.mail);
    const transaction = {
      talk: this.#talk,
      lmtp: this.#dial.lmtp === true,
      capabilities: this.capabilities,
    };
    return await submitMessage(transaction, envelope, message, options);
  }

  /** RFC 8689 section 2: only under TLS, to a server whose certificate holds. Throws `SmtpArgumentError`. */
  #checkRequireTls(parameters: MailParameters | undefined): void {
    if (parameters?.requireTls !== true || this.tls?.trusted === true) return;
    throw new SmtpArgumentError("REQUIRETLS needs TLS and a server whose certificate is trusted");
  }

  async quit(): Promise<void> {
    const { wire } = this.#talk;
    if (wire.ended) return wire.destroy();
    const timer = setTimeout(
      () => wire.fail({ code: "timeout", what: "no answer came in time" }),
      this.#limits.quitMs,
    );
    try {
      await this.#talk.exchange("quit", "QUIT");
      wire.close();
    } catch {
      // The phase has recorded it; all that was to be learnt from this session is known.
      wire.destroy();
    } finally {
      clearTimeout(timer);
    }
  }

  destroy(): void {
    this.#talk.wire.destroy();
  }
}
