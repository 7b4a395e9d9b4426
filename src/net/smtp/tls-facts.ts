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
 * gives it. `ca` as in the settings of the connection. The same object as long as the server shows the same.
 */
export function tlsFacts(socket: TLSSocket, serverName: string, ca: string | undefined): TlsFacts {
  const presented = presentedChain(socket);
  const version = socket.getProtocol() ?? "";
  const cipher = socket.getCipher().standardName;
  // Anchors decide what is wrong with a chain only after OpenSSL has refused it.
  const [refusal, anchors] = socket.authorized ? [undefined, undefined] : [complaint(socket), ca];
  const prints = presented.map((certificate) => certificate.fingerprint256);
  const key = [version, cipher, serverName, refusal, ...prints, anchors].join("\n");
  const known = cache.get(key);
  if (known !== undefined) return known;
  const facts = Object.freeze({
    version,
    cipher,
    serverName,
    chain: Object.freeze(withoutAnchor(presented).map(certificateFacts)),
    ...trustOf(presented, serverName, refusal, anchors),
  });
  if (cache.size >= MAX_CACHED) cache.clear();
  cache.set(key, facts);
  return facts;
}

/** Names and signatures are dear to check, and a server shows the same at every run. */
const MAX_CACHED = 1000;
const cache = new Map<string, TlsFacts>();

/** `refusal`: OpenSSL's complaint about the chain, absent when it trusts it. */
function trustOf(
  presented: readonly X509Certificate[],
  serverName: string,
  refusal: string | undefined,
  ca: string | undefined,
): Pick<TlsFacts, "trusted" | "chainFault" | "verifyError"> {
  if (refusal === undefined) {
    const verifyError = nameError(presented[0], serverName);
    return verifyError === undefined ? { trusted: true } : { trusted: false, verifyError };
  }
  const chainFault = chainFaultOf(presented, ca) ?? OPENSSL_FAULTS[refusal];
  return { trusted: false, ...(chainFault === undefined ? {} : { chainFault }), verifyError: refusal };
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
