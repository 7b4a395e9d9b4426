import { FaultError } from "../../src/model/observation.ts";
import type { NetIo, ProbeIo } from "../../src/model/probe.ts";
import type {
  AuthResult,
  CountedReply,
  EhloCapabilities,
  Envelope,
  MailParameters,
  SmtpDial,
  SmtpReply,
  SmtpSession,
  SubmitOptions,
  SubmitResult,
} from "../../src/model/smtp.ts";
import type { Credentials, Relay } from "../../src/model/subject.ts";
import type { PhaseName } from "../../src/model/codes.ts";
import type { CertificateFacts, TlsFacts } from "../../src/model/tls.ts";

export const NOW = Date.UTC(2026, 10, 22, 12);
const DAY = 86_400_000;

/** `550 5.1.1 no such user` as a reply; further lines after `\n`. */
export function reply(text: string): SmtpReply {
  const lines = text.slice(4).split("\n");
  const enhanced = /^[245]\.\d+\.\d+/.exec(lines[0] ?? "")?.[0];
  return { code: Number(text.slice(0, 3)), lines, ...(enhanced === undefined ? {} : { enhanced }) };
}

/** `STARTTLS`, `AUTH PLAIN LOGIN`, `SIZE 1000`: the lines of an EHLO reply. */
export function capabilities(...lines: string[]): EhloCapabilities {
  const keywords: Record<string, readonly string[]> = {};
  for (const line of lines) {
    const [keyword = "", ...parameters] = line.split(" ");
    keywords[keyword] = parameters;
  }
  const size = keywords["SIZE"]?.[0];
  return {
    domain: "mx.example.com",
    keywords,
    authMechanisms: keywords["AUTH"] ?? [],
    ...(size === undefined ? {} : { size: Number(size) }),
  };
}

export function certificate(change: Partial<CertificateFacts> = {}): CertificateFacts {
  return {
    subject: "CN=mx.example.com",
    issuer: "CN=Example CA",
    dnsNames: ["mx.example.com"],
    ipAddresses: [],
    notBefore: NOW - 30 * DAY,
    notAfter: NOW + 60 * DAY,
    serialNumber: "01",
    fingerprint: "00",
    keyType: "ec",
    keyBits: 256,
    signatureAlgorithm: "ecdsa-with-SHA256",
    selfSigned: false,
    ...change,
  };
}

export function tlsFacts(change: Partial<TlsFacts> = {}): TlsFacts {
  return {
    version: "TLSv1.3",
    cipher: "TLS_AES_256_GCM_SHA384",
    serverName: "mx.example.com",
    chain: [certificate()],
    trusted: true,
    ...change,
  };
}

export const EXPIRED = tlsFacts({ chain: [certificate({ notAfter: NOW - DAY })], trusted: false });

export function relay(change: Partial<Relay> = {}): Relay {
  return {
    kind: "relay",
    name: "eu",
    labels: {},
    scheme: "submission",
    host: "mx.example.com",
    port: 587,
    helo: "probe.example.net",
    from: "probe@example.net",
    to: ["seed@example.com"],
    tls: {},
    ...change,
  };
}

/** What the server does; a `FaultError` in place of a reply breaks the connection there. */
export interface Script {
  readonly banner?: string;
  readonly ehlo?: EhloCapabilities;
  readonly ehloAfterTls?: EhloCapabilities;
  /** The handshake's facts; `good` when absent. */
  readonly tls?: TlsFacts;
  readonly injectedBytes?: number;
  readonly replies?: Readonly<
    Partial<Record<"ehlo" | "starttls" | "auth" | "mail" | "data" | "body", string | FaultError>>
  >;
  /** By position of the recipient; the last counts for the rest. */
  readonly rcpt?: readonly (string | FaultError)[];
  /** LMTP: replies after the final dot. */
  readonly deliveries?: readonly string[];
  readonly challengeError?: string;
}

/** A server that was scripted, and what the client did to it, one line a command. */
export class FakeSession implements SmtpSession {
  readonly remote = { address: "192.0.2.1", family: 4, port: 587, localAddress: "192.0.2.9" } as const;
  readonly banner: SmtpReply;
  readonly replies: CountedReply[] = [];
  readonly log: string[] = [];
  tls?: TlsFacts;
  capabilities?: EhloCapabilities;
  injectedBytes = 0;
  readonly #script: Script;

  constructor(script: Script, implicitTls: boolean) {
    this.#script = script;
    this.banner = reply(script.banner ?? "220 mx.example.com ESMTP");
    if (implicitTls) this.tls = script.tls ?? tlsFacts();
    this.#count("banner", this.banner);
  }

