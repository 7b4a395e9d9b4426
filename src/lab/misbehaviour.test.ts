import { once } from "node:events";
import { connect } from "node:net";
import tls from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { WireClient } from "../../test/support/wire-client.ts";
import type { FaultPhase } from "./fault.ts";
import { FAULTS } from "./faults.ts";
import { type Lab, startLab } from "./lab.ts";

describe("the lab's relay under a fault", () => {
  let lab: Lab;
  let now = 0;
  const open: WireClient[] = [];
  const user = { username: "probe", password: "secret", accessToken: "token" };

  beforeAll(async () => {
    lab = await startLab({ users: [user], now: () => now });
  });
  afterEach(async () => {
    for (const client of open.splice(0)) client.destroy();
    lab.mailbox.clear();
    await lab.reset();
  });
  afterAll(() => lab.stop());

  const trust = (): { ca: string; servername: string } => ({ ca: lab.ca, servername: lab.host });
  const STEPS: readonly (readonly [FaultPhase, string])[] = [
    ["ehlo", "EHLO me.test"],
    ["mail", "MAIL FROM:<from@b.test>"],
    ["rcpt", "RCPT TO:<to@lab.test>"],
    ["data", "DATA"],
    ["body", "a: b\r\n\r\nc\r\n."],
    ["quit", "QUIT"],
  ];

  /** Speaks in the clear up to a phase, and gives the reply to it. */
  async function upTo(phase: FaultPhase): Promise<{ client: WireClient; reply: string }> {
    const client = await WireClient.open(lab.ports.smtp);
    open.push(client);
    let reply = await client.reply();
    for (const [step, line] of phase === "banner" ? [] : STEPS) {
      reply = await client.command(line);
      if (step === phase) break;
    }
    return { client, reply };
  }

  async function upToTls(): Promise<WireClient> {
    const { client } = await upTo("ehlo");
    await client.startTls(trust());
    await client.command("EHLO me.test");
    return client;
  }

  it("refuses connections, then takes them again at the same port", async () => {
    const { client } = await upTo("ehlo");
    const { submission } = lab.ports;
    await lab.set("refuse", true);
    expect(await client.end()).toMatch(/closed|reset/);
    const socket = connect(submission, "127.0.0.1");
    const [error] = (await once(socket, "error")) as [NodeJS.ErrnoException];
    expect(error.code).toBe("ECONNREFUSED");
    await lab.set("refuse", false);
    expect(lab.ports.submission).toBe(submission);
    expect((await upTo("banner")).reply).toMatch(/^220 /);
  });

  it.each<[FaultPhase]>([["banner"], ["ehlo"], ["mail"], ["rcpt"], ["data"], ["body"], ["quit"]])(
    "defers at %s with the given text",
    async (phase) => {
      await lab.set("defer", true, { phase, text: "450 4.2.1 later, {client}" });
      expect((await upTo(phase)).reply).toBe("450 4.2.1 later, 127.0.0.1");
    },
  );

  it("fills in who spoke, and folds several lines into one reply", async () => {
    await lab.set("reject", true, { phase: "rcpt", text: "550-5.7.1 {from} to {to}\n550 5.7.1 from {helo}" });
    expect((await upTo("rcpt")).reply).toBe("550-5.7.1 from@b.test to to@lab.test\n550 5.7.1 from me.test");
  });

  /** Another client of the same server has done a whole conversation meanwhile. */
  async function untilAnotherIsServed(): Promise<void> {
    const client = await WireClient.open(lab.ports.mx);
    open.push(client);
    await client.reply();
    for (let turn = 0; turn < 10; turn += 1) await client.command("NOOP");
  }

  it.each<[FaultPhase]>([["ehlo"], ["rcpt"], ["body"], ["quit"]])("falls silent at %s", async (phase) => {
    const before = STEPS[STEPS.findIndex(([step]) => step === phase) - 1]?.[0] ?? "banner";
    const { client } = await upTo(before);
    await lab.set("silence", true, { phase });
    const stored = new Promise<void>((resolve) => {
      const done = lab.mailbox.onMessage(() => {
        done();
        resolve();
      });
    });
    client.send(`${STEPS.find(([step]) => step === phase)?.[1] ?? ""}\r\nNOOP\r\n`);
    if (phase === "body") await stored;
    await untilAnotherIsServed();
    expect([client.pending, client.ended]).toEqual(["", undefined]);
    await lab.set("silence", false);
    await untilAnotherIsServed();
    expect([client.pending, client.ended]).toEqual(["", undefined]);
  });

  it("falls silent before it greets", async () => {
    await lab.set("silence", true, { relay: "relay" });
    const client = await WireClient.open(lab.ports.smtp);
    open.push(client);
    await untilAnotherIsServed();
    expect([client.pending, client.ended]).toEqual(["", undefined]);
  });

  it.each<[string, FaultPhase, string]>([
    ["close", "banner", "closed"],
    ["close", "mail", "closed"],
    ["close", "quit", "closed"],
    ["reset", "banner", "reset"],
    ["reset", "rcpt", "reset"],
    ["reset_at_final_dot", "body", "reset"],
  ])("%s at %s ends the connection: %s", async (id, phase, ended) => {
    await lab.set(id, true, id === "reset_at_final_dot" ? {} : { phase });
    expect((await upTo(phase)).reply).toBe(`<${ended}>`);
  });

  it("keeps the message of which it lost the reply", async () => {
    await lab.set("reset_at_final_dot", true);
    await upTo("body");
    expect(lab.mailbox.messages).toHaveLength(1);
  });

  it("does not keep the message that it refuses", async () => {
    await lab.set("content_rejected", true);
    await upTo("body");
    expect(lab.mailbox.messages).toHaveLength(0);
  });

  it("resets inside TLS too", async () => {
    const client = await upToTls();
    await lab.set("reset", true, { phase: "mail" });
    expect(await client.command("MAIL FROM:<a@lab.test>")).toBe("<reset>");
  });

  it("answers slowly, and truly", async () => {
    await lab.set("slow", true, { phase: "mail", delayMs: 1 });
    expect((await upTo("mail")).reply).toBe("250 2.1.0 Ok");
  });

  it("delays the handshake without losing a byte of it", async () => {
    await lab.set("slow", true, { phase: "tls", delayMs: 20 });
    expect(await (await upToTls()).command("NOOP")).toBe("250 2.0.0 Ok");
    const implicit = await WireClient.openTls(lab.ports.submissions, trust());
    open.push(implicit);
    expect(await implicit.reply()).toMatch(/^220 /);
  });

  it("after a greeting that refuses, knows QUIT only", async () => {
    await lab.set("reject", true, { phase: "banner", text: "554 no" });
    const { client, reply } = await upTo("banner");
    expect(reply).toBe("554 no");
    expect(await client.command("EHLO me.test")).toBe("503 5.5.1 Error: no service");
    expect(await client.command("QUIT")).toBe("221 2.0.0 Bye");
  });

  it.each<[string, FaultPhase, RegExp]>([
    ["too_many_connections", "banner", /^421 4\.7\.0 Too many connections$/],
    ["connection_rejected", "banner", /^554 5\.7\.1 /],
    ["not_smtp", "banner", /^HTTP\/1\.1 400 Bad Request\r\n\r\n<closed>$/],
    ["tls_on_plain_port", "banner", /^.{6}\n<closed>$/], // a TLS alert: unexpected_message
  ])("%s hangs up after what it says", async (id, phase, said) => {
    await lab.set(id, true);
    const { client, reply } = await upTo(phase);
    expect(reply).toMatch(said);
    expect(await client.end()).toBe("closed");
  });

  it("sends an endless reply as long as the client reads, and ends it all the same", async () => {
    await lab.set("endless_line", true);
    const socket = connect(lab.ports.smtp, "127.0.0.1");
    let received = 0;
    await new Promise<void>((resolve) => {
      socket.on("data", (chunk) => {
        received += chunk.length;
        if (received > 2_000_000) resolve();
      });
    });
    socket.destroy();
    expect(received).toBeGreaterThan(2_000_000);
  });

  it("greylists a triplet until its time has come", async () => {
    await lab.set("greylist", true, { delayMs: 1000 });
    now = 10_000;
    expect((await upTo("rcpt")).reply).toMatch(/^451 4\.7\.1 <to@lab\.test>: .*Greylisted/);
    now = 10_999;
    expect((await upTo("rcpt")).reply).toMatch(/^451 /);
    now = 11_000;
    expect((await upTo("rcpt")).reply).toBe("250 2.1.5 Ok");
  });

  it("withholds STARTTLS, or shows what a middlebox left of it", async () => {
    await lab.set("no_starttls", true);
    expect((await upTo("ehlo")).reply).not.toMatch(/STARTTLS|XXXXXXXA/);
    await lab.set("starttls_stripped", true);
    const { client, reply } = await upTo("ehlo");
    expect(reply).toContain("XXXXXXXA");
    expect(await client.command("STARTTLS")).toBe("502 5.5.1 Error: command not implemented");
  });

  it("says 220 to STARTTLS, then garbage", async () => {
    await lab.set("starttls_garbage", true);
    const { client } = await upTo("ehlo");
    expect(await client.command("STARTTLS")).toBe("220 2.0.0 Ready to start TLS");
    await untilAnotherIsServed();
    expect(client.pending).toBe("");
    client.send("anything");
    expect(await client.reply()).toBe("this is no TLS record\r\n<closed>");
  });

  it("injects plain text behind STARTTLS", async () => {
    await lab.set("starttls_injection", true);
    const { client } = await upTo("ehlo");
    expect(await client.command("STARTTLS")).toBe("220 2.0.0 Ready to start TLS");
    expect(await client.reply()).toBe("250 2.0.0 injected");
  });

  it("speaks plain text on the TLS port", async () => {
    await lab.set("plain_on_tls_port", true);
    const client = await WireClient.open(lab.ports.submissions);
    open.push(client);
    expect(await client.reply()).toMatch(/^220 /);
  });

  async function handshake(options: tls.ConnectionOptions = {}): Promise<string> {
    const socket = tls.connect({
      port: lab.ports.submissions,
      rejectUnauthorized: false,
      ...trust(),
      ...options,
    });
    try {
      await once(socket, "secureConnect");
      const error = socket.authorizationError as unknown;
      return typeof error === "string" ? error : (socket.getProtocol() ?? "");
    } catch (error) {
      return (error as NodeJS.ErrnoException).code ?? "";
    } finally {
      socket.destroy();
    }
  }

  it("speaks TLS 1.1 only, to whom wants it", async () => {
    await lab.set("tls_obsolete", true);
    expect(await handshake()).toBe("ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION");
    expect(await handshake({ minVersion: "TLSv1", ciphers: "DEFAULT@SECLEVEL=0" })).toBe("TLSv1.1");
  });

  it("presents the certificate of the latest switch", async () => {
    await lab.set("certificate_expired", true);
    await lab.set("certificate_self_signed", true);
    expect(await handshake()).toBe("DEPTH_ZERO_SELF_SIGNED_CERT");
    await lab.set("certificate_self_signed", false);
    expect(await handshake()).toBe("CERT_HAS_EXPIRED");
    await lab.set("certificate_expired", false);
    expect(await handshake()).toBe("TLSv1.3");
  });

  it.each<[string, RegExp]>([
    ["wrong_password", /^535 5\.7\.8 /],
    ["app_password_required", /^534 5\.7\.9 /],
    ["basic_auth_disabled", /^535 5\.7\.139 /],
    ["account_locked", /^454 4\.7\.0 /],
    ["auth_requires_tls", /^538 5\.7\.11 /],
  ])("%s refuses the right password", async (id, expected) => {
    const client = await upToTls();
    await lab.set(id, true);
    expect(await client.command(`AUTH PLAIN ${Buffer.from("\0probe\0secret").toString("base64")}`)).toMatch(
      expected,
    );
  });

  it("offers AUTH in the clear only to refuse it", async () => {
    await lab.set("auth_requires_tls", true);
    expect((await upTo("ehlo")).reply).toContain("AUTH PLAIN");
  });

  it("refuses a token with an error document", async () => {
    const client = await upToTls();
    await lab.set("token_expired", true);
    const message = Buffer.from("user=probe\u0001auth=Bearer token\u0001\u0001").toString("base64");
    const reply = await client.command(`AUTH XOAUTH2 ${message}`);
    expect(JSON.parse(Buffer.from(reply.slice(4), "base64").toString())).toMatchObject({ status: "401" });
    expect(await client.command("")).toMatch(/^535 /);
  });

  it("withholds AUTH, or offers what nobody speaks", async () => {
    const client = await upToTls();
    await lab.set("auth_foreign", true);
    expect(await client.command("EHLO me.test")).toContain("250 AUTH GSSAPI NTLM");
    await lab.set("auth_hidden", true);
    await lab.set("auth_foreign", false);
    expect(await client.command("EHLO me.test")).not.toContain("AUTH");
    expect(await client.command("AUTH PLAIN")).toBe("503 5.5.1 Error: authentication not enabled");
  });

  const replies = FAULTS.flatMap((fault) =>
    fault.effect.kind === "reply" ? [{ id: fault.id, effect: fault.effect }] : [],
  );
  it.each(replies.filter(({ effect }) => !["auth", "starttls"].includes(effect.phase)))(
    "$id says its text",
    async ({ id, effect }) => {
      await lab.set(id, true);
      const said = (await upTo(effect.phase)).reply;
      const filled = effect.text.replace(
        /\{\w+\}/g,
        (name) =>
          ({ "{from}": "from@b.test", "{to}": "to@lab.test", "{helo}": "me.test" })[name] ?? "127.0.0.1",
      );
      expect(said).toBe(filled);
    },
  );
});
