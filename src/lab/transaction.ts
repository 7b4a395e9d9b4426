import type { Connection, Placeholders } from "./connection.ts";
import { type Path, parsePath, refuseParameters } from "./envelope.ts";
import type { FaultPhase } from "./fault.ts";
import { randomText } from "../model/random.ts";
import type { RelayContext, Service } from "./service.ts";

export interface TransactionSettings {
  readonly connection: Connection;
  readonly service: Service;
  readonly context: RelayContext;
  readonly helo: string;
  readonly username?: string;
}

const RECIPIENT_LIMIT = 1000;

/** Recipients who always have the same fate, by local part. */
const FATES: ReadonlyMap<string, string> = new Map([
  ["unknown", "550 5.1.1 <{to}>: Recipient address rejected: User unknown in virtual mailbox table"],
  ["grey", "451 4.7.1 <{to}>: Recipient address rejected: Greylisted"],
  ["full", "452 4.2.2 <{to}>: Quota exceeded (mailbox for user is full)"],
]);

/** LMTP only: accepted at RCPT, refused after the final dot (RFC 2033 section 4.2). */
const OVER_QUOTA = "overquota";

/** One mail transaction, from MAIL to the reply after the message (RFC 5321 section 3.3). */
export class Transaction {
  readonly #settings: TransactionSettings;
  #from: Path | undefined;
  #to: Path[] = [];
  #lastTo = "";
  #chunks: Buffer[] | undefined;
  #chunkBytes = 0;

  constructor(settings: TransactionSettings) {
    this.#settings = settings;
  }

  /** Reverse-path, once MAIL was accepted. */
  get from(): string | undefined {
    return this.#from?.address;
  }

  /** The recipient that RCPT named last. */
  get lastTo(): string {
    return this.#lastTo;
  }

  async mail(argument: string): Promise<number> {
    const path = parsePath("FROM", argument);
    const refusal = this.#refuseMail(path, argument);
    const code = await this.#reply("mail", refusal ?? "250 2.1.0 Ok", path?.address ?? "");
    if (code === 250 && refusal === undefined) this.#from = path;
    return code;
  }

  async rcpt(argument: string): Promise<number> {
    const path = parsePath("TO", argument);
    this.#lastTo = path?.address ?? "";
    const refusal = this.#refuseRcpt(path);
    const code = await this.#reply("rcpt", refusal ?? "250 2.1.5 Ok");
    if (code === 250 && refusal === undefined && path !== undefined) this.#to.push(path);
    return code;
  }

  async data(argument: string): Promise<number> {
    const refusal = this.#refuseData(argument);
    const code = await this.#reply("data", refusal ?? "354 End data with <CR><LF>.<CR><LF>");
    if (code !== 354) return code;
    return this.#finish(await this.#settings.connection.reader.dotted(this.#settings.context.sizeLimit));
  }

