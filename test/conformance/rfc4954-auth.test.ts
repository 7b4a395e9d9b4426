import { Buffer } from "node:buffer";
import { connect } from "node:net";
import { describe, expect, it } from "vitest";

import type { PhaseName } from "../../src/model/codes.ts";
import type { DnsResult, Resolve } from "../../src/model/dns.ts";
import { Secret } from "../../src/model/secret.ts";
import type { SmtpSession } from "../../src/model/smtp.ts";
import type { Credentials } from "../../src/model/subject.ts";
import { classifyReply } from "../../src/standards/smtp/classify.ts";
import { parseEhlo } from "../../src/standards/smtp/ehlo.ts";
import { follow, shown } from "../support/rfc-dialogue.ts";
import { serverContext } from "../support/scripted-smtp.ts";
import { testClient, type TestClient } from "../support/smtp-client.ts";

const secureContext = await serverContext();
const password = (username: string, text: string): Credentials => ({
  username,
  password: new Secret(text),
  allowCleartext: true,
});
const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** EHLO, then AUTH. */
const logIn = (credentials: Credentials) => async (session: SmtpSession) => {
  await session.ehlo("client.example.com");
  return await session.auth(credentials);
};

const offering = (mechanisms: string): string => `
  S: 220 smtp.example.com ESMTP Server
  C: EHLO client.example.com
  S: 250-smtp.example.com Hello client.example.com
  S: 250 AUTH ${mechanisms}`;

/** STARTTLS between two EHLO, then AUTH. */
const logInSecurely = (credentials: Credentials) => async (session: SmtpSession) => {
  await session.ehlo("client.example.com");
  expect(session.capabilities?.authMechanisms).toEqual(["GSSAPI", "DIGEST-MD5"]);
  await session.startTls();
  await session.ehlo("client.example.com");
  return await session.auth(credentials);
};

const secured = (mechanisms: string): string => `
  S: 220 smtp.example.com ESMTP Server
  C: EHLO client.example.com
  S: 250-smtp.example.com Hello client.example.com
  S: 250-AUTH GSSAPI DIGEST-MD5
  S: 250-ENHANCEDSTATUSCODES
  S: 250 STARTTLS
  C: STARTTLS
  S: 220 Ready to start TLS
  *: TLS
  C: EHLO client.example.com
  S: 250-smtp.example.com Hello client.example.com
  S: 250 AUTH ${mechanisms}`;

describe("RFC 4954 section 4.1: examples of AUTH", () => {
  it("PLAIN under TLS with an initial response", async () => {
    // The example also names `test` as the identity to act as; we leave that to the server (RFC 4616 section 2).
    const dialogue = `${secured("GSSAPI DIGEST-MD5 PLAIN")}
      C: AUTH PLAIN ${base64("\0test\x001234")}
      S: 235 2.7.0 Authentication successful`;
    const credentials: Credentials = { username: "test", password: new Secret("1234") };
    const result = await follow(dialogue, logInSecurely(credentials), { secureContext });
    expect(result.mechanism).toBe("PLAIN");
    expect(result.reply).toMatchObject({ code: 235, enhanced: "2.7.0" });
  });

  it("EXTERNAL under TLS with the identity of the certificate: an empty response is `=`", async () => {
    const dialogue = `${secured("EXTERNAL GSSAPI DIGEST-MD5 PLAIN")}
      C: AUTH EXTERNAL =
      S: 235 2.7.0 Authentication successful`;
    const result = await follow(dialogue, logInSecurely({ username: "" }), { secureContext });
    expect(result.reply.code).toBe(235);
  });

  it("EXTERNAL to act as somebody else (RFC 4422 appendix A.4)", async () => {
    const dialogue = `${secured("EXTERNAL GSSAPI DIGEST-MD5 PLAIN")}
      C: AUTH EXTERNAL ZnJlZEBleGFtcGxlLmNvbQ==
      S: 235 2.7.0 Authentication successful`;
    await follow(dialogue, logInSecurely({ username: "fred@example.com" }), { secureContext });
  });

  it("CRAM-MD5, where the server speaks first (RFC 2195 section 2)", async () => {
    const dialogue = `${offering("DIGEST-MD5 CRAM-MD5")}
      C: AUTH CRAM-MD5
      S: 334 PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+
      C: dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw
      S: 235 2.7.0 Authentication successful`;
    const { reply } = await follow(dialogue, logIn(password("tim", "tanstaaftanstaaf")));
    expect(reply.code).toBe(235);
  });
});

