const REDACTED = "[redacted]";

/**
 * A value that prints as `[redacted]` everywhere: string conversion, JSON, `util.inspect`, structured logs.
 * Only `reveal()` gives the text, so that every use of a secret can be found by that one name.
 */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The secret itself. Call it where the bytes go onto the wire, and nowhere else. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [Symbol.toPrimitive](): string {
    return REDACTED;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return REDACTED;
  }
}
