import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { createSecureContext, type SecureContext, TLSSocket } from "node:tls";

import { onTestFinished } from "vitest";

import { type Certificates, makeCertificates } from "../../src/lab/certificates.ts";

/** What a server of these tests does with one command; gives back whether the session goes on. */
export type Answer = string | ((end: ServerEnd, line: string) => void | Promise<void>);

/** Answers by verb, in upper case; `banner` before the first, `content` to the final dot, `*` to any other. */
export type Answers = Readonly<Record<string, Answer>>;

/** The server's side of one connection. */
export class ServerEnd {
  socket: Socket;
  readonly lines: string[];
  #buffer = "";
  #waiting: (() => void) | undefined;
  #over = false;

  constructor(socket: Socket, lines: string[]) {
    this.socket = socket;
    this.lines = lines;
    this.#listen(socket);
  }

  #listen(socket: Socket): void {
    socket.on("data", this.#onData);
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#over = true;
      this.#waiting?.();
    });
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#buffer += chunk.toString("latin1");
    this.#waiting?.();
  };

  /** Lines as they stand, each with CRLF behind it. */
  send(...lines: string[]): void {
    this.socket.write(lines.map((line) => `${line}\r\n`).join(""), "latin1");
  }

  /** Everything up to `mark`, without it; nothing when the client has gone. */
  async until(mark: string): Promise<string | undefined> {
    for (;;) {
      const at = this.#buffer.indexOf(mark);
      if (at !== -1) {
        const text = this.#buffer.slice(0, at);
        this.#buffer = this.#buffer.slice(at + mark.length);
        return text;
      }
      if (this.#over) return undefined;
      await new Promise<void>((resolve) => {
        this.#waiting = resolve;
      });
    }
  }

  async octets(count: number): Promise<string> {
    while (this.#buffer.length < count && !this.#over) {
      await new Promise<void>((resolve) => {
        this.#waiting = resolve;
      });
    }
    const text = this.#buffer.slice(0, count);
    this.#buffer = this.#buffer.slice(count);
    return text;
  }

  async line(): Promise<string | undefined> {
    const line = await this.until("\r\n");
    if (line !== undefined) this.lines.push(line);
    return line;
  }

  async startTls(secureContext: SecureContext): Promise<void> {
    const plain = this.socket;
    plain.off("data", this.#onData);
    plain.pause();
    const secure = new TLSSocket(plain, { isServer: true, secureContext });
    this.socket = secure;
    this.#listen(secure);
    await new Promise<void>((resolve) => {
      secure.once("secure", resolve);
      secure.once("close", resolve);
      secure.once("error", () => resolve());
    });
  }

  hangUp(): void {
    this.socket.end();
  }

  reset(): void {
    if (this.socket instanceof TLSSocket) this.socket.destroy();
    else this.socket.resetAndDestroy();
  }
}

export interface ScriptedServer {
  readonly port: number;
  /** Every command line of every connection. */
  readonly lines: string[];
  /** The content of each message, dots still stuffed. */
  readonly messages: string[];
  /** Resolves when all connections so far are closed. */
  idle(): Promise<void>;
  stop(): Promise<void>;
}

export interface ScriptOptions {
  readonly secureContext?: SecureContext;
  readonly implicitTls?: boolean;
  readonly host?: string;
}

const STANDARD: Answers = {
  banner: "220 mx.test ESMTP",
  EHLO: "250-mx.test\r\n250-PIPELINING\r\n250-SIZE 10000000\r\n250 ENHANCEDSTATUSCODES",
  LHLO: "250 mx.test",
  HELO: "250 mx.test",
  MAIL: "250 2.1.0 Ok",
  RCPT: "250 2.1.5 Ok",
  RSET: "250 2.0.0 Ok",
  DATA: "354 go on",
  content: "250 2.0.0 Ok: queued as 4ABCDEF",
  QUIT: (end) => {
    end.send("221 2.0.0 Bye");
    end.hangUp();
  },
  "*": "500 5.5.2 what?",
};

/** A server that answers as the table says and otherwise as a plain good server does. */
export async function scriptedServer(
  answers: Answers = {},
  options: ScriptOptions = {},
): Promise<ScriptedServer> {
  const table: Answers = { ...STANDARD, ...answers };
  const lines: string[] = [];
  const messages: string[] = [];
  const sessions = new Set<Promise<void>>();
  const sockets = new Set<Socket>();

  const server = createServer((socket) => {
    sockets.add(socket);
    const closed = new Promise<void>((resolve) => {
      socket.once("close", () => {
        sockets.delete(socket);
        resolve();
      });
    });
    const session = converse(new ServerEnd(socket, lines), table, options, messages);
    const both = Promise.all([closed, session]).then(() => {});
    sessions.add(both);
    void both.finally(() => sessions.delete(both));
  });
  server.listen(0, options.host ?? "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return {
    port: typeof address === "object" ? (address?.port ?? 0) : 0,
    lines,
    messages,
    idle: async () => {
      await Promise.all(sessions);
    },
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await Promise.all(sessions);
    },
  };
}

async function converse(
  end: ServerEnd,
  table: Answers,
  options: ScriptOptions,
  messages: string[],
): Promise<void> {
  const answer = async (key: string, line: string): Promise<void> => {
    const what = table[key] ?? table["*"] ?? "";
    if (typeof what === "string") end.send(what);
    else await what(end, line);
  };
  if (options.implicitTls === true && options.secureContext !== undefined) {
    await end.startTls(options.secureContext);
  }
  await answer("banner", "");
  for (let line = await end.line(); line !== undefined; line = await end.line()) {
    const verb = line.split(" ")[0]?.toUpperCase() ?? "";
    if (verb === "STARTTLS" && options.secureContext !== undefined && table["STARTTLS"] === undefined) {
      end.send("220 2.0.0 Ready");
      await end.startTls(options.secureContext);
    } else if (verb === "BDAT") {
      messages.push(await end.octets(Number(line.split(" ")[1])));
      await answer("content", line);
    } else {
      await answer(verb, line);
      const data = table["DATA"];
      if (verb === "DATA" && typeof data === "string" && data.startsWith("354")) {
        const content = await end.until("\r\n.\r\n");
        if (content !== undefined) messages.push(content);
        if (content !== undefined) await answer("content", line);
      }
    }
  }
}

/** The same, stopped at the end of the test. */
export async function serveSmtp(answers?: Answers, options?: ScriptOptions): Promise<ScriptedServer> {
  const server = await scriptedServer(answers, options);
  onTestFinished(() => server.stop());
  return server;
}

let authority: Promise<Certificates> | undefined;

/** One authority for all tests of a file: keys take time to make. */
export function testAuthority(): Promise<Certificates> {
  authority ??= makeCertificates(["localhost", "mx.test"]);
  return authority;
}

export async function serverContext(
  variant: Parameters<Certificates["get"]>[0] = "good",
  more: Parameters<typeof createSecureContext>[0] = {},
): Promise<SecureContext> {
  const { key, cert } = await (await testAuthority()).get(variant);
  return createSecureContext({ key, cert, ...more });
}
