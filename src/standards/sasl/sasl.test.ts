import { createHmac, createHash, pbkdf2Sync } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { Secret } from "../../model/secret.ts";
import type { Credentials, SaslMechanism } from "../../model/subject.ts";
import { oauthBearer, xoauth2 } from "./bearer.ts";
import { beginSasl, chooseMechanism } from "./choose.ts";
import { cramMd5 } from "./cram-md5.ts";
import { SaslError } from "./exchange.ts";
import { login } from "./plain.ts";
import { saslprep } from "./saslprep.ts";
import { scram } from "./scram.ts";

const secret = (text: string): Secret => new Secret(text);

describe("LOGIN and the fields of a message", () => {
  it("answer prompts in order, whatever they say", async () => {
    const exchange = login("tim", secret("tanstaaf"));
    expect(exchange.initial).toBeUndefined();
    expect([await exchange.respond("Username:"), await exchange.respond("")]).toEqual(["tim", "tanstaaf"]);
    expect(() => exchange.respond("Password:")).toThrow(SaslError);
  });

  it("refuse characters that would end a field", () => {
    expect(() => xoauth2("tim\u0001auth=Bearer x", secret("x"))).toThrow(/control characters/);
  });
});

describe("CRAM-MD5", () => {
  it("answers one challenge only", async () => {
    const exchange = cramMd5("tim", secret("tanstaaf"));
    expect(await exchange.respond("<1@x.test>")).toMatch(/^tim [0-9a-f]{32}$/);
    expect(() => exchange.respond("<again>")).toThrow(SaslError);
  });
});

describe("SCRAM", () => {
  const begin = (): ReturnType<typeof scram> => scram("SCRAM-SHA-256", "user", secret("pencil"), "abc");

  it.each([
    ["nonsense", "protocol_error", /malformed/],
    ["", "protocol_error", /malformed/],
    ["r=abc,s=QSXC,i=4096", "protocol_error", /nonce/],
    ["r=xyzabc,s=QSXC,i=4096", "protocol_error", /nonce/],
    ["r=abcX,s=QSXC,i=1", "limit_exceeded", /asks for 1 /],
    ["r=abcX,s=QSXC,i=4095", "limit_exceeded", /asks for 4095 /],
    ["r=abcX,s=QSXC,i=600001", "limit_exceeded", /asks for 600001 /],
    ["r=abcX,s=QSXC,i=99999999999", "protocol_error", /malformed/],
    [`r=abc${"X".repeat(3000)},s=QSXC,i=4096`, "protocol_error", /malformed/],
  ])("refuses %j as the server's first message", async (serverFirst, code, message) => {
    const failure: unknown = await Promise.resolve(begin().respond(serverFirst)).catch((e: unknown) => e);
    expect(failure).toBeInstanceOf(SaslError);
    expect(failure).toMatchObject({ code, message: expect.stringMatching(message) as string });
  });

  it.each([
    ["v=AAAA", /signature is wrong/],
    ["v=rmF9pqV8S7suAoZWja4dJRkFsKQ=", /signature is wrong/],
    ["x", /signature is wrong/],
    ["e=invalid-proof", /says invalid-proof/],
  ])("refuses %j as the server's last message", async (serverFinal, message) => {
    const exchange = begin();
    await exchange.respond("r=abcX,s=QSXC,i=4096");
    await expect(exchange.respond(serverFinal)).rejects.toThrow(message);
  });

  it("agrees with a server that follows RFC 5802 for any user and password", async () => {
    const word = fc.string({ minLength: 1, maxLength: 20 }).filter((text) => !/\p{Cc}/u.test(text));
    await fc.assert(
      fc.asyncProperty(word, word, async (user, password) => {
        const exchange = scram("SCRAM-SHA-1", user, secret(password));
        const bare = exchange.initial?.slice(3) ?? "";
        const [, name = "", nonce = ""] = /^n=([^,]*),r=(.*)$/.exec(bare) ?? [];
        expect(name.replaceAll("=2C", ",").replaceAll("=3D", "=")).toBe(user);
        const first = `r=${nonce}srv,s=c2FsdA==,i=4096`;
        const final = await exchange.respond(first);
        const { proof, signature } = serverSide(password, bare, first, final);
        expect(final.endsWith(`p=${proof}`)).toBe(true);
        expect(await exchange.respond(`v=${signature}`)).toBe("");
      }),
      { numRuns: 20 },
    );
  });
});

