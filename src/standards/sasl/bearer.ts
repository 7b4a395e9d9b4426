import { Buffer } from "node:buffer";

import type { Secret } from "../../model/secret.ts";
import { noChallenge, nothingToVerify, type SaslExchange } from "./exchange.ts";
import { preparedPassword, preparedUsername } from "./saslprep.ts";

/** An error document is a line of JSON; this much is enough to read it. */
const MAX_ERROR = 1000;
const SEPARATOR = "\u0001";

/** The server's document on one line: it ends up in a report. */
function errorText(challenge: string): string {
  return Buffer.from(challenge, "latin1")
    .toString("utf8", 0, MAX_ERROR)
    .replace(/\p{Cc}+/gu, " ")
    .trim();
}

/** Both mechanisms: the token at once; a challenge can only be the error document, to be acknowledged. */
function bearer(
  mechanism: "XOAUTH2" | "OAUTHBEARER",
  initial: string,
  acknowledgement: string,
): SaslExchange {
  const exchange: SaslExchange & { challengeError?: string } = {
    mechanism,
    initial,
    respond(challenge) {
      if (exchange.challengeError !== undefined) return noChallenge();
      exchange.challengeError = errorText(challenge);
      return acknowledgement;
    },
    finish: nothingToVerify,
  };
  return exchange;
}

/** XOAUTH2 (Google, Microsoft): the error is acknowledged with an empty response. */
export function xoauth2(username: string, token: Secret): SaslExchange {
  const initial = `user=${preparedUsername(username)}${SEPARATOR}auth=Bearer ${preparedPassword(token)}${SEPARATOR}${SEPARATOR}`;
  return bearer("XOAUTH2", initial, "");
}

/** OAUTHBEARER (RFC 7628): the error is acknowledged with a single 0x01 (section 3.2.3). */
export function oauthBearer(
  username: string,
  token: Secret,
  server?: { readonly host: string; readonly port: number },
): SaslExchange {
  const identity = preparedUsername(username).replace(/=/g, "=3D").replace(/,/g, "=2C");
  const where = server === undefined ? [] : [`host=${server.host}`, `port=${server.port}`];
  const fields = [...where, `auth=Bearer ${preparedPassword(token)}`];
  const initial = `n,a=${identity},${SEPARATOR}${fields.join(SEPARATOR)}${SEPARATOR}${SEPARATOR}`;
  return bearer("OAUTHBEARER", initial, SEPARATOR);
}
