import type { SaslMechanism } from "../../model/subject.ts";

/**
 * Why an exchange cannot go on. `protocol_error`: the server's challenge has the wrong form. `limit_exceeded`: it asks
 * for more work than a client should do. `auth_failed`: the server refused, or could not prove that it knows the
 * password. Messages hold no secret.
 */
export class SaslError extends Error {
  readonly code: "protocol_error" | "limit_exceeded" | "auth_failed";

  constructor(code: "protocol_error" | "limit_exceeded" | "auth_failed", message: string) {
    super(message);
    this.name = "SaslError";
    this.code = code;
  }
}

/**
 * The client's side of one authentication (RFC 4422), without its transport: challenges and responses are the decoded
 * octets, never base64: challenges as latin1 text, responses to be sent as UTF-8.
 */
export interface SaslExchange {
  readonly mechanism: SaslMechanism;
  /** Sent with the command that begins the exchange; absent when the server speaks first. Empty is a value. */
  readonly initial?: string;
  /** The answer to a challenge. Throws or rejects with `SaslError`. */
  respond(challenge: string): string | Promise<string>;
  /** Called when the server reports success; throws `SaslError` when it has not proven what it had to. */
  finish(): void;
  /** The error document that the server sent in a challenge, as text. */
  readonly challengeError?: string;
}

/** For mechanisms where only the client proves something. */
export function nothingToVerify(): void {}

/** For mechanisms that say all in their first message. */
export function noChallenge(): never {
  throw new SaslError("protocol_error", "the server asks again after the whole answer was given");
}
