import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";

import type { PhaseName } from "../../model/codes.ts";
import type { SmtpReply } from "../../model/smtp.ts";
import { SmtpSyntaxError } from "../../standards/smtp/errors.ts";
import { ReplyParser, type ReplyLimits } from "../../standards/smtp/reply-parser.ts";
import { SecretMask } from "../../standards/smtp/secret-mask.ts";
import { CLOSED, endOfAbort, endOfError, faultOf, type WireEnd } from "./faults.ts";

/** Whoever waits for the next thing on the wire. One at a time. */
interface Waiter {
  readonly what: "connect" | "secure" | "ticket" | "drain" | "reply";
  readonly phase: PhaseName;
  readonly command?: string | undefined;
  readonly wake: (reply?: SmtpReply) => void;
  readonly reject: (error: Error) => void;
}

function endOfSyntax(error: unknown): WireEnd {
  if (!(error instanceof SmtpSyntaxError)) throw error;
  const { code, detail, message } = error;
  return { code, what: `the server sent ${message}`, ...(detail === undefined ? {} : { detail }) };
}

/** What the last octets may take to leave; one that reads nothing more must not keep the socket for ever. */
const LINGER_MS = 1000;

/** A socket that is gone may still report an error; nobody is there to hear it, and Node must not end the process. */
function ignore(): void {}

/**
 * One connection, from its first SYN to its end, and the replies on it. Replies are handed out one by one to whoever
 * asks; whatever ends the connection is kept, and given to whoever asks next.
 *
 * One listener on the signal serves the whole connection, and it has no timer of its own: the deadline is the signal's.
 */
export class Wire {
  /** The secrets of the session: whoever sends one adds it. */
  readonly mask = new SecretMask();
  readonly #signal: AbortSignal;
  readonly #parser: ReplyParser;
  #onGone: (() => void) | undefined;
  #socket: Socket;
  #handshake = false;
  #end: WireEnd | undefined;
  #waiter: Waiter | undefined;