/** The server's half, written apart from the client's: RFC 5802 section 3. */
function serverSide(password: string, bare: string, first: string, final: string) {
  const hmac = (key: Buffer, text: string): Buffer => createHmac("sha1", key).update(text).digest();
  const salted = pbkdf2Sync(password.normalize("NFKC"), Buffer.from("salt"), 4096, 20, "sha1");
  const auth = `${bare},${first},${final.slice(0, final.indexOf(",p="))}`;
  const clientKey = hmac(salted, "Client Key");
  const mask = hmac(createHash("sha1").update(clientKey).digest(), auth);
  return {
    proof: Buffer.from(clientKey.map((octet, i) => octet ^ (mask[i] ?? 0))).toString("base64"),
    signature: hmac(hmac(salted, "Server Key"), auth).toString("base64"),
  };
}

describe("bearer tokens", () => {
  const error = Buffer.from('{"status":"401"}\r\nö').toString("latin1");

  it.each([
    ["XOAUTH2", xoauth2, ""],
    ["OAUTHBEARER", oauthBearer, "\u0001"],
  ] as const)(
    "of %s keep the error document on one line, and acknowledge it once",
    async (_, begin, answer) => {
      const exchange = begin("u@x.test", secret("t0ken"));
      expect(exchange.challengeError).toBeUndefined();
      expect(await exchange.respond(error)).toBe(answer);
      expect(exchange.challengeError).toBe('{"status":"401"} ö');
      expect(() => exchange.respond("again")).toThrow(SaslError);
    },
  );
});

describe("the choice of a mechanism", () => {
  const password = { username: "u", password: secret("p") };
  const token = { username: "u", accessToken: secret("t") };
  const both = { ...password, ...token };
  it.each<[string, Credentials, SaslMechanism | undefined]>([
    ["PLAIN LOGIN CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256", password, "SCRAM-SHA-256"],
    ["LOGIN PLAIN CRAM-MD5", password, "CRAM-MD5"],
    ["LOGIN PLAIN", password, "PLAIN"],
    ["LOGIN", password, "LOGIN"],
    ["SCRAM-SHA-256-PLUS", password, undefined], // channel binding is not spoken
    ["XOAUTH2 PLAIN", password, "PLAIN"],
    ["XOAUTH2", password, undefined],
    ["XOAUTH2 PLAIN", token, "XOAUTH2"],
    ["XOAUTH2 OAUTHBEARER", token, "OAUTHBEARER"],
    ["PLAIN XOAUTH2", both, "XOAUTH2"],
    ["PLAIN", both, "PLAIN"],
    ["EXTERNAL PLAIN", { username: "" }, "EXTERNAL"],
    ["PLAIN", { username: "" }, undefined],
    ["EXTERNAL PLAIN", { ...password, mechanism: "EXTERNAL" }, "EXTERNAL"],
    ["PLAIN SCRAM-SHA-256", { ...password, mechanism: "PLAIN" }, "PLAIN"],
    ["PLAIN", { ...password, mechanism: "SCRAM-SHA-256" }, undefined],
    ["PLAIN", { ...token, mechanism: "PLAIN" }, undefined], // forced, but there is no password
  ])("of %s", (offered, credentials, expected) => {
    const chosen = chooseMechanism(offered.split(" "), credentials);
    expect(chosen).toBe(expected);
    if (chosen === undefined) return;
    expect(beginSasl(chosen, credentials, { host: "h", port: 1 }).mechanism).toBe(chosen);
  });

  it("says what is missing", () => {
    expect(() => beginSasl("PLAIN", token, { host: "h", port: 1 })).toThrow(
      "the credentials have no password",
    );
  });
});

describe("SASLprep", () => {
  it("makes any blank an ASCII one", () => {
    expect(saslprep("a\u00a0b\u3000c")).toBe("a b c");
  });
});