  #count(phase: PhaseName, answer: SmtpReply): SmtpReply {
    const { code, enhanced } = answer;
    this.replies.push({ phase, code, ...(enhanced === undefined ? {} : { enhanced }) });
    return answer;
  }

  #answer(phase: PhaseName, scripted: string | FaultError | undefined, usual: string): SmtpReply {
    if (scripted instanceof FaultError) throw scripted;
    return this.#count(phase, reply(scripted ?? usual));
  }

  async ehlo(name: string): Promise<SmtpReply> {
    this.log.push(`EHLO ${name}`);
    const answer = this.#answer("ehlo", this.#script.replies?.ehlo, "250 mx.example.com");
    const clear = this.#script.ehlo ?? capabilities("STARTTLS", "PIPELINING", "SIZE 1000000");
    const later = this.#script.ehloAfterTls ?? capabilities("AUTH PLAIN LOGIN", "SIZE 1000000");
    if (answer.code < 400) this.capabilities = this.tls === undefined ? clear : later;
    return answer;
  }

  async startTls(): Promise<SmtpReply> {
    this.log.push("STARTTLS");
    const answer = this.#answer("starttls", this.#script.replies?.starttls, "220 2.0.0 go ahead");
    if (answer.code !== 220) return answer;
    delete this.capabilities;
    this.tls = this.#script.tls ?? tlsFacts();
    this.injectedBytes = this.#script.injectedBytes ?? 0;
    return answer;
  }

  async auth(credentials: Credentials): Promise<AuthResult> {
    const mechanism = credentials.mechanism ?? "PLAIN";
    const clear = this.tls === undefined ? " in the clear" : "";
    this.log.push(`AUTH ${mechanism} ${credentials.username.replace(/^mailgauge-.*/, "invented")}${clear}`);
    if (this.tls === undefined && credentials.allowCleartext !== true) {
      throw new FaultError({ code: "auth_not_offered", phase: "auth", message: "no TLS" });
    }
    if (this.capabilities?.authMechanisms.length === 0) {
      throw new FaultError({ code: "auth_not_offered", phase: "auth", message: "no AUTH" });
    }
    const answer = this.#answer("auth", this.#script.replies?.auth, "235 2.7.0 ok");
    const { challengeError } = this.#script;
    return { mechanism, reply: answer, ...(challengeError === undefined ? {} : { challengeError }) };
  }

  async mail(from: string, parameters?: MailParameters): Promise<SmtpReply> {
    this.log.push(`MAIL <${from}>${parameters?.size === undefined ? "" : ` SIZE=${parameters.size}`}`);
    return this.#answer("mail", this.#script.replies?.mail, "250 2.1.0 ok");
  }

  async rcpt(to: string): Promise<SmtpReply> {
    const asked = this.log.filter((line) => line.startsWith("RCPT")).length;
    this.log.push(`RCPT <${to}>`);
    const scripted = this.#script.rcpt ?? [];
    return this.#answer("rcpt", scripted[asked] ?? scripted.at(-1), "250 2.1.5 ok");
  }

  async rset(): Promise<SmtpReply> {
    this.log.push("RSET");
    return reply("250 2.0.0 ok");
  }

  async submit(envelope: Envelope, message: Uint8Array, options: SubmitOptions = {}): Promise<SubmitResult> {
    const mail = await this.mail(envelope.from, envelope.mail);
    if (mail.code >= 300) return { mail, recipients: [] };
    const rcpts: SmtpReply[] = [];
    for (const to of envelope.to) rcpts.push(await this.rcpt(to));
    const recipients = rcpts.map((rcpt, index) => ({ index, rcpt }));
    if (rcpts.every((rcpt) => rcpt.code >= 300)) return { mail, recipients };
    this.log.push(`DATA ${message.length} ${options.mode}${options.chunking === true ? " chunked" : ""}`);
    const data = this.#answer("data", this.#script.replies?.data, "354 go on");
    if (data.code !== 354) return { mail, recipients, data };
    const { deliveries } = this.#script;
    if (deliveries !== undefined) {
      const delivered = recipients.map((recipient, i) => ({
        ...recipient,
        delivery: reply(deliveries[i] ?? "250 ok"),
      }));
      return { mail, recipients: delivered, data };
    }
    const body = this.#answer("body", this.#script.replies?.body, "250 2.0.0 Ok: queued as 4XyZ12");
    return { mail, recipients, data, body };
  }

  async quit(): Promise<void> {
    this.log.push("QUIT");
  }

  destroy(): void {
    this.log.push("destroy");
  }
}

export interface FakeNet {
  readonly io: ProbeIo;
  readonly dials: SmtpDial[];
  /** Of the one session that was opened. */
  log(): readonly string[];
}

/** A network with one server on it; a `FaultError` in place of the script is a dial that fails. */
export function fakeNet(
  script: Script | FaultError = {},
  signal: AbortSignal = new AbortController().signal,
): FakeNet {
  const dials: SmtpDial[] = [];
  let session: FakeSession | undefined;
  const net: NetIo = {
    resolve: () => Promise.reject(new Error("this network has no DNS")),
    async dialSmtp(dial, notes) {
      dials.push(dial);
      if (notes !== undefined) notes.a = ["192.0.2.1"];
      if (script instanceof FaultError) throw script;
      session = new FakeSession(script, dial.implicitTls);
      return session;
    },
    async composeSeed(options) {
      return { bytes: new Uint8Array(500), token: `token-${options.route}`, messageId: "<1@example.net>" };
    },
  };
  const io: ProbeIo = {
    ...net,
    signal,
    clock: { now: () => NOW, monotonic: () => 0 },
    phases: { elapsed: () => 0, begin: () => () => {}, say: () => {} },
    memory: { recall: () => undefined, remember: () => {} },
  };
  return { io, dials, log: () => session?.log ?? [] };
}
