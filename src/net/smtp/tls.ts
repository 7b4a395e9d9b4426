import { createHash } from "node:crypto";
import { isIP, type Socket } from "node:net";
import {
  connect,
  createSecureContext,
  type PeerCertificate,
  type SecureContext,
  type TLSSocket,
} from "node:tls";

import type { TlsSettings } from "../../model/subject.ts";

/** A probe of a modern server should not notice anything older; an operator may ask for it. */
const DEFAULT_MIN_VERSION = "TLSv1.2";
/** TLS 1.0 and 1.1 need signatures over SHA-1, which OpenSSL takes only at its lowest security level. */
const OLD_CIPHERS = "DEFAULT@SECLEVEL=0";
/**
 * Those of OpenSSL 3.0, which today's mail servers run. Newer ones offer a hybrid with ML-KEM first, whose keys cost a
 * sixth of the whole session's CPU: see docs/decisions/005-key-exchange-without-a-hybrid.md.
 */
const GROUPS = "X25519:P-256:X448:P-384:P-521:ffdhe2048:ffdhe3072";
const MAX_CONTEXTS = 64;

/** By object first, as the configuration gives the same one for every run; by content for settings built anew. */
const bySettings = new WeakMap<TlsSettings, SecureContext>();
const byContent = new Map<string, SecureContext>();

/** One context for all connections with the same settings: to make one costs more than a handshake. */
export function secureContextOf(settings: TlsSettings): SecureContext {
  const known = bySettings.get(settings);
  if (known !== undefined) return known;
  const content = contentOf(settings);
  const context = byContent.get(content) ?? buildContext(settings);
  if (byContent.size >= MAX_CONTEXTS) byContent.clear();
  byContent.set(content, context);
  bySettings.set(settings, context);
  return context;
}

/** A digest, so that the cache holds no key. */
function contentOf({ ca, cert, key, minVersion }: TlsSettings): string {
  const parts = [ca ?? "", cert ?? "", key?.reveal() ?? "", minVersion ?? DEFAULT_MIN_VERSION];
  return createHash("sha256").update(JSON.stringify(parts)).digest("base64");
}

function buildContext({ ca, cert, key, minVersion = DEFAULT_MIN_VERSION }: TlsSettings): SecureContext {
  const old = minVersion === "TLSv1" || minVersion === "TLSv1.1";
  return createSecureContext({
    minVersion,
    ecdhCurve: GROUPS,
    ...(old ? { ciphers: OLD_CIPHERS } : {}),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key: key.reveal() }),
  });
}

/** The name that the certificate must bear. */
export function serverNameOf(settings: TlsSettings, host: string): string {
  return (settings.serverName ?? host).replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "");
}

function noIdentityCheck(): undefined {}

/**
 * Node hands the whole chain, parsed, to the identity check that we make ourselves: a tenth of a session's cost for
 * nothing. On this one socket it gets an empty object.
 */
function noPeerCertificate(): PeerCertificate {
  return {} as PeerCertificate;
}

/**
 * Begins the handshake on a connection. An untrusted certificate does not end it: expiry must stay visible after the
 * expiry. `tlsFacts` judges.
 */
export function startTls(plain: Socket, settings: TlsSettings, serverName: string): TLSSocket {
  const socket = connect({
    socket: plain,
    secureContext: secureContextOf(settings),
    rejectUnauthorized: false,
    checkServerIdentity: noIdentityCheck,
    // An address is not sent as SNI (RFC 6066 section 3).
    servername: isIP(serverName) === 0 ? serverName : "",
  });
  Object.assign(socket, { getPeerCertificate: noPeerCertificate });
  return socket;
}
