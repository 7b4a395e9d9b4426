import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { createSecureContext, type SecureContext, TLSSocket } from "node:tls";
import { serveWorker } from "../support/worker.ts";

/** What the server may be told to do before it answers. */
export const STEPS = ["banner", "ehlo", "starttls", "tls", "mail", "rcpt", "data", "body", "quit"] as const;
export type Step = (typeof STEPS)[number];

export interface Behaviour {
  /** Milliseconds that each step takes; those not named are done at once. */
  readonly delays?: Readonly<Partial<Record<Step, number>>>;
  /** The step that waits until `release`. */
  readonly hold?: Step;
  /** In place of the usual reply: `451 4.3.0 Later`. */
  readonly replies?: Readonly<Partial<Record<Step, string>>>;
  /** Keep what each step really took, for `truths`. */
  readonly record?: boolean;
  /** Sent again and again, without end, in place of the greeting. */
  readonly endless?: string;
}

/** What one client was really made to wait for, by the server's own clock. */
export interface Truth {
  /** Argument of its EHLO. */
  readonly client: string;
  readonly steps: readonly { readonly step: Step; readonly ms: number }[];
}

const EHLO =
  "250-mx.bench.test\r\n250-PIPELINING\r\n250-SIZE 10240000\r\n250-ENHANCEDSTATUSCODES\r\n250-8BITMIME\r\n";
const CLEAR_EHLO = `${EHLO}250-STARTTLS\r\n250 SMTPUTF8\r\n`;
const TLS_EHLO = `${EHLO}250 SMTPUTF8\r\n`;
const END_OF_DATA = "\r\n.\r\n";

const REPLIES: Readonly<Record<Step, string>> = {
  banner: "220 mx.bench.test ESMTP ready\r\n",
  ehlo: "",
  starttls: "220 2.0.0 Ready to start TLS\r\n",
  tls: "",
  mail: "250 2.1.0 Ok\r\n",
  rcpt: "250 2.1.5 Ok\r\n",
  data: "354 End data with <CR><LF>.<CR><LF>\r\n",
  body: "250 2.0.0 Ok: queued as 4Zq2Xh0kZJz1xyz\r\n",
  quit: "221 2.0.0 Bye\r\n",
};

const STEP_OF: Readonly<Record<string, Step>> = {
  EHLO: "ehlo",
  STAR: "starttls",
  MAIL: "mail",
  RCPT: "rcpt",
  DATA: "data",
  QUIT: "quit",
};

let server: Server;
let context: SecureContext;
let behaviour: Behaviour = {};
let held: (() => void)[] = [];
let truths: Truth[] = [];
let open = 0;
let served = 0;

/** One client, served as fast as can be: no line is looked at beyond its verb. */
class Dialogue {
  #socket: Socket;
  #text = "";
  #inData = false;
  #client = "";
  readonly #steps: { step: Step; ms: number }[] = [];

  constructor(socket: Socket) {
    this.#socket = socket;
    open += 1;
    served += 1;
    socket.setNoDelay(true);
    socket.on("data", this.#onData);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      open -= 1;
      if (behaviour.record === true) truths.push({ client: this.#client, steps: this.#steps });
    });
    if (behaviour.endless === undefined) this.#answer("banner", REPLIES.banner);
    else this.#flood(behaviour.endless);
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#text += chunk.toString("latin1");
    if (this.#inData) {
      if (!this.#text.endsWith(END_OF_DATA)) return;
      this.#text = "";
      this.#inData = false;
      this.#answer("body", REPLIES.body);
      return;
    }
    for (let end = this.#text.indexOf("\n"); end !== -1; end = this.#text.indexOf("\n")) {
      const line = this.#text.slice(0, end);
      this.#text = this.#text.slice(end + 1);
      this.#command(line);
    }
  };

  #command(line: string): void {
    const step = STEP_OF[line.slice(0, 4)];
    if (step === undefined) this.#socket.write("500 5.5.2 What?\r\n");
    else if (step === "ehlo") {
      this.#client = line.slice(5).trim();
      this.#answer(step, this.#socket instanceof TLSSocket ? TLS_EHLO : CLEAR_EHLO);
    } else this.#answer(step, REPLIES[step]);
  }

  /** Answers when it is time, and notes how long that really was. */
  #answer(step: Step, usual: string): void {
    const { delays, hold, replies, record } = behaviour;
    const begin = record === true ? performance.now() : 0;
    const reply = replies?.[step];
    const answer = (): void => {
      if (this.#socket.destroyed) return;
      if (step === "tls") this.#secure(begin);
      else {
        this.#socket.write(reply === undefined ? usual : `${reply}\r\n`);
        if (record === true) this.#steps.push({ step, ms: performance.now() - begin });
        if (reply === undefined) this.#after(step);
      }
    };
    const delay = delays?.[step] ?? 0;
    if (hold === step) held.push(answer);
    else if (delay > 0) setTimeout(answer, delay);
    else answer();
  }

  #after(step: Step): void {
    if (step === "data") this.#inData = true;
    else if (step === "quit") this.#socket.end();
    else if (step === "starttls") {
      this.#socket.off("data", this.#onData);
      this.#socket.pause();
      this.#answer("tls", "");
    }
  }

  #secure(begin: number): void {
    const secure = new TLSSocket(this.#socket, { isServer: true, secureContext: context });
    this.#socket = secure;
    secure.on("data", this.#onData);
    secure.on("error", () => secure.destroy());
    if (behaviour.record !== true) return;
    secure.on("secure", () => this.#steps.push({ step: "tls", ms: performance.now() - begin }));
  }

  /** As fast as the client takes it. */
  #flood(text: string): void {
    const chunk = text.repeat(1000);
    const push = (): void => {
      while (!this.#socket.destroyed && this.#socket.write(chunk));
    };
    this.#socket.on("drain", push);
    push();
  }
}

const methods = {
  /** Begins to listen on loopback; gives the port. */
  start: async ({ cert, key }: { readonly cert: string; readonly key: string }): Promise<number> => {
    context = createSecureContext({ cert, key });
    server = createServer((socket) => new Dialogue(socket));
    await new Promise<void>((resolve) =>
      server.listen({ port: 0, host: "127.0.0.1", backlog: 4096 }, resolve),
    );
    return (server.address() as AddressInfo).port;
  },
  /** Behaves so from now on. */
  behave: (next: Behaviour): void => {
    behaviour = next;
    truths = [];
  },
  /** Connections open now, those that wait at the step `hold`, and all that there ever were. */
  count: (): { readonly open: number; readonly held: number; readonly served: number } => ({
    open,
    held: held.length,
    served,
  }),
  release: (): void => {
    const waiting = held;
    held = [];
    for (const answer of waiting) answer();
  },
  /** What was noted since `behave`; only of clients that have gone. */
  truths: (): readonly Truth[] => truths,
};
export type SmtpServerMethods = typeof methods;

serveWorker(methods);
