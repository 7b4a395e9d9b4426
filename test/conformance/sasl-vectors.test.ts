import { Buffer } from "node:buffer";
import { describe, expect, it } from "vitest";

import { Secret } from "../../src/model/secret.ts";
import { oauthBearer, xoauth2 } from "../../src/standards/sasl/bearer.ts";
import { cramMd5 } from "../../src/standards/sasl/cram-md5.ts";
import { SaslError } from "../../src/standards/sasl/exchange.ts";
import { external, plain } from "../../src/standards/sasl/plain.ts";
import { saslprep } from "../../src/standards/sasl/saslprep.ts";
import { scram, SCRAM_ITERATIONS, type ScramMechanism } from "../../src/standards/sasl/scram.ts";

const secret = (text: string): Secret => new Secret(text);
const base64 = (text: string | undefined): string => Buffer.from(text ?? "").toString("base64");
const decoded = (text: string): string => Buffer.from(text, "base64").toString("latin1");

describe("PLAIN and EXTERNAL", () => {
  it("RFC 4616 section 4: NUL, identity, NUL, password, without an identity to act as", () => {
    expect(plain("tim", secret("tanstaaftanstaaf")).initial).toBe("\0tim\0tanstaaftanstaaf");
  });

  it("RFC 4616 section 2: identity and password are UTF-8", () => {
    expect(base64(plain("t\u00efm", secret("\u00fc")).initial)).toBe("AHTDr20Aw7w=");
  });

  it("RFC 4616 section 2: neither holds a NUL", () => {
    expect(() => plain("tim\0root", secret("x"))).toThrow(/control characters/);
    expect(() => plain("tim", secret("x\0y"))).toThrow(/control characters/);
  });

  it.each(["", "fred@example.com"])("RFC 4422 appendix A: EXTERNAL with the identity %j", (username) => {
    expect(external(username).initial).toBe(username);
  });
});

describe("CRAM-MD5", () => {
  it("RFC 2195 section 2: the example", async () => {
    const exchange = cramMd5("tim", secret("tanstaaftanstaaf"));
    expect(exchange.initial).toBeUndefined();
    expect(await exchange.respond("<1896.697170952@postoffice.reston.mci.net>")).toBe(
      "tim b913a602c7eda7a495b4e6e7334d3890",
    );
  });
});

describe("SCRAM", () => {
  it.each<[string, ScramMechanism, string, string, string, string]>([
    [
      "RFC 5802 section 5",
      "SCRAM-SHA-1",
      "fyko+d2lbbFgONRv9qkxdawL",
      "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
      "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
      "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=",
    ],
    [
      "RFC 7677 section 3",
      "SCRAM-SHA-256",
      "rOprNGfwEbeRWgbNEkqO",
      "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
      "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
      "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
    ],
  ])("%s: %s", async (_section, mechanism, nonce, serverFirst, clientFinal, serverFinal) => {
    const exchange = scram(mechanism, "user", secret("pencil"), nonce);
    expect(exchange.initial).toBe(`n,,n=user,r=${nonce}`);
    expect(await exchange.respond(serverFirst)).toBe(clientFinal);
    // Section 3: without the server's signature the client must take the authentication for failed.
    expect(() => exchange.finish()).toThrow(/did not prove/);
    expect(await exchange.respond(serverFinal)).toBe("");
    expect(() => exchange.finish()).not.toThrow();
    await expect(exchange.respond("more")).rejects.toThrow(SaslError);
  });

  const first = (serverFirst: string): Promise<unknown> =>
    Promise.resolve(scram("SCRAM-SHA-256", "user", secret("pencil"), "abc").respond(serverFirst)).catch(
      (error: unknown) => error,
    );

  it.each([
    ["m=ext,r=abcX,s=QSXC,i=4096", "protocol_error", "RFC 5802 section 5.1: an unknown mandatory extension"],
    ["r=xyz,s=QSXC,i=4096", "protocol_error", "RFC 5802 section 5.1: the nonce must begin with the client's"],
    ["s=QSXC,r=abcX,i=4096", "protocol_error", "RFC 5802 section 5: attributes stand in their order"],
    ["r=abcX,s=QSXC,i=0", "protocol_error", "RFC 5802 section 7: a positive number of iterations"],
    ["r=abcX,s=QSXC,i=1000", "limit_exceeded", "RFC 7677 section 4: 4096 iterations at least"],
  ])("refuses %j: %s (%s)", async (serverFirst, code) => {
    const failure = await first(serverFirst);
    expect(failure).toBeInstanceOf(SaslError);
    expect(failure).toMatchObject({ code });
  });

  it("RFC 5802 section 5.1: further attributes are passed over", async () => {
    expect(await first("r=abcX,s=QSXC,i=4096,x=more")).toMatch(/^c=biws,r=abcX,p=/);
  });

  it("RFC 7677 section 4: the least number of iterations is 4096", () => {
    expect(SCRAM_ITERATIONS.min).toBe(4096);
  });

  it.each([
    ["a,b=c", "n,,n=a=2Cb=3Dc,r="],
    ["=2C", "n,,n==3D2C,r="],
  ])("RFC 5802 section 5.1: the user name %j is written %j", (username, begin) => {
    expect(scram("SCRAM-SHA-1", username, secret("x"), "abc").initial).toBe(`${begin}abc`);
  });

  it.each(["invalid-proof", "unknown-user", "other-error", "channel-bindings-dont-match"])(
    "RFC 5802 section 7: `e=%s` is a refusal",
    async (word) => {
      const exchange = scram("SCRAM-SHA-256", "user", secret("pencil"), "abc");
      await exchange.respond("r=abcX,s=QSXC,i=4096");
      const failure: unknown = await Promise.resolve(exchange.respond(`e=${word}`)).catch((e: unknown) => e);
      expect(failure).toMatchObject({ code: "auth_failed", message: `the server says ${word}` });
    },
  );
});

