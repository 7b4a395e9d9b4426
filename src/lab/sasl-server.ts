import { createHash, createHmac, pbkdf2Sync, timingSafeEqual } from "node:crypto";
import type { SaslMechanism } from "../model/subject.ts";
import { type Random, randomText } from "../model/random.ts";

/** Someone who may log in. The password is the lab's own, made up at start: no secret. */
export interface LabUser {
  readonly username: string;
  readonly password: string;
  /** Bearer token, for XOAUTH2 and OAUTHBEARER. */
  readonly accessToken?: string;
  /** Domains that the user may send as; any when absent. */
  readonly senders?: readonly string[];
}

/** What the server says to one response of the client (RFC 4422 section 3.4). */
export type SaslStep =
  | { readonly kind: "challenge"; readonly data: string }
  | { readonly kind: "success"; readonly username: string }
  | { readonly kind: "failure"; readonly malformed?: boolean };

/** One exchange. `step` is called with each decoded response of the client, the initial response first. */
export interface SaslExchange {
  /** What the server sends when the client gives no initial response. */
  readonly opening: string;
  step(response: string): SaslStep;
}

export interface SaslContext {
  readonly users: readonly LabUser[];
  readonly random: Random;
  /** Name in the CRAM-MD5 challenge. */
  readonly host: string;
  /** Name of the client's verified certificate, for EXTERNAL. */
  readonly certificateName?: string;
  /** Present: bearer tokens are refused with this error document. */
  readonly tokenError?: string;
}

const FAILURE: SaslStep = { kind: "failure" };
const MALFORMED: SaslStep = { kind: "failure", malformed: true };
const NONCE_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/** The least that RFC 7677 section 4 asks for. */
const SCRAM_ITERATIONS = 4096;
const TOKEN_ERROR = '{"status":"invalid_token","schemes":"bearer","scope":"https://lab.test/mail"}';

export const SERVER_MECHANISMS: readonly SaslMechanism[] = [
  "PLAIN",
  "LOGIN",
  "CRAM-MD5",
  "SCRAM-SHA-1",
  "SCRAM-SHA-256",
  "XOAUTH2",
  "OAUTHBEARER",
];

/** Begins an exchange, or gives nothing for a mechanism that the server does not have. Texts hold bytes, as latin1. */
export function startSasl(mechanism: string, context: SaslContext): SaslExchange | undefined {
  switch (mechanism) {
    case "PLAIN":
      return plain(context);
    case "LOGIN":
      return login(context);
    case "CRAM-MD5":
      return cramMd5(context);
    case "SCRAM-SHA-1":
      return scram("sha1", context);
    case "SCRAM-SHA-256":
      return scram("sha256", context);
    case "XOAUTH2":
      return bearer(context, "user=", "");
    case "OAUTHBEARER":
      return bearer(context, "n,a=", ",");
    case "EXTERNAL":
      return external(context);
    default:
      return undefined;
  }
}

