import type { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import type { TLSSocket } from "node:tls";

import type { ChainFault, TlsFacts } from "../../model/tls.ts";
import { certificateFacts } from "./certificate-facts.ts";
import { chainFaultOf } from "./chain-fault.ts";

/** Longer chains do not occur; OpenSSL itself bounds the octets. */
const MAX_CHAIN = 10;
/** Strict wildcards, and no fall-back to the common name (RFC 9525 sections 6.3 and 2). */
const HOST_CHECK = { subject: "never", partialWildcards: false } as const;

/**
 * What a finished handshake yielded. Call it once for a connection: Node takes the chain out of the connection when it
 * gives it. `ca` as in the settings of the connection.
 */
export function tlsFacts(socket: TLSSocket, serverName: string, ca: string | undefined): TlsFacts {
  const presented = presentedChain(socket);
  const [leaf] = presented;
  const verifyError = socket.authorized ? cachedNameError(leaf, serverName) : complaint(socket);
  const chainFault = socket.authorized
    ? undefined
    : (cachedFault(presented, ca) ?? OPENSSL_FAULTS[verifyError ?? ""]);
  return Object.freeze({
    version: socket.getProtocol() ?? "",
    cipher: socket.getCipher().standardName,
    serverName,
    chain: Object.freeze(withoutAnchor(presented).map(certificateFacts)),
    trusted: verifyError === undefined,
    ...(chainFault === undefined ? {} : { chainFault }),
    ...(verifyError === undefined ? {} : { verifyError }),
  });
}

function presentedChain(socket: TLSSocket): X509Certificate[] {
  const chain: X509Certificate[] = [];
  let next = socket.getPeerX509Certificate();
  while (next !== undefined && chain.length < MAX_CHAIN) {
    chain.push(next);
    next = next.issuerCertificate;
  }
  return chain;
}

/** Where our own walk finds nothing and OpenSSL does: it takes an intermediate for no anchor, though configured as one. */
const OPENSSL_FAULTS: Readonly<Record<string, ChainFault>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: "self_signed",
  SELF_SIGNED_CERT_IN_CHAIN: "untrusted_root",
  UNABLE_TO_GET_ISSUER_CERT: "untrusted_root",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "untrusted_root",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "incomplete",
  CERT_SIGNATURE_FAILURE: "bad_signature",
};

/** A root behind the leaf is the server's superfluity: trust comes from our own copy. */
function withoutAnchor(presented: readonly X509Certificate[]): readonly X509Certificate[] {
  return presented.filter((certificate, i) => i === 0 || certificate.subject !== certificate.issuer);
}

function complaint(socket: TLSSocket): string {
  // Typed as an error, yet Node puts OpenSSL's code there as text.
  const error: unknown = socket.authorizationError;
  return typeof error === "string" ? error : error instanceof Error ? error.message : "UNKNOWN";
}

function nameError(leaf: X509Certificate | undefined, serverName: string): string | undefined {
  const matches =
    isIP(serverName) === 0 ? leaf?.checkHost(serverName, HOST_CHECK) : leaf?.checkIP(serverName);
  return matches === undefined ? "ERR_TLS_CERT_ALTNAME_INVALID" : undefined;
}

const MAX_CACHED = 1000;
const names = new Map<string, string | undefined>();
const faults = new Map<string, ChainFault | undefined>();

/** The same server is asked for the same name at every run. */
function cachedNameError(leaf: X509Certificate | undefined, serverName: string): string | undefined {
  const key = `${leaf?.fingerprint256} ${serverName}`;
  return cached(names, key, () => nameError(leaf, serverName));
}

/** Signatures are dear to check, and a server that is not trusted is probed as often as any other. */
function cachedFault(presented: readonly X509Certificate[], ca: string | undefined): ChainFault | undefined {
  const key = [...presented.map((certificate) => certificate.fingerprint256), ca ?? ""].join(" ");
  return cached(faults, key, () => chainFaultOf(presented, ca));
}

function cached<T>(store: Map<string, T>, key: string, find: () => T): T | undefined {
  if (store.has(key)) return store.get(key);
  const value = find();
  if (store.size >= MAX_CACHED) store.clear();
  store.set(key, value);
  return value;
}
