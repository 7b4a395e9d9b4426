import { Buffer } from "node:buffer";

import { FaultError } from "../../model/observation.ts";
import type { AuthResult, EhloCapabilities, SmtpReply } from "../../model/smtp.ts";
import type { Credentials } from "../../model/subject.ts";
import { beginSasl, chooseMechanism, type SaslServer } from "../../standards/sasl/choose.ts";
import { SaslError, type SaslExchange } from "../../standards/sasl/exchange.ts";
import { REDACTED, redactCommand } from "../../standards/smtp/redact.ts";
import type { Conversation } from "./conversation.ts";

/** SCRAM takes two challenges; no mechanism takes more than three. */
const MAX_CHALLENGES = 6;
/** Octets of a command without its line end (RFC 5321 section 4.5.3.1.4); a longer answer waits for a challenge. */
const MAX_AUTH_LINE = 510;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * AUTH (RFC 4954) with the strongest mechanism that fits. Sends nothing and rejects with `auth_not_offered` when none
 * does, or when the connection is not encrypted and the credentials do not allow that.
 */
export async function authenticate(
  talk: Conversation,
  credentials: Credentials,
  connection: { readonly secure: boolean; readonly capabilities?: EhloCapabilities | undefined },
  server: SaslServer,
): Promise<AuthResult> {
  if (!connection.secure && credentials.allowCleartext !== true) {
    throw notOffered("AUTH was not tried: the connection is not encrypted, and cleartext is not allowed");
  }
  const offered = connection.capabilities?.authMechanisms ?? [];
  const mechanism = chooseMechanism(offered, credentials);
  if (mechanism === undefined) throw notOffered(misfit(offered, credentials));
  for (const secret of secretsOf(credentials)) talk.wire.mask.addSecret(secret);
  const dialogue = new AuthDialogue(talk, beginSasl(mechanism, credentials, server));
  return await talk.timed(
    "auth",
    () => dialogue.run(),
    (result) => result.reply,
  );
}

function notOffered(message: string): FaultError {
  return new FaultError({ code: "auth_not_offered", phase: "auth", message });
}

function misfit(offered: readonly string[], { mechanism }: Credentials): string {
  const list = offered.slice(0, 20).join(" ");
  const fit = mechanism === undefined ? "none that the credentials fit" : `not ${mechanism}`;
  return list === "" ? "the server does not offer AUTH" : `the server offers AUTH ${list}, ${fit}`;
}

function secretsOf({ password, accessToken }: Credentials): string[] {
  return [password, accessToken].flatMap((secret) => (secret === undefined ? [] : [secret.reveal()]));
}

class AuthDialogue {
  readonly #talk: Conversation;
  readonly #sasl: SaslExchange;
  /** Whether the server waits for the answer to a challenge. */
  #challenged = false;

  constructor(talk: Conversation, sasl: SaslExchange) {
    this.#talk = talk;
    this.#sasl = sasl;
  }

  async run(): Promise<AuthResult> {
    try {
      return await this.#dialogue();
    } catch (error) {
      if (!(error instanceof SaslError)) throw error;
      // The server still waits for an answer that will not come: it is told so, and the session can go on.
      if (this.#challenged) await this.#cancel();
      else this.#talk.wire.destroy();
      throw new FaultError(
        {
          code: error.code,
          phase: "auth",
          message: this.#talk.wire.mask.text(`${this.#sasl.mechanism}: ${error.message}`),
        },
        { cause: error },
      );
    }
  }

  /** Whatever the server makes of it: why it came to this is what counts. */
  async #cancel(): Promise<void> {
    try {
      await this.#send("*", "*");
    } catch {
      this.#talk.wire.destroy();
    }
  }

  async #dialogue(): Promise<AuthResult> {
    const { mechanism, initial } = this.#sasl;
    let pending = initial;
    let reply: SmtpReply;
    const encoded = initial === undefined ? "" : this.#encode(initial);
    const line = `AUTH ${mechanism} ${encoded === "" ? "=" : encoded}`;
    if (initial === undefined || line.length > MAX_AUTH_LINE) {
      reply = await this.#send(`AUTH ${mechanism}`);
    } else {
      pending = undefined;
      reply = await this.#send(line);
    }
    for (let challenges = 0; reply.code === 334; challenges += 1) {
      if (challenges >= MAX_CHALLENGES) {
        throw new SaslError("limit_exceeded", `the server sent more than ${MAX_CHALLENGES} challenges`);
      }
      const answer = pending ?? (await this.#sasl.respond(this.#challenge(reply)));
      pending = undefined;
      reply = await this.#send(this.#encode(answer), REDACTED);
    }
    if (reply.code < 300) this.#sasl.finish();
    const { challengeError } = this.#sasl;
    return challengeError === undefined
      ? { mechanism, reply }
      : { mechanism, reply, challengeError: this.#talk.wire.mask.text(challengeError) };
  }

  async #send(line: string, shown = redactCommand(line)): Promise<SmtpReply> {
    const early = this.#talk.early("auth");
    if (early !== undefined) return early;
    this.#talk.send(line, shown);
    const raw = await this.#talk.wire.read("auth");
    const reply = this.#talk.take("auth", raw);
    this.#challenged = reply.code === 334;
    // A challenge is for the mechanism alone, which needs it as it came.
    return this.#challenged ? raw : reply;
  }

  /** The text of a challenge; LOGIN's prompts need not be read, and some servers send them as they are. */
  #challenge(reply: SmtpReply): string {
    const text = (reply.lines[0] ?? "").trim();
    if (!BASE64.test(text) && this.#sasl.mechanism !== "LOGIN") {
      throw new SaslError("protocol_error", "the server's challenge is not base64");
    }
    return Buffer.from(text, "base64").toString("latin1");
  }

  #encode(text: string): string {
    const encoded = Buffer.from(text).toString("base64");
    this.#talk.wire.mask.addSent(encoded);
    return encoded;
  }
}
