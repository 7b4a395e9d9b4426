import { createHmac } from "node:crypto";
import * as fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { WireClient } from "../../test/support/wire-client.ts";
import { type Lab, startLab } from "./lab.ts";

describe("the lab's relay", () => {
  let lab: Lab;
  const open: WireClient[] = [];
  const user = { username: "probe", password: "pässword", accessToken: "token" };

  beforeAll(async () => {
    const limited = { username: "limited", password: "secret", senders: ["lab.test"] };
    lab = await startLab({ users: [user, limited], sizeLimit: 100_000 });
  });
  afterEach(() => {
    for (const client of open.splice(0)) client.destroy();
  });
  afterAll(() => lab.stop());

  async function connect(service: "smtp" | "submission" | "lmtp" | "mx"): Promise<WireClient> {
    const client = await WireClient.open(lab.ports[service]);
    open.push(client);
    await client.reply();
    await client.command(service === "lmtp" ? "LHLO me.test" : "EHLO me.test");
    return client;
  }

  const trust = (): { ca: string; servername: string } => ({ ca: lab.ca, servername: lab.host });

  async function connectTls(service: "smtp" | "submission" = "submission"): Promise<WireClient> {
    const client = await connect(service);
    await client.startTls(trust());
    await client.command("EHLO me.test");
    return client;
  }

  async function login(client: WireClient, name = "probe", password = user.password): Promise<string> {
    return client.command(`AUTH PLAIN ${Buffer.from(`\0${name}\0${password}`).toString("base64")}`);
  }

  it("greets and lists its keywords, AUTH and REQUIRETLS inside TLS only", async () => {
    const client = await WireClient.open(lab.ports.submission);
    open.push(client);
    expect(await client.reply()).toBe("220 relay.lab.test ESMTP Mailgauge lab");
    expect(await client.command("EHLO me.test")).toBe(
      "250-relay.lab.test\n250-PIPELINING\n250-SIZE 100000\n250-STARTTLS\n250-ENHANCEDSTATUSCODES\n250-8BITMIME\n250-DSN\n250-SMTPUTF8\n250 CHUNKING",
    );
    expect(await client.startTls(trust())).toBe("220 2.0.0 Ready to start TLS");
    const inside = await client.command("EHLO me.test");
    expect(inside).toContain("250-AUTH PLAIN LOGIN CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256 XOAUTH2 OAUTHBEARER\n");
    expect(inside).toContain("250 REQUIRETLS");
    expect(inside).not.toContain("STARTTLS\n");
  });

  it("takes a message for its own domain, with trace header and queue id", async () => {
    lab.mailbox.clear();
    const client = await connect("smtp");
    expect(await client.command("MAIL FROM:<a@example.com> SIZE=20 BODY=8BITMIME")).toBe("250 2.1.0 Ok");
    expect(await client.command("RCPT TO:<seed@lab.test> NOTIFY=NEVER")).toBe("250 2.1.5 Ok");
    expect(await client.command("DATA")).toBe("354 End data with <CR><LF>.<CR><LF>");
    client.send("Subject: x\r\nX-Token: abc\r\n\r\n..dot\r\nend\r\n.\r\n");
    expect(await client.reply()).toMatch(/^250 2\.0\.0 Ok: queued as [0-9A-F]{10}$/);
    const [stored] = lab.mailbox.find("abc");
    expect(stored?.bytes.toString()).toBe("Subject: x\r\nX-Token: abc\r\n\r\n.dot\r\nend\r\n");
    expect(stored).toMatchObject({
      from: "a@example.com",
      to: ["seed@lab.test"],
      relay: "relay",
      service: "smtp",
    });
    expect(stored?.trace).toMatch(
      /^Received: from me\.test \(\[127\.0\.0\.1\]\)\r\n\tby relay\.lab\.test \(Mailgauge lab\) with ESMTP id [0-9A-F]{10};\r\n\t\w{3}, .* \+0000\r\n$/,
    );
    expect(await client.command("QUIT")).toBe("221 2.0.0 Bye");
    expect(await client.end()).toBe("closed");
  });

  it.each<[string, string, string]>([
    ["RCPT TO:<a@lab.test>", "503 5.5.1 Error: need MAIL command", "before MAIL"],
    ["DATA", "503 5.5.1 Error: need RCPT command", "before MAIL"],
    ["MAIL FROM:a@b", "501 5.1.7 Bad sender address syntax: FROM:a@b", "no brackets"],
    ["MAIL FROM:<a@b> FOO=1", "555 5.5.4 Unsupported option: FOO", "unknown parameter"],
    ["MAIL FROM:<a@b> SIZE=x", "501 5.5.4 Syntax error in parameter SIZE", "bad value"],
    ["MAIL FROM:<a@b> SIZE=100001", "552 5.3.4 Message size exceeds fixed limit", "declared too large"],
    [
      "MAIL FROM:<\xc3\xa9@b.test>",
      "553 5.6.7 Must declare SMTPUTF8 to permit unicode address",
      "no SMTPUTF8",
    ],
    ["MAIL FROM:<a@b> REQUIRETLS", "530 5.7.10 REQUIRETLS needs TLS", "in the clear"],
    ["MAIL FROM:<\xc3\xa9@b.test> SMTPUTF8", "250 2.1.0 Ok", "SMTPUTF8 declared"],
    ["MAIL FROM:<>", "250 2.1.0 Ok", "null reverse-path"],
    [
      "AUTH PLAIN AAA=",
      "538 5.7.11 Encryption required for requested authentication mechanism",
      "in the clear",
    ],
    ["VRFY a", "252 2.0.0 Cannot VRFY user, but will accept message and attempt delivery", ""],
    ["noop", "250 2.0.0 Ok", "lower case"],
    ["FROB", "500 5.5.2 Error: command not recognized", "unknown"],
    ["constructor", "500 5.5.2 Error: command not recognized", "name of an object's property"],
    ["LHLO x", "500 5.5.1 Error: command not implemented", "LMTP on an SMTP port"],
    ["EHLO", "501 5.5.4 Syntax: EHLO hostname", "no name"],
    ["BDAT x", "501 5.5.4 Syntax: BDAT count [LAST]", "no count: closes, since nobody knows where it ends"],
  ])("answers %j with %j (%s)", async (line, expected) => {
    const client = await connect("smtp");
    expect(await client.command(line)).toBe(expected);
  });

  it.each<[string, string]>([
    ["seed@lab.test", "250 2.1.5 Ok"],
    ["SEED@LAB.TEST", "250 2.1.5 Ok"],
    ["@route.test:seed@lab.test", "250 2.1.5 Ok"],
    ['"a>b"@lab.test', "250 2.1.5 Ok"],
    ["postmaster", "250 2.1.5 Ok"],
    ["", "501 5.1.3 Bad recipient address syntax"],
    [
      "unknown@lab.test",
      "550 5.1.1 <unknown@lab.test>: Recipient address rejected: User unknown in virtual mailbox table",
    ],
    ["grey@lab.test", "451 4.7.1 <grey@lab.test>: Recipient address rejected: Greylisted"],
    ["full@lab.test", "452 4.2.2 <full@lab.test>: Quota exceeded (mailbox for user is full)"],
    ["a@elsewhere.test", "554 5.7.1 <a@elsewhere.test>: Relay access denied"],
  ])("answers RCPT TO:<%s> with %j", async (to, expected) => {
    const client = await connect("smtp");
    await client.command("MAIL FROM:<a@example.com>");
    expect(await client.command(`RCPT TO:<${to}>`)).toBe(expected);
  });

  it("refuses a line over its limit, and goes on", async () => {
    const client = await connect("smtp");
    expect(await client.command(`NOOP ${"x".repeat(13_000)}`)).toBe("500 5.5.2 Error: line too long");
    expect(await client.command("NOOP")).toBe("250 2.0.0 Ok");
  });

  it("wants TLS, then AUTH, on submission; then relays anywhere", async () => {
    const client = await connect("submission");
    expect(await client.command("MAIL FROM:<a@b.test>")).toBe(
      "530 5.7.0 Must issue a STARTTLS command first",
    );
    await client.startTls(trust());
    expect(await client.command("MAIL FROM:<a@b.test>")).toBe("503 5.5.1 Error: send HELO/EHLO first");
    await client.command("EHLO me.test");
    expect(await client.command("MAIL FROM:<a@b.test>")).toBe("530 5.7.0 Authentication required");
    expect(await login(client)).toBe("235 2.7.0 Authentication successful");
    expect(await client.command("AUTH PLAIN")).toBe("503 5.5.1 Error: already authenticated");
    expect(await client.command("MAIL FROM:<a@b.test>")).toBe("250 2.1.0 Ok");
    expect(await client.command("RCPT TO:<x@elsewhere.test>")).toBe("250 2.1.5 Ok");
  });

  it("lets a limited user send as its own domain only", async () => {
    const client = await connectTls();
    await login(client, "limited", "secret");
    expect(await client.command("MAIL FROM:<a@b.test>")).toBe(
      "553 5.7.1 <a@b.test>: Sender address rejected: not owned by user limited",
    );
    expect(await client.command("MAIL FROM:<a@lab.test>")).toBe("250 2.1.0 Ok");
  });

  it("speaks TLS at once on submissions", async () => {
    const client = await WireClient.openTls(lab.ports.submissions, trust());
    open.push(client);
    expect(await client.reply()).toMatch(/^220 /);
    expect(client.tls?.authorized).toBe(true);
    expect(await client.command("EHLO me.test")).not.toContain("STARTTLS");
    expect(await client.command("STARTTLS")).toBe("503 5.5.1 Error: TLS already active");
  });

  it("throws away what came in the clear behind STARTTLS", async () => {
    const client = await connect("smtp");
    client.send("STARTTLS\r\nNOOP\r\nNOOP\r\n");
    expect(await client.reply()).toBe("220 2.0.0 Ready to start TLS");
    expect(client.pending).toBe("");
  });

  it("answers pipelined commands in order", async () => {
    const client = await connect("smtp");
    client.send("MAIL FROM:<a@b.test>\r\nRCPT TO:<unknown@lab.test>\r\nRCPT TO:<seed@lab.test>\r\nDATA\r\n");
    const replies = [await client.reply(), await client.reply(), await client.reply(), await client.reply()];
    expect(replies.map((reply) => reply.slice(0, 3))).toEqual(["250", "550", "250", "354"]);
    client.send("x: y\r\n\r\nz\r\n.\r\nQUIT\r\n");
    expect([await client.reply(), await client.reply()].map((reply) => reply.slice(0, 3))).toEqual([
      "250",
      "221",
    ]);
  });

  it("takes chunks, and a BINARY dot in them", async () => {
    lab.mailbox.clear();
    const client = await connect("smtp");
    await client.command("MAIL FROM:<a@b.test>");
    await client.command("RCPT TO:<seed@lab.test>");
    client.send("BDAT 11\r\nA: b\r\n\r\n.\r\n");
    expect(await client.reply()).toBe("250 2.0.0 Ok: 11 bytes");
    expect(await client.command("DATA")).toBe("503 5.5.1 Error: DATA after BDAT");
    client.send("BDAT 3 LAST\r\n\r\n.");
    expect(await client.reply()).toMatch(/queued as/);
    expect(lab.mailbox.messages[0]?.bytes.toString()).toBe("A: b\r\n\r\n.\r\n\r\n.");
    expect(await client.command("BDAT 0 LAST")).toBe("503 5.5.1 Error: need MAIL command");
  });

  it("reads a message that is too large to its end, and refuses it", async () => {
    lab.mailbox.clear();
    const client = await connect("smtp");
    await client.command("MAIL FROM:<a@b.test>");
    await client.command("RCPT TO:<seed@lab.test>");
    await client.command("DATA");
    client.send(`${`${"x".repeat(998)}\r\n`.repeat(101)}.\r\n`);
    expect(await client.reply()).toBe("552 5.3.4 Error: message file too big");
    expect(lab.mailbox.messages).toHaveLength(0);
    await client.command("MAIL FROM:<a@b.test>");
    await client.command("RCPT TO:<seed@lab.test>");
    client.send(`BDAT 100001 LAST\r\n${"x".repeat(100_001)}`);
    expect(await client.reply()).toBe("552 5.3.4 Error: message file too big");
  });

  it.each<[string, string]>([
    ["\n.\n", "bare LF around the dot"],
    ["\n.\r\n", "bare LF before the dot"],
    ["\r\n.\n", "bare LF behind the dot"],
  ])("does not end a message at %j (%s)", async (smuggled) => {
    lab.mailbox.clear();
    const client = await connect("smtp");
    await client.command("MAIL FROM:<a@b.test>");
    await client.command("RCPT TO:<seed@lab.test>");
    await client.command("DATA");
    client.send(`a: b\r\n\r\nx${smuggled}MAIL FROM:<evil@b.test>\r\n.\r\n`);
    expect(await client.reply()).toMatch(/queued as/);
    expect(lab.mailbox.messages.map((message) => message.bytes.includes("evil"))).toEqual([true]);
  });

  it("answers for each recipient under LMTP", async () => {
    lab.mailbox.clear();
    const client = await connect("lmtp");
    await client.command("MAIL FROM:<a@b.test>");
    expect(await client.command("DATA")).toBe("503 5.5.1 No valid recipients");
    await client.command("RCPT TO:<one@lab.test>");
    await client.command("RCPT TO:<overquota@lab.test>");
    await client.command("DATA");
    client.send("a: b\r\n\r\nc\r\n.\r\n");
    expect(await client.reply()).toMatch(/^250 2\.0\.0 <one@lab\.test> [0-9A-F]{10} Saved$/);
    expect(await client.reply()).toBe("552 5.2.2 <overquota@lab.test> Quota exceeded");
    expect(lab.mailbox.messages.map((message) => message.to)).toEqual([["one@lab.test"]]);
  });

  it("gives up on a client that only makes mistakes", async () => {
    const client = await connect("smtp");
    client.send("FROB\r\n".repeat(30));
    let last = "";
    while (client.ended === undefined && !last.startsWith("421")) last = await client.reply();
    expect(last).toBe("421 4.7.0 relay.lab.test Error: too many errors");
  });

  it("outlives any client: nonsense, half commands, sudden ends", async () => {
    const words = [
      "EHLO x",
      "MAIL FROM:<a@b.test>",
      "RCPT TO:<a@lab.test>",
      "DATA",
      "BDAT 3",
      "BDAT 2 LAST",
      "AUTH PLAIN",
      ".",
    ];
    const piece = fc.oneof(
      fc.constantFrom(...words.map((word) => `${word}\r\n`), "STARTTLS\r\n", "RSET\r\n"),
      fc.string({ unit: "binary", maxLength: 40 }),
    );
    const service = fc.constantFrom("smtp", "submission", "submissions", "lmtp", "mx");
    await fc.assert(
      fc.asyncProperty(
        service,
        fc.array(piece, { maxLength: 12 }),
        fc.boolean(),
        async (name, pieces, polite) => {
          const client = await WireClient.open(lab.ports[name as "smtp"]);
          for (const bytes of pieces) client.send(bytes);
          if (polite) await new Promise((resolve) => setImmediate(resolve));
          client.destroy();
        },
      ),
      { numRuns: 100 },
    );
    expect(await (await connect("smtp")).command("NOOP")).toBe("250 2.0.0 Ok");
  });

  describe("AUTH", () => {
    const b64 = (text: string | Buffer): string => Buffer.from(text).toString("base64");
    const OK = "235 2.7.0 Authentication successful";
    const WRONG = "535 5.7.8 Error: authentication failed";

    it("LOGIN asks for name and password", async () => {
      const client = await connectTls();
      expect(await client.command("AUTH LOGIN")).toBe(`334 ${b64("Username:")}`);
      expect(await client.command(b64("probe"))).toBe(`334 ${b64("Password:")}`);
      expect(await client.command(b64(user.password))).toBe(OK);
    });

    it("CRAM-MD5 checks the digest of its challenge", async () => {
      const client = await connectTls();
      const challenge = Buffer.from((await client.command("AUTH CRAM-MD5")).slice(4), "base64").toString();
      const digest = createHmac("md5", user.password).update(challenge).digest("hex");
      expect(await client.command(b64(`probe ${digest}`))).toBe(OK);
    });

    it("bearer tokens: a wrong one yields the error document, then 535", async () => {
      const client = await connectTls();
      const wrong = await client.command(`AUTH XOAUTH2 ${b64("user=probe\u0001auth=Bearer no\u0001\u0001")}`);
      expect(JSON.parse(Buffer.from(wrong.slice(4), "base64").toString())).toMatchObject({
        status: "invalid_token",
      });
      expect(await client.command("")).toBe(WRONG);
      expect(
        await client.command(`AUTH XOAUTH2 ${b64("user=probe\u0001auth=Bearer token\u0001\u0001")}`),
      ).toBe(OK);
    });

    it("OAUTHBEARER takes host and port too", async () => {
      const client = await connectTls();
      const message = "n,a=probe,\u0001host=relay.lab.test\u0001port=587\u0001auth=Bearer token\u0001\u0001";
      expect(await client.command(`AUTH OAUTHBEARER ${b64(message)}`)).toBe(OK);
    });

    it("EXTERNAL trusts the client certificate of the lab's root", async () => {
      const client = await connect("submission");
      await client.startTls({ ...trust(), ...(await lab.certificates.client("probe")) });
      expect(await client.command("EHLO me.test")).toMatch(/AUTH .* EXTERNAL/);
      expect(await client.command("AUTH EXTERNAL =")).toBe(OK);
    });

    it.each<[string, string, string]>([
      [`AUTH PLAIN ${b64("\0probe\0wrong")}`, WRONG, "wrong password"],
      [`AUTH PLAIN ${b64("\0nobody\0wrong")}`, WRONG, "unknown user"],
      [`AUTH PLAIN ${b64(`other\0probe\0${user.password}`)}`, WRONG, "to act as another"],
      [`AUTH PLAIN ${b64("probe")}`, "501 5.5.2 Error: malformed response", "one field"],
      ["AUTH PLAIN ***", "501 5.5.2 Error: malformed base64", "no base64"],
      ["AUTH PLAIN *", "501 5.7.0 Authentication cancelled", "cancelled"],
      ["AUTH GSSAPI", "504 5.5.4 Unrecognized authentication type", "unknown mechanism"],
      ["AUTH EXTERNAL =", "504 5.5.4 Unrecognized authentication type", "no certificate"],
      [`AUTH SCRAM-SHA-256 ${b64("hello")}`, "501 5.5.2 Error: malformed response", "no SCRAM message"],
      [`AUTH CRAM-MD5\r\n${b64("probe 00")}`, "334", "challenge first"],
    ])("answers %j with %j (%s)", async (line, expected) => {
      const client = await connectTls();
      expect((await client.command(line)).startsWith(expected)).toBe(true);
    });
  });
});
