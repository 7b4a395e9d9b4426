import { createHmac } from "node:crypto";

import type { Secret } from "../../model/secret.ts";
import { noChallenge, nothingToVerify, type SaslExchange } from "./exchange.ts";
import { preparedPassword, preparedUsername } from "./saslprep.ts";

/** CRAM-MD5 (RFC 2195): one challenge, answered with its HMAC-MD5 under the password. */
export function cramMd5(username: string, password: Secret): SaslExchange {
  let answered = false;
  return {
    mechanism: "CRAM-MD5",
    respond(challenge) {
      if (answered) return noChallenge();
      answered = true;
      const digest = createHmac("md5", preparedPassword(password)).update(challenge, "latin1").digest("hex");
      return `${preparedUsername(username)} ${digest}`;
    },
    finish: nothingToVerify,
  };
}