function same(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left, "latin1"), Buffer.from(right, "latin1")];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Passwords travel as UTF-8 bytes, which this module holds as latin1. */
function wire(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

function check(context: SaslContext, username: string, password: string): SaslStep {
  const user = context.users.find((user) => wire(user.username) === username);
  return user !== undefined && same(wire(user.password), password)
    ? { kind: "success", username: user.username }
    : FAILURE;
}

/** RFC 4616. */
function plain(context: SaslContext): SaslExchange {
  return {
    opening: "",
    step(response) {
      const parts = response.split("\0");
      const [authorize = "", username = "", password = ""] = parts;
      if (parts.length !== 3 || username === "" || password === "") return MALFORMED;
      if (authorize !== "" && authorize !== username) return FAILURE;
      return check(context, username, password);
    },
  };
}

/** draft-murchison-sasl-login-00: never a standard, offered everywhere. */
function login(context: SaslContext): SaslExchange {
  let username: string | undefined;
  return {
    opening: "Username:",
    step(response) {
      if (username !== undefined) return check(context, username, response);
      username = response;
      return { kind: "challenge", data: "Password:" };
    },
  };
}

/** RFC 2195. */
function cramMd5(context: SaslContext): SaslExchange {
  const challenge = `<${randomText(context.random, "0123456789", 12)}@${context.host}>`;
  return {
    opening: challenge,
    step(response) {
      const space = response.lastIndexOf(" ");
      if (space < 1) return MALFORMED;
      const user = context.users.find((user) => wire(user.username) === response.slice(0, space));
      if (user === undefined) return FAILURE;
      const digest = createHmac("md5", user.password).update(challenge).digest("hex");
      return same(digest, response.slice(space + 1)) ? { kind: "success", username: user.username } : FAILURE;
    },
  };
}

/** RFC 5802 and RFC 7677, without channel binding. */
function scram(hash: "sha1" | "sha256", context: SaslContext): SaslExchange {
  let first: { user: LabUser | undefined; bare: string; serverFirst: string; nonce: string } | undefined;
  let finished: LabUser | undefined;
  const salt = Buffer.from(randomText(context.random, NONCE_ALPHABET, 16), "ascii");
  return {
    opening: "",
    step(response) {
      // The client has nothing more to say to the server's signature, and answers it with an empty line.
      if (finished !== undefined) {
        return response === "" ? { kind: "success", username: finished.username } : MALFORMED;
      }
      if (first === undefined) {
        const match = /^[ny],(?:a=[^,]*)?,(n=([^,]+),r=([\x21-\x2b\x2d-\x7e]+).*)$/.exec(response);
        if (match === null) return MALFORMED;
        const [, bare = "", saslName = "", clientNonce = ""] = match;
        const name = fromSaslName(saslName);
        const nonce = clientNonce + randomText(context.random, NONCE_ALPHABET, 18);
        const serverFirst = `r=${nonce},s=${salt.toString("base64")},i=${SCRAM_ITERATIONS}`;
        first = {
          user: context.users.find((user) => wire(user.username) === name),
          bare,
          serverFirst,
          nonce,
        };
        return { kind: "challenge", data: serverFirst };
      }
      const match = /^(c=[^,]+,r=([^,]+)(?:,[^,]+)*?),p=([A-Za-z0-9+/=]+)$/.exec(response);
      if (match === null || match[2] !== first.nonce) return MALFORMED;
      if (first.user === undefined) return FAILURE;
      const [, withoutProof = "", , proof = ""] = match;
      const message = `${first.bare},${first.serverFirst},${withoutProof}`;
      const signature = scramVerify(hash, first.user.password, salt, message, proof);
      if (signature === undefined) return FAILURE;
      finished = first.user;
      return { kind: "challenge", data: `v=${signature}` };
    },
  };
}

/** Commas and equals signs in a name (RFC 5801 section 4). */
function fromSaslName(name: string): string {
  return name.replaceAll("=2C", ",").replaceAll("=3D", "=");
}

/** The server's signature when the proof holds (RFC 5802 section 3). */
function scramVerify(
  hash: "sha1" | "sha256",
  password: string,
  salt: Buffer,
  message: string,
  proof: string,
): string | undefined {
  const length = hash === "sha1" ? 20 : 32;
  const given = Buffer.from(proof, "base64");
  if (given.length !== length) return undefined;
  const hmac = (key: Buffer, text: string): Buffer => createHmac(hash, key).update(text, "latin1").digest();
  const salted = pbkdf2Sync(password.normalize("NFKC"), salt, SCRAM_ITERATIONS, length, hash);
  const storedKey = createHash(hash).update(hmac(salted, "Client Key")).digest();
  const mask = hmac(storedKey, message);
  const clientKey = Buffer.from(given.map((byte, index) => byte ^ (mask[index] ?? 0)));
  if (!timingSafeEqual(createHash(hash).update(clientKey).digest(), storedKey)) return undefined;
  return hmac(hmac(salted, "Server Key"), message).toString("base64");
}

/** XOAUTH2 and OAUTHBEARER (RFC 7628): a refusal is a challenge with a JSON document first, then the failure. */
function bearer(context: SaslContext, before: string, after: string): SaslExchange {
  let refused = false;
  return {
    opening: "",
    step(response) {
      if (refused) return FAILURE;
      // Fields end in 0x01, and one more 0x01 ends the message.
      const [head = "", ...fields] = response.split("\u0001");
      const form = head.startsWith(before) && head.endsWith(after) && fields.slice(-2).join("") === "";
      const text = head.slice(before.length, head.length - after.length);
      const name = after === "" ? text : fromSaslName(text);
      const given = fields.find((field) => /^auth=Bearer /i.test(field))?.slice("auth=Bearer ".length);
      const user = context.users.find((user) => wire(user.username) === name);
      const token = user?.accessToken;
      const holds = form && token !== undefined && given !== undefined && same(token, given);
      if (user !== undefined && holds && context.tokenError === undefined) {
        return { kind: "success", username: user.username };
      }
      refused = true;
      return { kind: "challenge", data: context.tokenError ?? TOKEN_ERROR };
    },
  };
}

/** RFC 4422 appendix A: the certificate has spoken already. */
function external(context: SaslContext): SaslExchange {
  return {
    opening: "",
    step(response) {
      const name = context.certificateName;
      if (name === undefined || (response !== "" && response !== name)) return FAILURE;
      return { kind: "success", username: name };
    },
  };
}