describe("RFC 4954 section 4: the exchange", () => {
  it("an initial response that is too long for a command waits for an empty challenge", async () => {
    const token = "t".repeat(15_000);
    const dialogue = `${offering("XOAUTH2")}
      C: AUTH XOAUTH2
      S: 334 ${""}
      C: ${base64(`user=u\u0001auth=Bearer ${token}\u0001\u0001`)}
      S: 235 2.7.0 ok`;
    const credentials = { username: "u", accessToken: new Secret(token), allowCleartext: true };
    expect((await follow(dialogue, logIn(credentials))).reply.code).toBe(235);
  });

  it.each([
    ["334 ", "after the code a blank, and no text"],
    ["334", "without the blank"],
  ])("%j is an empty challenge (%s)", async (challenge) => {
    const dialogue = `${offering("LOGIN")}
      C: AUTH LOGIN
      S: ${challenge}
      C: dGlt
      S: ${challenge}
      C: dGFuc3RhYWY=
      S: 235 ok`;
    expect((await follow(dialogue, logIn(password("tim", "tanstaaf")))).reply.code).toBe(235);
  });

  it("a failed AUTH leaves the session as it was: the next one may follow", async () => {
    const dialogue = `${offering("PLAIN LOGIN")}
      C: AUTH PLAIN ${base64("\0tim\0wrong")}
      S: 535 5.7.8 Authentication credentials invalid
      C: AUTH PLAIN ${base64("\0tim\0right")}
      S: 235 2.7.0 Authentication Succeeded
      C: QUIT
      S: 221 bye`;
    await follow(dialogue, async (session) => {
      expect((await logIn(password("tim", "wrong"))(session)).reply.code).toBe(535);
      expect((await session.auth(password("tim", "right"))).reply.code).toBe(235);
      await session.quit();
    });
  });

  it("nothing is sent when no mechanism fits", async () => {
    const failure: unknown = await follow(offering("GSSAPI DIGEST-MD5"), logIn(password("tim", "x"))).catch(
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({ fault: { code: "auth_not_offered" } });
  });

  it.each([
    ["AUTH CRAM-MD5 PLAIN", ["CRAM-MD5", "PLAIN"], "section 3: names divided by blanks"],
    ["AUTH plain", ["PLAIN"], "section 3: in any case of letters"],
    ["AUTH=LOGIN", ["LOGIN"], "the form of before RFC 2554, of which section 3 speaks"],
    ["AUTH", [], "no mechanism at present"],
  ])("%j offers %j (%s)", (line, mechanisms) => {
    expect(parseEhlo({ code: 250, lines: ["smtp.example.com", line] }).authMechanisms).toEqual(mechanisms);
  });
});

describe("RFC 4954 section 6: status codes", () => {
  it.each<[number, string, PhaseName, string, string]>([
    [432, "4.7.12", "auth", "wrong_credentials", "a password transition is needed"],
    [454, "4.7.0", "auth", "server_fault", "temporary failure: not the password's fault"],
    [534, "5.7.9", "auth", "auth_mechanism_unsupported", "mechanism is too weak"],
    [535, "5.7.8", "auth", "wrong_credentials", "credentials invalid"],
    [500, "5.5.6", "auth", "auth_mechanism_unsupported", "exchange line is too long"],
    [530, "5.7.0", "mail", "auth_required", "authentication required"],
    [538, "5.7.11", "auth", "auth_requires_tls", "encryption required for the mechanism"],
    [504, "5.5.4", "auth", "auth_mechanism_unsupported", "section 4: unrecognized authentication type"],
  ])("%i %s in phase %s: %s (%s)", (code, enhanced, phase, cause) => {
    expect(classifyReply({ code, enhanced, phase, lines: [enhanced] })).toMatchObject({ cause });
  });
});

/** A client for whom `server.example.com` port 587 is where the scripted server listens. */
function atExampleCom(port: number): TestClient {
  const found = {
    status: "ok",
    aliases: [],
    authenticated: false,
    durationMs: 0,
    extendedErrors: [],
  } as const;
  const record = { name: "server.example.com", type: "A", ttl: 1, data: "192.0.2.1" } as const;
  const none = { ...found, status: "nodata" } as const;
  const answer = (type: string): DnsResult => (type === "A" ? { ...found, records: [record] } : none);
  const resolve: Resolve = ((_name: string, type: string) => Promise.resolve(answer(type))) as Resolve;
  return testClient({ resolve, connect: (options) => connect({ ...options, host: "127.0.0.1", port }) });
}

describe("bearer tokens over SMTP", () => {
  const TOKEN = new Secret("vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==");

  it("RFC 7628 section 4.4: OAUTHBEARER that fails, with the error document", async () => {
    const dialogue = `
      S: 220 mx.example.com ESMTP 12sm2095603fks.9
      C: EHLO sender.example.com
      S: 250-mx.example.com at your service,[172.31.135.47]
      S: 250-SIZE 35651584
      S: 250-8BITMIME
      S: 250-AUTH LOGIN PLAIN OAUTHBEARER
      S: 250-ENHANCEDSTATUSCODES
      S: 250 PIPELINING
      C: AUTH OAUTHBEARER bixhPXVzZXJAZXhhbXBsZS5jb20sAWhvc3Q9c2VydmVyLmV4YW1wbGUuY29tAXBvcnQ9NTg3AWF1dGg9QmVhcmVyIHZGOWRmdDRxbVRjMk52YjNSbGNrQmhiSFJoZG1semRHRXVZMjl0Q2c9PQEB
      S: 334 eyJzdGF0dXMiOiJpbnZhbGlkX3Rva2VuIiwic2NoZW1lcyI6ImJlYXJlciBtYWMiLCJzY29wZSI6Imh0dHBzOi8vbWFpbC5leGFtcGxlLmNvbS8ifQ==
      C: AQ==
      S: 535-5.7.1 Username and Password not accepted. Learn more at
      S: 535 5.7.1 http://support.example.com/mail/oauth`;
    const result = await follow(
      dialogue,
      async (session) => {
        await session.ehlo("sender.example.com");
        const credentials = { username: "user@example.com", accessToken: TOKEN, allowCleartext: true };
        return await session.auth(credentials);
      },
      { dial: { host: "server.example.com", port: 587 }, client: atExampleCom },
    );
    expect(result).toEqual({
      mechanism: "OAUTHBEARER",
      reply: expect.objectContaining({ code: 535, enhanced: "5.7.1" }) as unknown,
      challengeError: '{"status":"invalid_token","schemes":"bearer mac","scope":"https://mail.example.com/"}',
    });
  });

  it("Google's XOAUTH2 that fails: the error document is answered with an empty line", async () => {
    const dialogue = `
      S: 220 mx.google.com ESMTP 12sm2095603fks.9
      C: EHLO sender.example.com
      S: 250-mx.google.com at your service, [172.31.135.47]
      S: 250-SIZE 35651584
      S: 250-8BITMIME
      S: 250-AUTH LOGIN PLAIN XOAUTH XOAUTH2
      S: 250-ENHANCEDSTATUSCODES
      S: 250 PIPELINING
      C: AUTH XOAUTH2 dXNlcj1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciB5YTI5LnZGOWRmdDRxbVRjMk52YjNSbGNrQmhkSFJoZG1semRHRXVZMjl0Q2cBAQ==
      S: 334 eyJzdGF0dXMiOiI0MDEiLCJzY2hlbWVzIjoiYmVhcmVyIG1hYyIsInNjb3BlIjoiaHR0cHM6Ly9tYWlsLmdvb2dsZS5jb20vIn0K
      C:
      S: 535-5.7.1 Username and Password not accepted. Learn more at
      S: 535 5.7.1 http://support.google.com/mail/bin/answer.py?answer=14257`;
    const result = await follow(dialogue, async (session) => {
      await session.ehlo("sender.example.com");
      const accessToken = new Secret("ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg");
      return await session.auth({ username: "someuser@example.com", accessToken, allowCleartext: true });
    });
    expect(result.mechanism).toBe("XOAUTH2");
    expect(result.challengeError).toBe(
      '{"status":"401","schemes":"bearer mac","scope":"https://mail.google.com/"}',
    );
    expect(shown(result.reply)).toMatch(/^535 5\.7\.1 Username and Password not accepted/);
  });
});
