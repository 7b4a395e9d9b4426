import type { Secret } from "../../model/secret.ts";
import { noChallenge, nothingToVerify, type SaslExchange } from "./exchange.ts";
import { preparedPassword, preparedUsername } from "./saslprep.ts";

/** PLAIN (RFC 4616). Without an authorization identity: the server derives it. */
export function plain(username: string, password: Secret): SaslExchange {
  return {
    mechanism: "PLAIN",
    initial: `\0${preparedUsername(username)}\0${preparedPassword(password)}`,
    respond: noChallenge,
    finish: nothingToVerify,
  };
}

/**
 * LOGIN (draft-murchison-sasl-login): two prompts whose text is of no account, user name first. Some servers leave the
 * first prompt empty.
 */
export function login(username: string, password: Secret): SaslExchange {
  const answers = [preparedUsername(username), preparedPassword(password)];
  return {
    mechanism: "LOGIN",
    respond: () => answers.shift() ?? noChallenge(),
    finish: nothingToVerify,
  };
}

/** EXTERNAL (RFC 4422 appendix A): who we are is known from the client certificate; the user name says whom to act as. */
export function external(username: string): SaslExchange {
  return { mechanism: "EXTERNAL", initial: username, respond: noChallenge, finish: nothingToVerify };
}
