import type { Secret } from "../../model/secret.ts";
import type { Credentials, SaslMechanism } from "../../model/subject.ts";
import { oauthBearer, xoauth2 } from "./bearer.ts";
import { cramMd5 } from "./cram-md5.ts";
import type { SaslExchange } from "./exchange.ts";
import { external, login, plain } from "./plain.ts";
import { scram } from "./scram.ts";

const TOKEN: readonly SaslMechanism[] = ["OAUTHBEARER", "XOAUTH2"];
/** Strongest first: what gives the server, or who poses as it, least to reuse. */
const PASSWORD: readonly SaslMechanism[] = ["SCRAM-SHA-256", "SCRAM-SHA-1", "CRAM-MD5", "PLAIN", "LOGIN"];
const NO_SECRET: readonly SaslMechanism[] = ["EXTERNAL"];

/** What the credentials allow, best first: a token before a password, EXTERNAL when there is neither. */
export function usableMechanisms(credentials: Credentials): readonly SaslMechanism[] {
  const usable = [
    ...(credentials.accessToken === undefined ? [] : TOKEN),
    ...(credentials.password === undefined ? [] : PASSWORD),
  ];
  const all = usable.length === 0 || credentials.mechanism === "EXTERNAL" ? NO_SECRET : usable;
  return credentials.mechanism === undefined ? all : all.filter((name) => name === credentials.mechanism);
}

/** The strongest mechanism that the server offers (upper case) and the credentials allow; nothing when none fits. */
export function chooseMechanism(
  offered: readonly string[],
  credentials: Credentials,
): SaslMechanism | undefined {
  return usableMechanisms(credentials).find((name) => offered.includes(name));
}

/** Host and port of the connection, which OAUTHBEARER tells the server (RFC 7628 section 3.1). */
export interface SaslServer {
  readonly host: string;
  readonly port: number;
}

type Begin = (credentials: Credentials, server: SaslServer) => SaslExchange;

const BEGIN: Readonly<Record<SaslMechanism, Begin>> = {
  PLAIN: ({ username, password }) => plain(username, need(password, "password")),
  LOGIN: ({ username, password }) => login(username, need(password, "password")),
  "CRAM-MD5": ({ username, password }) => cramMd5(username, need(password, "password")),
  "SCRAM-SHA-1": ({ username, password }) => scram("SCRAM-SHA-1", username, need(password, "password")),
  "SCRAM-SHA-256": ({ username, password }) => scram("SCRAM-SHA-256", username, need(password, "password")),
  XOAUTH2: ({ username, accessToken }) => xoauth2(username, need(accessToken, "access token")),
  OAUTHBEARER: ({ username, accessToken }, server) =>
    oauthBearer(username, need(accessToken, "access token"), server),
  EXTERNAL: ({ username }) => external(username),
};

function need(secret: Secret | undefined, what: string): Secret {
  if (secret === undefined) throw new Error(`the credentials have no ${what}`);
  return secret;
}

/** Begins an exchange. Throws when the credentials lack what the mechanism needs; `chooseMechanism` picks one that fits. */
export function beginSasl(
  mechanism: SaslMechanism,
  credentials: Credentials,
  server: SaslServer,
): SaslExchange {
  return BEGIN[mechanism](credentials, server);
}
