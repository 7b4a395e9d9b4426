import { Buffer } from "node:buffer";
import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

import type { Secret } from "../../model/secret.ts";
import { noChallenge, SaslError, type SaslExchange } from "./exchange.ts";
import { preparedPassword, preparedUsername } from "./saslprep.ts";

/**
 * RFC 7677 section 4 asks servers for 4096 at least; fewer would let whoever poses as the server guess the password
 * cheaply. More than the upper bound is an attack on our processor (RFC 5802 section 9).
 */
export const SCRAM_ITERATIONS = { min: 4096, max: 600_000 } as const;

const HASHES = { "SCRAM-SHA-1": "sha1", "SCRAM-SHA-256": "sha256" } as const;
const HASH_OCTETS = { sha1: 20, sha256: 32 } as const;
/** No channel binding, no authorization identity (RFC 5802 section 5.1). */
const GS2_HEADER = "n,,";
/** In base64 a server's salt is some 24 characters. */
const MAX_SERVER_FIRST = 2048;
const SERVER_FIRST = /^r=([\x21-\x2b\x2d-\x7e]+),s=([A-Za-z0-9+/]+={0,2}),i=([1-9]\d{0,9})(?:,[ -~]*)?$/;

/** Off the main thread: thousands of iterations would stop every other probe. */
const derive = promisify(pbkdf2);

export type ScramMechanism = keyof typeof HASHES;

/** SCRAM-SHA-1 (RFC 5802) and SCRAM-SHA-256 (RFC 7677), both sides proven. `nonce` is for the tests. */
export function scram(
  mechanism: ScramMechanism,
  username: string,
  password: Secret,
  nonce = randomBytes(18).toString("base64"),
): SaslExchange {
  const hash = HASHES[mechanism];
  const name = preparedUsername(username).replace(/=/g, "=3D").replace(/,/g, "=2C");
  const clientFirst = `n=${name},r=${nonce}`;
  let serverSignature: Buffer | undefined;
  let step: "first" | "final" | "done" = "first";

  async function proof(serverFirst: string): Promise<string> {
    const { combined, salt, iterations } = readServerFirst(serverFirst, nonce);
    const salted = await derive(preparedPassword(password), salt, iterations, HASH_OCTETS[hash], hash);
    const hmac = (key: Buffer, text: string): Buffer => createHmac(hash, key).update(text).digest();
    const withoutProof = `c=${Buffer.from(GS2_HEADER).toString("base64")},r=${combined}`;
    const auth = `${clientFirst},${serverFirst},${withoutProof}`;
    const clientKey = hmac(salted, "Client Key");
    const signature = hmac(createHash(hash).update(clientKey).digest(), auth);
    serverSignature = hmac(hmac(salted, "Server Key"), auth);
    const xored = Buffer.from(clientKey.map((octet, i) => octet ^ (signature[i] ?? 0)));
    return `${withoutProof},p=${xored.toString("base64")}`;
  }

  return {
    mechanism,
    initial: GS2_HEADER + clientFirst,
    async respond(challenge) {
      if (step === "first") {
        step = "final";
        return await proof(challenge);
      }
      if (step === "done") return noChallenge();
      verify(challenge, serverSignature);
      step = "done";
      return "";
    },
    finish() {
      if (step !== "done") {
        throw new SaslError("auth_failed", "the server did not prove that it knows the password");
      }
    },
  };
}

function readServerFirst(
  text: string,
  nonce: string,
): { combined: string; salt: Buffer; iterations: number } {
  const fields = text.length <= MAX_SERVER_FIRST ? SERVER_FIRST.exec(text) : null;
  if (fields === null) throw new SaslError("protocol_error", "the server's first SCRAM message is malformed");
  const [, combined = "", salt = "", count = ""] = fields;
  // RFC 5802 section 5.1: the nonce must begin with ours, and the server must have added to it.
  if (!combined.startsWith(nonce) || combined.length === nonce.length) {
    throw new SaslError("protocol_error", "the server's SCRAM nonce does not continue ours");
  }
  const iterations = Number(count);
  if (iterations < SCRAM_ITERATIONS.min || iterations > SCRAM_ITERATIONS.max) {
    throw new SaslError(
      "limit_exceeded",
      `the server asks for ${count} SCRAM iterations; ${SCRAM_ITERATIONS.min} to ${SCRAM_ITERATIONS.max} are accepted`,
    );
  }
  return { combined, salt: Buffer.from(salt, "base64"), iterations };
}

/** `v=` is the server's proof, `e=` its refusal (RFC 5802 section 7). */
function verify(text: string, expected: Buffer | undefined): void {
  const refusal = /^e=([a-z-]{1,40})/.exec(text)?.[1];
  if (refusal !== undefined) throw new SaslError("auth_failed", `the server says ${refusal}`);
  const given = Buffer.from(/^v=([A-Za-z0-9+/]+={0,2})(?:,|$)/.exec(text)?.[1] ?? "", "base64");
  if (expected === undefined || given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw new SaslError("auth_failed", "the server's signature is wrong: it does not know the password");
  }
}