  /** `onGone` is called once, when the connection has ended or was destroyed. */
  constructor(socket: Socket, signal: AbortSignal, limits: ReplyLimits, onGone?: () => void) {
    this.#socket = socket;
    this.#signal = signal;
    this.#onGone = onGone;
    this.#parser = new ReplyParser(limits, (text) => this.mask.text(text));
    socket.on("connect", this.#onConnect);
    socket.on("error", this.#onError);
    socket.on("close", this.#onClose);
    signal.addEventListener("abort", this.#onAbort);
    if (signal.aborted) this.#onAbort();
  }

  get socket(): Socket {
    return this.#socket;
  }

  /** Whether nothing more can be sent. */
  get ended(): boolean {
    return this.#end !== undefined;
  }

  /** Resolves when TCP stands. */
  connected(): Promise<void> {
    return this.#wait("connect", "connect");
  }

  /** From here on what arrives is read as replies. */
  listen(): void {
    this.#socket.on("data", this.#onData);
    this.#socket.on("end", this.#onClose);
  }

  /** The next reply. Rejects with a `FaultError` of that phase, or of that command, when the connection ends first. */
  read(phase: PhaseName, command?: string): Promise<SmtpReply> {
    const there = this.takeReply();
    if (there !== undefined) return Promise.resolve(there);
    if (this.#end !== undefined) return Promise.reject(faultOf(this.#end, phase, command));
    return new Promise((resolve, reject) => {
      const wake = (reply?: SmtpReply): void => {
        if (reply !== undefined) resolve(reply);
      };
      this.#waiter = { what: "reply", phase, command, wake, reject };
    });
  }

  /** A reply that is there already. */
  takeReply(): SmtpReply | undefined {
    try {
      return this.#parser.next();
    } catch (error) {
      this.#onSyntaxError(error);
      return undefined;
    }
  }

  /** Does nothing when the connection has ended: whoever reads next learns it. */
  write(data: string | Uint8Array): void {
    if (this.#end === undefined) this.#socket.write(data);
  }

  /** Two writes that leave in one segment; `head` may be empty. */
  writeBoth(head: string, data: Uint8Array): void {
    if (head === "") return this.write(data);
    this.#socket.cork();
    this.write(head);
    this.write(data);
    this.#socket.uncork();
  }

  /** Resolves when there is room for more; resolves too when a reply comes early, which is not read yet. */
  async drained(phase: PhaseName): Promise<void> {
    if (this.#end !== undefined) throw faultOf(this.#end, phase);
    if (!this.#socket.writableNeedDrain) return;
    this.#socket.once("drain", this.#onDrain);
    await this.#wait("drain", phase);
  }

  /**
   * Puts TLS on the connection: `wrap` makes the TLS socket on the plain one, and learns how many octets lay unread in
   * the clear and were thrown away. Resolves when the handshake is done, whatever the certificate is worth.
   */
  async secure(wrap: (plain: Socket, injected: number) => TLSSocket): Promise<TLSSocket> {
    if (this.#end !== undefined) throw faultOf(this.#end, "tls");
    const plain = this.#socket;
    const unread = plain.readableLength;
    const injected = this.#parser.discard() + unread;
    // What Node itself holds would otherwise be read as the beginning of the server's handshake.
    if (unread > 0) plain.read();
    this.#detach();
    const socket = wrap(plain, injected);
    this.#socket = socket;
    this.#handshake = true;
    socket.on("secureConnect", this.#onSecure);
    socket.on("error", this.#onError);
    socket.on("close", this.#onClose);
    await this.#wait("secure", "tls");
    return socket;
  }

  /**
   * Waits for the server's first session ticket, `ms` at most. If the connection ends, the next read says so. Node tells
   * of the ticket from within OpenSSL's reading, where a write would be lost: hence the turn of the event loop.
   */
  async ticket(ms: number): Promise<void> {
    const socket = this.#socket;
    let turn: NodeJS.Immediate | undefined;
    const onSession = (): void => {
      turn = setImmediate(this.#onTicket);
    };
    const timer = setTimeout(this.#onTicket, ms);
    socket.once("session", onSession);
    await this.#wait("ticket", "tls").catch(ignore);
    clearTimeout(timer);
    clearImmediate(turn);
    socket.off("session", onSession);
  }

  /** Ends the connection at once; later calls change nothing. */
  fail(end: WireEnd): void {
    this.#end ??= this.#brokenLine(end) ?? end;
    this.#release();
    this.#detach();
    this.#socket.destroy();
    const waiter = this.#waiter;
    this.#waiter = undefined;
    waiter?.reject(faultOf(this.#end, waiter.phase, waiter.command));
  }

  /** Ends the connection as TCP and TLS ask for, without waiting for more from the other side than that it reads. */
  close(): void {
    const socket = this.#socket;
    this.#end ??= CLOSED;
    this.#release();
    this.#detach();
    const linger = setTimeout(() => socket.destroy(), LINGER_MS);
    socket.once("close", () => clearTimeout(linger));
    socket.destroySoon();
  }

  destroy(): void {
    this.fail({ code: "aborted", what: "the session was dropped" });
  }

  #wait(what: Waiter["what"], phase: PhaseName): Promise<void> {
    if (this.#end !== undefined) return Promise.reject(faultOf(this.#end, phase));
    return new Promise((resolve, reject) => {
      this.#waiter = { what, phase, wake: () => resolve(), reject };
    });
  }

  #wake(what: Waiter["what"], reply?: SmtpReply): void {
    const waiter = this.#waiter;
    if (waiter?.what !== what) return;
    this.#waiter = undefined;
    waiter.wake(reply);
  }

  readonly #onConnect = (): void => this.#wake("connect");

  readonly #onDrain = (): void => this.#wake("drain");

  readonly #onTicket = (): void => this.#wake("ticket");

  readonly #onSecure = (): void => {
    this.#handshake = false;
    this.#wake("secure");
  };

  readonly #onData = (chunk: Buffer): void => {
    try {
      this.#parser.feed(chunk);
    } catch (error) {
      this.#onSyntaxError(error);
      return;
    }
    const waiter = this.#waiter;
    // An early reply in the midst of a message ends the sending; it is read when the sender looks for it.
    if (waiter?.what === "drain") this.#wake("drain");
    if (waiter?.what !== "reply") return;
    const reply = this.takeReply();
    if (reply !== undefined) this.#wake("reply", reply);
  };

  readonly #onError = (error: unknown): void => this.fail(endOfError(error, this.#handshake));

  readonly #onClose = (): void => this.fail(CLOSED);

  readonly #onAbort = (): void => this.fail(endOfAbort(this.#signal));

  #onSyntaxError(error: unknown): void {
    this.fail(endOfSyntax(error));
  }

  /** What the server sent in place of a reply says more than that the connection ended in the midst of it. */
  #brokenLine({ code }: WireEnd): WireEnd | undefined {
    if (code !== "closed" && code !== "reset" && code !== "timeout") return undefined;
    try {
      this.#parser.end();
      return undefined;
    } catch (error) {
      return endOfSyntax(error);
    }
  }

  #release(): void {
    this.#signal.removeEventListener("abort", this.#onAbort);
    const onGone = this.#onGone;
    this.#onGone = undefined;
    onGone?.();
  }

  #detach(): void {
    const socket = this.#socket;
    socket.off("connect", this.#onConnect);
    socket.off("data", this.#onData);
    socket.off("end", this.#onClose);
    socket.off("error", this.#onError);
    socket.off("close", this.#onClose);
    socket.off("drain", this.#onDrain);
    socket.off("secureConnect", this.#onSecure);
    socket.on("error", ignore);
  }
}
