import { once } from "node:events";
import { connect, type Socket } from "node:net";
import tls, { type ConnectionOptions, type TLSSocket } from "node:tls";

/** Sends lines and reads replies, and knows nothing more of SMTP: for tests of servers. */
export class WireClient {
  #socket: Socket;
  #text = "";
  #wake: (() => void) | undefined;
  /** How the connection ended; absent while it stands. */
  ended: "closed" | "reset" | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#listen();
  }

  static async open(port: number, host = "127.0.0.1"): Promise<WireClient> {
    const socket = connect({ port, host });
    await once(socket, "connect");
    return new WireClient(socket);
  }

  static async openTls(port: number, options: ConnectionOptions): Promise<WireClient> {
    const socket = tls.connect({ port, host: "127.0.0.1", ...options });
    await once(socket, "secureConnect");
    return new WireClient(socket);
  }

  get tls(): TLSSocket | undefined {
    return "getPeerCertificate" in this.#socket ? (this.#socket as TLSSocket) : undefined;
  }

  /** Everything received and not yet read, latin1. */
  get pending(): string {
    return this.#text;
  }

  send(bytes: string | Buffer): void {
    this.#socket.write(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes);
  }

  /** The next whole reply, lines parted by `\n`; what came so far and `<closed>` or `<reset>` when no more comes. */
  async reply(): Promise<string> {
    for (;;) {
      const match = /^(?:\d{3}-[^\r\n]*\r\n)*\d{3}(?: [^\r\n]*)?\r\n/.exec(this.#text);
      if (match !== null) {
        this.#text = this.#text.slice(match[0].length);
        return match[0].trimEnd().replaceAll("\r\n", "\n");
      }
      if (this.ended !== undefined) return `${this.#text}<${this.ended}>`;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Sends one line and reads the reply to it. */
  async command(line: string): Promise<string> {
    this.send(`${line}\r\n`);
    return this.reply();
  }

  /** STARTTLS, and the handshake when the answer is 220. */
  async startTls(options: ConnectionOptions): Promise<string> {
    const reply = await this.command("STARTTLS");
    if (!reply.startsWith("220")) return reply;
    this.#socket.removeAllListeners();
    const secure = tls.connect({ socket: this.#socket, ...options });
    await once(secure, "secureConnect");
    this.#socket = secure;
    this.#listen();
    return reply;
  }

  /** Waits until the server has ended the connection. */
  async end(): Promise<"closed" | "reset"> {
    for (;;) {
      if (this.ended !== undefined) return this.ended;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Resets the connection. */
  destroy(): void {
    this.#socket.destroy();
  }

  #listen(): void {
    this.#socket.on("data", (chunk: Buffer) => {
      this.#text += chunk.toString("latin1");
      this.#wake?.();
    });
    this.#socket.on("error", () => {
      this.ended = "reset";
      this.#wake?.();
    });
    this.#socket.on("close", () => {
      this.ended ??= "closed";
      this.#wake?.();
    });
  }
}