describe("bearer tokens", () => {
  const TOKEN = secret("vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==");

  it("RFC 7628 section 4.1: OAUTHBEARER with host and port", () => {
    const exchange = oauthBearer("user@example.com", TOKEN, { host: "server.example.com", port: 143 });
    expect(base64(exchange.initial)).toBe(
      "bixhPXVzZXJAZXhhbXBsZS5jb20sAWhvc3Q9c2VydmVyLmV4YW1wbGUuY29tAXBvcnQ9MTQzAWF1dGg9QmVhcmVyIHZGOWRmdDRxbVRjMk52YjNSbGNrQmhiSFJoZG1semRHRXVZMjl0Q2c9PQEB",
    );
  });

  it("RFC 7628 section 4.3: the error document, answered with a single 0x01 (section 3.2.3)", async () => {
    const exchange = oauthBearer("user@example.com", TOKEN);
    const answer = await exchange.respond(
      decoded(
        "eyJzdGF0dXMiOiJpbnZhbGlkX3Rva2VuIiwic2NvcGUiOiJleGFtcGxlX3Njb3BlIiwib3BlbmlkLWNvbmZpZ3VyYXRpb24iOiJodHRwczovL2V4YW1wbGUuY29tLy53ZWxsLWtub3duL29wZW5pZC1jb25maWd1cmF0aW9uIn0=",
      ),
    );
    expect(base64(answer)).toBe("AQ==");
    expect(JSON.parse(exchange.challengeError ?? "")).toEqual({
      status: "invalid_token",
      scope: "example_scope",
      "openid-configuration": "https://example.com/.well-known/openid-configuration",
    });
  });

  it("RFC 5801 section 4: the identity in the GS2 header is escaped", () => {
    expect(oauthBearer("a,b=c", secret("x")).initial).toBe("n,a=a=2Cb=3Dc,\u0001auth=Bearer x\u0001\u0001");
  });

  it("XOAUTH2 as Google documents it", () => {
    const token = secret("ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg");
    expect(base64(xoauth2("someuser@example.com", token).initial)).toBe(
      "dXNlcj1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciB5YTI5LnZGOWRmdDRxbVRjMk52YjNSbGNrQmhkSFJoZG1semRHRXVZMjl0Q2cBAQ==",
    );
  });
});

describe("RFC 4013 section 3: SASLprep", () => {
  it.each([
    ["I\u00adX", "IX", "SOFT HYPHEN mapped to nothing"],
    ["user", "user", "no transformation"],
    ["USER", "USER", "case preserved"],
    ["\u00aa", "a", "output is NFKC, input in ISO 8859-1"],
    ["\u2168", "IX", "output is NFKC, will match #1"],
    // The checks of mixed directions are the server's: it alone knows the password as it was stored.
    ["\u0627\u0031", "\u0627\u0031", "mixed directions: not judged by us"],
  ])("%j becomes %j (%s)", (given, expected) => {
    expect(saslprep(given)).toBe(expected);
  });

  it("prohibited character", () => {
    expect(() => saslprep("\u0007")).toThrow(/control characters/);
  });
});
