import type { Connection, Placeholders } from "./connection.ts";
import type { FaultPhase } from "./fault.ts";
import { SERVER_MECHANISMS, startSasl } from "./sasl-server.ts";
import type { RelayContext, Service } from "./service.ts";
import { Transaction } from "./transaction.ts";
import { ConnectionGone } from "./wire-reader.ts";

/** Longest line: what RFC 4954 section 4 asks for base64 in AUTH. */
const LINE_LIMIT = 12_288;
const ERROR_LIMIT = 20;
const CANCELLED = "501 5.7.0 Authentication cancelled";

/** Speaks SMTP or LMTP as a server, from the greeting to the end of the connection. Never rejects. */
export async function serve(connection: Connection, service: Service, context: RelayContext): Promise<void> {
  try {
    await new Session(connection, service, context).run();
  } catch (error) {
    connection.destroy();
    if (!(error instanceof ConnectionGone)) throw error;
  }
}

class Session {
  readonly #connection: Connection;
  readonly #service: Service;
  readonly #context: RelayContext;
  #helo = "";
  #user: string | undefined;
  #errors = 0;
  #transaction: Transaction;
  readonly #commands: Readonly<Record<string, (argument: string) => Promise<number>>> = {
    EHLO: (argument) => this.#greet("EHLO", argument),
    HELO: (argument) => this.#greet("HELO", argument),
    LHLO: (argument) => this.#greet("LHLO", argument),
    STARTTLS: (argument) => this.#startTls(argument),
    AUTH: (argument) => this.#auth(argument),
    MAIL: (argument) => this.#transaction.mail(argument),
    RCPT: (argument) => this.#transaction.rcpt(argument),
    DATA: (argument) => this.#transaction.data(argument),
    BDAT: (argument) => this.#transaction.bdat(argument),
    RSET: () => {
      this.#reset();
      return this.#connection.say("250 2.0.0 Ok");
    },
    NOOP: () => this.#connection.say("250 2.0.0 Ok"),
    VRFY: () =>
      this.#connection.say("252 2.0.0 Cannot VRFY user, but will accept message and attempt delivery"),
    QUIT: async () => {
      await this.#reply("quit", "221 2.0.0 Bye");
      return this.#connection.close();
    },
  };

  constructor(connection: Connection, service: Service, context: RelayContext) {
    this.#connection = connection;
    this.#service = service;
    this.#context = context;
    this.#transaction = this.#newTransaction();
  }

  async run(): Promise<never> {
    const { host, faults } = this.#context;
    if (this.#service.implicitTls && faults.last("plain_on_tls_port") === undefined) {
      await this.#connection.startTls(await this.#context.secureContext());
    }
    const protocol = this.#service.lmtp ? "LMTP" : "ESMTP";
    const code = await this.#reply("banner", `220 ${host} ${protocol} Mailgauge lab`);
    if (code !== 220) return this.#refuseAll();
    for (;;) {
      const line = await this.#connection.reader.line(LINE_LIMIT);
      const code =
        line === undefined
          ? await this.#connection.say("500 5.5.2 Error: line too long")
          : await this.#command(line);
      this.#errors = code >= 500 ? this.#errors + 1 : this.#errors;
      if (this.#errors > ERROR_LIMIT)
        await this.#connection.close(`421 4.7.0 ${host} Error: too many errors`);
    }
  }

  /** After a greeting that refuses, only QUIT does anything (RFC 5321 section 3.1). */
  async #refuseAll(): Promise<never> {
    for (;;) {
      const line = await this.#connection.reader.line(LINE_LIMIT);
      if (/^quit\s*$/i.test(line ?? "")) await this.#connection.close("221 2.0.0 Bye");
      await this.#connection.say("503 5.5.1 Error: no service");
    }
  }

  #command(line: string): Promise<number> {
    const [, verb = "", argument = ""] = /^([A-Za-z]*)(?: (.*))?$/.exec(line) ?? [];
    const keyword = verb.toUpperCase();
    const handler = Object.hasOwn(this.#commands, keyword) ? this.#commands[keyword] : undefined;
    return handler === undefined
      ? this.#connection.say("500 5.5.2 Error: command not recognized")
      : handler(argument);
  }

  #values(): Placeholders {
    return {
      helo: this.#helo,
      from: this.#transaction.from ?? "",
      to: this.#transaction.lastTo,
      client: this.#connection.remoteAddress,
    };
  }

  #reply(phase: FaultPhase, text: string, behind = ""): Promise<number> {
    return this.#connection.reply(phase, text, this.#values(), behind);
  }

  #newTransaction(): Transaction {
    return new Transaction({
      connection: this.#connection,
      service: this.#service,
      context: this.#context,
      helo: this.#helo,
      ...(this.#user === undefined ? {} : { username: this.#user }),
    });
  }

  #reset(): void {
    this.#transaction = this.#newTransaction();
  }

  async #greet(verb: "EHLO" | "HELO" | "LHLO", name: string): Promise<number> {
    if ((verb === "LHLO") !== this.#service.lmtp) {
      return this.#connection.say("500 5.5.1 Error: command not implemented");
    }
    if (!/^[\x21-\x7e]+$/.test(name.trim()))
      return this.#connection.say(`501 5.5.4 Syntax: ${verb} hostname`);
    this.#helo = name.trim().slice(0, 255);
    const lines = verb === "HELO" ? [] : this.#keywords();
    const code = await this.#reply(
      "ehlo",
      [this.#context.host, ...lines].map((line) => `250 ${line}`).join("\n"),
    );
    if (code !== 250) this.#helo = "";
    this.#reset();
    return code;
  }

  #keywords(): string[] {
    const secure = this.#connection.secure !== undefined;
    const mechanisms = this.#mechanisms();
    const all = [
      "PIPELINING",
      `SIZE ${this.#context.sizeLimit}`,
      ...(this.#offersStartTls() ? ["STARTTLS"] : []),
      ...(mechanisms.length > 0 ? [`AUTH ${mechanisms.join(" ")}`] : []),
      "ENHANCEDSTATUSCODES",
      "8BITMIME",
      "DSN",
      "SMTPUTF8",
      "CHUNKING",
      // REQUIRETLS is offered inside TLS only (RFC 8689 section 2).
      ...(secure ? ["REQUIRETLS"] : []),
    ];
    for (const { remove, add } of this.#context.faults.all("ehlo")) {
      const kept = all.filter((line) => !remove.includes(line.split(" ")[0] ?? ""));
      const starttls = remove.includes("STARTTLS") && secure ? [] : add;
      all.splice(0, all.length, ...kept, ...starttls);
    }
    return all;
  }

  #offersStartTls(): boolean {
    return this.#connection.secure === undefined && !this.#service.implicitTls && !this.#withheld("STARTTLS");
  }

  #withheld(keyword: string): boolean {
    return this.#context.faults.all("ehlo").some((effect) => effect.remove.includes(keyword));
  }

  /** Mechanisms that work now. In the clear there are none, unless the fault is to refuse them there. */
  #mechanisms(): string[] {
    if (!this.#service.offerAuth || this.#withheld("AUTH")) return [];
    const effect = this.#context.faults.at("auth");
    const lured = effect?.kind === "reply" && effect.text.startsWith("538");
    if (this.#connection.secure === undefined && !lured) return [];
    const named = this.#clientName() !== undefined;
    return [...SERVER_MECHANISMS, ...(named ? ["EXTERNAL"] : [])];
  }

  #clientName(): string | undefined {
    const certificate = this.#connection.secure?.getPeerX509Certificate();
    return certificate === undefined ? undefined : this.#context.clientName(certificate);
  }

  async #startTls(argument: string): Promise<number> {
    if (this.#connection.secure !== undefined)
      return this.#connection.say("503 5.5.1 Error: TLS already active");
    if (!this.#offersStartTls()) return this.#connection.say("502 5.5.1 Error: command not implemented");
    if (argument !== "") return this.#connection.say("501 5.5.4 Syntax: STARTTLS");
    const secureContext = await this.#context.secureContext();
    const injected = this.#context.faults.last("inject");
    const behind = injected === undefined ? "" : `${injected.text}\r\n`;
    const code = await this.#reply("starttls", "220 2.0.0 Ready to start TLS", behind);
    if (code !== 220) return code;
    await this.#connection.startTls(secureContext);
    // What the client said in the clear is forgotten (RFC 3207 section 4.2).
    this.#helo = "";
    this.#user = undefined;
    this.#reset();
    return code;
  }

  async #auth(argument: string): Promise<number> {
    const [mechanism = "", initial, ...rest] = argument.split(" ");
    const offered = this.#mechanisms();
    const effect = this.#context.faults.at("auth");
    if (this.#helo === "") return this.#connection.say("503 5.5.1 Error: send EHLO first");
    if (effect?.kind === "reply" && /^5(30|38)/.test(effect.text)) return this.#reply("auth", effect.text);
    if (offered.length === 0) {
      return this.#connection.say(
        this.#service.offerAuth && this.#connection.secure === undefined
          ? "538 5.7.11 Encryption required for requested authentication mechanism"
          : "503 5.5.1 Error: authentication not enabled",
      );
    }
    if (this.#user !== undefined) return this.#connection.say("503 5.5.1 Error: already authenticated");
    if (this.#transaction.from !== undefined) {
      return this.#connection.say("503 5.5.1 Error: MAIL transaction in progress");
    }
    if (rest.length > 0) return this.#connection.say("501 5.5.4 Syntax: AUTH mechanism");
    if (!offered.includes(mechanism.toUpperCase())) {
      return this.#connection.say("504 5.5.4 Unrecognized authentication type");
    }
    return this.#exchange(mechanism.toUpperCase(), initial);
  }

  async #exchange(mechanism: string, initial: string | undefined): Promise<number> {
    const certificateName = this.#clientName();
    const tokenError = this.#context.faults.last("token_refused")?.text;
    const exchange = startSasl(mechanism, {
      users: this.#context.users,
      random: this.#context.random,
      host: this.#context.host,
      ...(certificateName === undefined ? {} : { certificateName }),
      ...(tokenError === undefined ? {} : { tokenError }),
    });
    if (exchange === undefined) return this.#connection.say("504 5.5.4 Unrecognized authentication type");
    let response =
      initial === undefined ? await this.#challenge(exchange.opening) : initial.replace(/^=$/, "");
    for (;;) {
      if (response === "*") return this.#connection.say(CANCELLED);
      if (response === undefined || !/^[A-Za-z0-9+/]*={0,2}$/.test(response)) {
        return this.#connection.say("501 5.5.2 Error: malformed base64");
      }
      const step = exchange.step(Buffer.from(response, "base64").toString("latin1"));
      if (step.kind === "challenge") {
        response = await this.#challenge(step.data);
        continue;
      }
      if (step.kind === "failure") {
        const text =
          step.malformed === true
            ? "501 5.5.2 Error: malformed response"
            : "535 5.7.8 Error: authentication failed";
        return this.#reply("auth", text);
      }
      const code = await this.#reply("auth", "235 2.7.0 Authentication successful");
      if (code === 235) this.#user = step.username;
      this.#reset();
      return code;
    }
  }

  async #challenge(data: string): Promise<string | undefined> {
    await this.#connection.say(`334 ${Buffer.from(data, "latin1").toString("base64")}`);
    return this.#connection.reader.line(LINE_LIMIT);
  }
}
