/** A message that a relay or the MX of the lab took. */
export interface StoredMessage {
  /** Queue id in the reply that accepted it. */
  readonly id: string;
  readonly from: string;
  readonly to: readonly string[];
  /** The `Received:` field that the server puts on top (RFC 5321 section 4.4), with its CRLF. */
  readonly trace: string;
  /** As received. */
  readonly bytes: Buffer;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
  /** Which relay took it, and on which of its ports. */
  readonly relay: string;
  readonly service: string;
  /** Who had logged in. */
  readonly username?: string;
  readonly tls: boolean;
}

export interface MailboxLimits {
  readonly messages: number;
  readonly bytes: number;
}

const LIMITS: MailboxLimits = { messages: 1000, bytes: 64 * 1024 * 1024 };

/** What has arrived in the lab, in memory: the oldest messages go when there are too many or too large. */
export class Mailbox {
  readonly #limits: MailboxLimits;
  readonly #messages: StoredMessage[] = [];
  readonly #listeners = new Set<(message: StoredMessage) => void>();
  #bytes = 0;
  #total = 0;

  constructor(limits: Partial<MailboxLimits> = {}) {
    this.#limits = { ...LIMITS, ...limits };
  }

  /** Messages kept, oldest first. */
  get messages(): readonly StoredMessage[] {
    return this.#messages;
  }

  /** Messages ever taken. */
  get total(): number {
    return this.#total;
  }

  add(message: StoredMessage): void {
    this.#total += 1;
    this.#messages.push(message);
    this.#bytes += message.bytes.length;
    while (this.#messages.length > this.#limits.messages || this.#bytes > this.#limits.bytes) {
      const oldest = this.#messages.shift();
      if (oldest === undefined) break;
      this.#bytes -= oldest.bytes.length;
    }
    for (const listener of this.#listeners) listener(message);
  }

  /** All copies whose header section holds the token, oldest first: more than one means duplication. */
  find(token: string): StoredMessage[] {
    if (token === "") return [];
    return this.#messages.filter((message) => {
      const at = message.bytes.indexOf(token, 0, "latin1");
      const end = message.bytes.indexOf("\r\n\r\n", 0, "latin1");
      return at >= 0 && (end < 0 || at < end);
    });
  }

  /** Calls back for each message to come; returns the function that ends it. */
  onMessage(listener: (message: StoredMessage) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  clear(): void {
    this.#messages.length = 0;
    this.#bytes = 0;
  }
}
