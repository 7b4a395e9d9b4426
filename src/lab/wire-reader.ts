import type { Socket } from "node:net";

/** The peer hung up, or the socket broke: the session is over. */
export class ConnectionGone extends Error {
  constructor() {
    super("connection gone");
    this.name = "ConnectionGone";
  }
}

const LF = 0x0a;
const CR = 0x0d;
/** Bytes kept unread before the socket is paused. */
const HIGH_WATER = 256 * 1024;
/** Longest line of a message that is kept; RFC 5321 section 4.5.3.1.6 asks for 1000. */
const MESSAGE_LINE_LIMIT = 128 * 1024;
const NOTHING = Buffer.alloc(0);

/** Reads lines and counted bytes from a socket: never more than one caller at a time, never unbounded memory. */
export class WireReader {
  #socket: Socket;
  #chunks: Buffer[] = [];
  #length = 0;
  #gone = false;
  #wake: (() => void) | undefined;
  readonly #onData = (chunk: Buffer): void => {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    if (this.#length > HIGH_WATER) this.#socket.pause();
    this.#wake?.();
  };
  readonly #onGone = (): void => {
    this.#gone = true;
    this.#wake?.();
  };

  constructor(socket: Socket) {
    this.#socket = socket;
    this.#listen();
  }

  /** Bytes received and not yet read. */
  get buffered(): number {
    return this.#length;
  }

  /** Lets go of the socket and of what was buffered: what follows belongs to TLS. */
  release(): void {
    this.#socket.off("data", this.#onData);
    this.#socket.off("close", this.#onGone);
    this.#socket.off("end", this.#onGone);
    this.#chunks = [];
    this.#length = 0;
  }

  /** Goes on with another socket: the same connection, inside TLS. */
  attach(socket: Socket): void {
    this.#socket = socket;
    this.#listen();
  }

  /** One line without its end (LF, or CRLF), latin1. A line over `limit` bytes is thrown away and yields nothing. */
  async line(limit: number): Promise<string | undefined> {
    let tooLong = false;
    for (;;) {
      const buffer = this.#merge();
      const end = buffer.indexOf(LF);
      if (end >= 0) {
        this.#drop(end + 1);
        if (tooLong || end > limit) return undefined;
        return buffer.toString("latin1", 0, end > 0 && buffer[end - 1] === CR ? end - 1 : end);
      }
      if (buffer.length > limit) {
        tooLong = true;
        this.#drop(buffer.length);
      }
      await this.#more();
    }
  }

  /** Exactly that many bytes, in pieces as they come. */
  async *bytes(count: number): AsyncGenerator<Buffer> {
    for (let left = count; left > 0; ) {
      if (this.#length === 0) await this.#more();
      const piece = this.#merge().subarray(0, left);
      this.#drop(piece.length);
      left -= piece.length;
      if (piece.length > 0) yield piece;
    }
  }

  /**
   * The message up to the line that holds a dot alone, dot-stuffing undone (RFC 5321 section 4.5.2). A message over
   * `limit` bytes is read to its end, thrown away, and yields nothing.
   */
  async dotted(limit: number): Promise<Buffer | undefined> {
    const parts: Buffer[] = [];
    let size = 0;
    let atLineStart = true;
    for (;;) {
      const buffer = this.#merge();
      const last = buffer.lastIndexOf(LF);
      if (last < 0) {
        if (buffer.length > MESSAGE_LINE_LIMIT) {
          size = Number.POSITIVE_INFINITY;
          atLineStart = false;
          this.#drop(buffer.length);
        }
        await this.#more();
        continue;
      }
      const taken = unstuff(buffer.subarray(0, last + 1), atLineStart);
      atLineStart = last > 0 && buffer[last - 1] === CR;
      size += taken.message.length;
      if (size <= limit) parts.push(Buffer.from(taken.message));
      else parts.length = 0;
      this.#drop(taken.consumed);
      if (taken.ended) return size <= limit ? Buffer.concat(parts) : undefined;
    }
  }

  /** Waits until there is anything to read. */
  async something(): Promise<void> {
    while (this.#length === 0) await this.#more();
  }

  /** Reads and forgets everything until the peer hangs up. */
  async drain(): Promise<void> {
    for (;;) {
      this.#drop(this.#length);
      if (this.#gone) return;
      await this.#wait();
    }
  }

  #listen(): void {
    this.#socket.on("data", this.#onData);
    this.#socket.on("close", this.#onGone);
    this.#socket.on("end", this.#onGone);
  }

  #merge(): Buffer {
    if (this.#chunks.length > 1) this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0] ?? NOTHING;
  }

  #drop(count: number): void {
    const rest = this.#merge().subarray(count);
    this.#chunks = rest.length > 0 ? [rest] : [];
    this.#length = rest.length;
    if (this.#socket.isPaused() && this.#length <= HIGH_WATER) this.#socket.resume();
  }

  async #more(): Promise<void> {
    if (this.#gone) throw new ConnectionGone();
    await this.#wait();
  }

  #wait(): Promise<void> {
    if (this.#socket.isPaused()) this.#socket.resume();
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = undefined;
        resolve();
      };
    });
  }
}

interface Unstuffed {
  readonly message: Buffer;
  /** Bytes of the input that belong to the message and its end. */
  readonly consumed: number;
  readonly ended: boolean;
}

/** Whole lines in, message out. Only CRLF `.` CRLF ends a message: a bare LF does not (CVE-2023-51764). */
function unstuff(lines: Buffer, atLineStart: boolean): Unstuffed {
  const pieces: Buffer[] = [];
  let start = 0;
  for (let dot = lines.indexOf(0x2e); dot >= 0; dot = lines.indexOf(0x2e, dot + 1)) {
    const begins = dot === 0 ? atLineStart : lines[dot - 1] === LF && lines[dot - 2] === CR;
    if (!begins) continue;
    pieces.push(lines.subarray(start, dot));
    if (lines[dot + 1] === CR && lines[dot + 2] === LF) {
      return { message: Buffer.concat(pieces), consumed: dot + 3, ended: true };
    }
    start = dot + 1;
  }
  pieces.push(lines.subarray(start));
  return { message: Buffer.concat(pieces), consumed: lines.length, ended: false };
}