  /** RFC 3030 section 2. The chunk follows at once, whatever the answer: it is read in any case. */
  async bdat(argument: string): Promise<number> {
    const { connection, context } = this.#settings;
    const match = /^(\d{1,12})( LAST)?$/i.exec(argument);
    if (match === null) return connection.close("501 5.5.4 Syntax: BDAT count [LAST]");
    const size = Number(match[1]);
    const chunks = this.#chunks ?? [];
    this.#chunks = chunks;
    for await (const piece of connection.reader.bytes(size)) {
      this.#chunkBytes += piece.length;
      if (this.#chunkBytes <= context.sizeLimit) chunks.push(Buffer.from(piece));
    }
    const refusal = this.#refuseBdat();
    if (match[2] !== undefined && refusal === undefined) {
      return this.#finish(this.#chunkBytes > context.sizeLimit ? undefined : Buffer.concat(chunks));
    }
    if (this.#chunkBytes > context.sizeLimit) chunks.length = 0;
    return this.#reply("data", refusal ?? `250 2.0.0 Ok: ${size} bytes`);
  }

  #refuseMail(path: Path | undefined, argument: string): string | undefined {
    const { connection, service, context, helo, username } = this.#settings;
    if (helo === "") return "503 5.5.1 Error: send HELO/EHLO first";
    if (this.#from !== undefined) return "503 5.5.1 Error: nested MAIL command";
    if (service.submission && connection.secure === undefined)
      return "530 5.7.0 Must issue a STARTTLS command first";
    if (service.submission && username === undefined) return "530 5.7.0 Authentication required";
    if (path === undefined) return `501 5.1.7 Bad sender address syntax: ${argument.slice(0, 100)}`;
    const refusal = refuseParameters("MAIL", path, context.sizeLimit);
    if (refusal !== undefined) return refusal;
    if (path.parameters.has("REQUIRETLS") && connection.secure === undefined) {
      return "530 5.7.10 REQUIRETLS needs TLS";
    }
    if (path.nonAscii && !path.parameters.has("SMTPUTF8")) {
      return "553 5.6.7 Must declare SMTPUTF8 to permit unicode address";
    }
    const senders = context.users.find((user) => user.username === username)?.senders;
    return senders === undefined || path.address === "" || senders.includes(path.domain)
      ? undefined
      : `553 5.7.1 <${path.address}>: Sender address rejected: not owned by user ${username ?? ""}`;
  }

  #refuseRcpt(path: Path | undefined): string | undefined {
    const { connection, context, username } = this.#settings;
    const from = this.#from;
    if (from === undefined) return "503 5.5.1 Error: need MAIL command";
    if (path === undefined || path.address === "") return "501 5.1.3 Bad recipient address syntax";
    const refusal = refuseParameters("RCPT", path, context.sizeLimit);
    if (refusal !== undefined) return refusal;
    if (path.nonAscii && !from.parameters.has("SMTPUTF8")) {
      return "553 5.6.7 Must declare SMTPUTF8 to permit unicode address";
    }
    if (this.#to.length >= RECIPIENT_LIMIT) return "452 4.5.3 Error: too many recipients";
    const { address } = path;
    const local = context.domains.includes(path.domain) || address.toLowerCase() === "postmaster";
    if (!local && username === undefined) return `554 5.7.1 <${address}>: Relay access denied`;
    const fate = local ? FATES.get(path.localPart.toLowerCase()) : undefined;
    if (fate !== undefined) return fate.replace("{to}", () => address);
    const greylist = context.faults.last("greylist");
    const client = connection.remoteAddress;
    return greylist !== undefined &&
      context.greylist.holds(client, from.address, address, greylist.delayMs, context.now())
      ? greylist.text.replace("{to}", () => address)
      : undefined;
  }

  #refuseData(argument: string): string | undefined {
    if (argument !== "") return "501 5.5.4 Syntax: DATA";
    if (this.#chunks !== undefined) return "503 5.5.1 Error: DATA after BDAT";
    if (this.#from === undefined) return "503 5.5.1 Error: need RCPT command";
    return this.#refuseWithoutRecipient();
  }

  #refuseBdat(): string | undefined {
    return this.#from === undefined ? "503 5.5.1 Error: need MAIL command" : this.#refuseWithoutRecipient();
  }

  #refuseWithoutRecipient(): string | undefined {
    if (this.#to.length > 0) return undefined;
    // LMTP has a code of its own for this (RFC 2033 section 4.2).
    return this.#settings.service.lmtp
      ? "503 5.5.1 No valid recipients"
      : "554 5.5.1 Error: no valid recipients";
  }

  /** The reply to the message, or under LMTP one for each recipient; then the transaction is over. */
  async #finish(message: Buffer | undefined): Promise<number> {
    const from = this.#from;
    const id = randomText(this.#settings.context.random, "0123456789ABCDEF", 10);
    const answers = this.#answers(message, id);
    const taken = answers.filter((answer) => answer.text.startsWith("250")).flatMap((answer) => answer.to);
    // The message is stored first: whoever reads the reply finds it in the mailbox.
    if (message !== undefined && from !== undefined && taken.length > 0 && this.#willAccept()) {
      this.#store(id, from, taken, message);
    }
    let code = 0;
    for (const answer of answers) {
      this.#lastTo = answer.to[0] ?? "";
      code = await this.#reply("body", answer.text);
    }
    this.#from = undefined;
    this.#to = [];
    this.#chunks = undefined;
    this.#chunkBytes = 0;
    return code;
  }

  /** One reply for all recipients, or under LMTP one for each. */
  #answers(message: Buffer | undefined, id: string): { readonly to: string[]; readonly text: string }[] {
    const tooLarge = "552 5.3.4 Error: message file too big";
    if (!this.#settings.service.lmtp) {
      const to = this.#to.map((path) => path.address);
      return [{ to, text: message === undefined ? tooLarge : `250 2.0.0 Ok: queued as ${id}` }];
    }
    return this.#to.map(({ address, localPart }) => {
      const full = localPart.toLowerCase() === OVER_QUOTA;
      const verdict = full ? `552 5.2.2 <${address}> Quota exceeded` : `250 2.0.0 <${address}> ${id} Saved`;
      return { to: [address], text: message === undefined ? tooLarge : verdict };
    });
  }

  /** A refusal by a fault means that the message was not taken; a lost reply does not. */
  #willAccept(): boolean {
    const effect = this.#settings.context.faults.at("body");
    return effect?.kind !== "reply" || effect.text.startsWith("2");
  }

  #store(id: string, from: Path, to: readonly string[], bytes: Buffer): void {
    const { connection, service, context, helo, username } = this.#settings;
    const tls = connection.secure !== undefined;
    const base = service.lmtp ? "LMTP" : "ESMTP";
    const protocol = `${base}${tls ? "S" : ""}${username === undefined ? "" : "A"}`;
    const now = context.now();
    const date = new Date(now).toUTCString().replace("GMT", "+0000");
    context.mailbox.add({
      id,
      from: from.address,
      to,
      trace:
        `Received: from ${helo} ([${connection.remoteAddress}])\r\n` +
        `\tby ${context.host} (Mailgauge lab) with ${protocol} id ${id};\r\n\t${date}\r\n`,
      bytes,
      receivedAt: now,
      relay: context.relay,
      service: service.name,
      ...(username === undefined ? {} : { username }),
      tls,
    });
  }

  #reply(phase: FaultPhase, text: string, from = this.#from?.address ?? ""): Promise<number> {
    const { connection, helo } = this.#settings;
    const values: Placeholders = { helo, from, to: this.#lastTo, client: connection.remoteAddress };
    return connection.reply(phase, text, values);
  }
}
