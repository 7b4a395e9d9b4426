import type { Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { TLSSocket, type SecureContext } from "node:tls";
import type { FaultPhase } from "./fault.ts";
import type { FaultState, PhaseEffect } from "./fault-state.ts";
import { ConnectionGone, WireReader } from "./wire-reader.ts";

/** What the `{…}` of a fault's text stands for. */
export type Placeholders = Readonly<Record<"from" | "to" | "helo" | "client", string>>;

/** An endless reply ends after so many bytes all the same: the lab must not fill the machine. */
const ENDLESS_LIMIT = 16 * 1024 * 1024;
const IDLE_MS = 300_000;
/** A reset that comes sooner may reach a client before it knows that it is connected. */
const CONNECT_GRACE_MS = 20;

/** One client: its socket, with and without TLS, and the faults that strike where a reply is due. */
export class Connection {
  readonly reader: WireReader;
  readonly remoteAddress: string;
  readonly #raw: Socket;
  readonly #faults: FaultState;
  readonly #ended = new AbortController();
  #secure: TLSSocket | undefined;

  constructor(socket: Socket, faults: FaultState) {
    this.#raw = socket;
    this.#faults = faults;
    this.remoteAddress = socket.remoteAddress ?? "";
    socket.setNoDelay(true);
    socket.setTimeout(IDLE_MS, () => socket.destroy());
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#ended.abort());
    this.reader = new WireReader(socket);
  }

  /** The TLS socket, once TLS stands. */
  get secure(): TLSSocket | undefined {
    return this.#secure;
  }

  /**
   * Answers at a phase: with `text`, or as the faults say. Gives the code that went out. Does not come back when the
   * fault ends the conversation: the session ends by `ConnectionGone`.
   */
  async reply(phase: FaultPhase, text: string, values: Placeholders, behind = ""): Promise<number> {
    await this.#delay(phase);
    const effect = this.#faults.at(phase);
    if (effect !== undefined && effect.kind !== "reply") return this.#strike(effect);
    const wire = formatReply(effect === undefined ? text : fill(effect.text, values));
    await this.#write(wire + behind, "utf8");
    const code = Number(wire.slice(0, 3));
    // 421 says that the server hangs up (RFC 5321 section 3.8).
    if (code === 421 || effect?.close === true) return this.#hangUp();
    return code;
  }

  /** Answers without a phase, so that no fault strikes: challenges, and replies to NOOP and the like. */
  async say(text: string): Promise<number> {
    await this.#write(formatReply(text), "utf8");
    return Number(text.slice(0, 3));
  }

  /** The handshake, as server. Plain text that came too early is thrown away (RFC 3207 section 4.2). */
  async startTls(context: SecureContext): Promise<void> {
    // No byte of the handshake may be read as a command: nothing reads until TLS does.
    this.reader.release();
    this.#raw.pause();
    await this.#delay("tls");
    const effect = this.#faults.at("tls");
    if (effect !== undefined && effect.kind !== "reply") {
      this.reader.attach(this.#raw);
      // Garbage answers the client's first record: sent at once, it would come with the reply to STARTTLS.
      if (effect.kind === "raw" || effect.kind === "endless") await this.reader.something();
      await this.#strike(effect);
    }
    await this.#handshake(context);
  }

  /** Says the last words, if any, and closes. */
  async close(text?: string): Promise<never> {
    if (text !== undefined) await this.#write(formatReply(text), "utf8");
    return this.#hangUp();
  }

  destroy(): void {
    this.#secure?.destroy();
    this.#raw.destroy();
  }

  get #socket(): Socket {
    return this.#secure ?? this.#raw;
  }

  async #handshake(context: SecureContext): Promise<void> {
    if (this.#raw.destroyed) throw new ConnectionGone();
    const secure = new TLSSocket(this.#raw, {
      isServer: true,
      secureContext: context,
      requestCert: true,
      rejectUnauthorized: false,
    });
    this.#secure = secure;
    await new Promise<void>((resolve, reject) => {
      const fail = (): void => {
        secure.destroy();
        this.#raw.destroy();
        reject(new ConnectionGone());
      };
      secure.on("error", fail);
      secure.once("close", fail);
      secure.once("secure", resolve);
    });
    this.reader.attach(secure);
  }

  async #delay(phase: FaultPhase): Promise<void> {
    const delayMs = this.#faults.delayAt(phase);
    if (delayMs > 0) await this.#pause(delayMs);
  }

  async #pause(delayMs: number): Promise<void> {
    try {
      await pause(delayMs, undefined, { signal: this.#ended.signal });
    } catch {
      throw new ConnectionGone();
    }
  }

  async #strike(effect: Exclude<PhaseEffect, { kind: "reply" }>): Promise<never> {
    switch (effect.kind) {
      case "silence":
        break;
      case "close":
        return this.#hangUp();
      case "reset":
        if (effect.phase === "banner") await this.#pause(CONNECT_GRACE_MS);
        this.#raw.resetAndDestroy();
        throw new ConnectionGone();
      case "raw":
        await this.#write(effect.text, "latin1");
        if (effect.close === true) return this.#hangUp();
        break;
      case "endless": {
        const block = effect.text.repeat(Math.ceil(16_384 / effect.text.length));
        for (let sent = 0; sent < ENDLESS_LIMIT; sent += block.length) await this.#write(block, "latin1");
        break;
      }
    }
    await this.reader.drain();
    throw new ConnectionGone();
  }

  async #hangUp(): Promise<never> {
    this.#socket.destroySoon();
    await this.reader.drain();
    throw new ConnectionGone();
  }

  /** Waits only when the client does not read. */
  async #write(text: string, encoding: "utf8" | "latin1"): Promise<void> {
    const socket = this.#socket;
    if (socket.destroyed || !socket.writable) throw new ConnectionGone();
    if (socket.write(text, encoding)) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        socket.off("drain", done);
        socket.off("close", done);
        resolve();
      };
      socket.on("drain", done);
      socket.on("close", done);
    });
  }
}

/** Lines parted by `\n`, each with its code or with none, as one reply on the wire. */
export function formatReply(text: string): string {
  const lines = text.split("\n");
  const code = /^\d{3}/.exec(text)?.[0] ?? "250";
  return lines
    .map((line, index) => {
      const rest = line.replace(/^\d{3}(?:[ -]|$)/, "");
      return `${code}${index < lines.length - 1 ? "-" : " "}${rest}\r\n`;
    })
    .join("");
}

function fill(text: string, values: Placeholders): string {
  return text.replace(/\{(from|to|helo|client)\}/g, (_, name: keyof Placeholders) =>
    values[name].slice(0, 256),
  );
}
