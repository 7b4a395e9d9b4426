import { X509Certificate } from "node:crypto";
import { getCACertificates } from "node:tls";

import type { ChainFault } from "../../model/tls.ts";
import { verifies } from "./certificate-facts.ts";

/** Anchors by subject. Several may share one: a root and its renewal. */
type Anchors = ReadonlyMap<string, readonly X509Certificate[]>;

const PEM =
  /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----[^-]+-----END (?:X509 |TRUSTED )?CERTIFICATE-----/g;
const MAX_SETS = 16;
const bySource = new Map<string, Anchors>();

/** Parsed once for each set, and only when a certificate was refused: the system's set takes some milliseconds. */
function anchorsOf(ca: string | undefined): Anchors {
  const source = ca ?? "";
  const known = bySource.get(source);
  if (known !== undefined) return known;
  const anchors = new Map<string, X509Certificate[]>();
  for (const pem of ca === undefined ? getCACertificates("default") : (ca.match(PEM) ?? [])) {
    const anchor = parse(pem);
    if (anchor !== undefined) anchors.set(anchor.subject, [...(anchors.get(anchor.subject) ?? []), anchor]);
  }
  if (bySource.size >= MAX_SETS) bySource.clear();
  bySource.set(source, anchors);
  return anchors;
}

function parse(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

/**
 * Why the presented chain (leaf first) does not reach a trust anchor; absent when it does, and what OpenSSL complained
 * about is a date or a name. OpenSSL gives one error only, so that an expired certificate would hide the rest.
 *
 * `incomplete` is a guess where it says that the leaf's issuer is neither presented nor known: it may also be a private
 * authority. With an intermediate presented and its issuer unknown, `untrusted_root` is the likelier reading.
 */
export function chainFaultOf(
  presented: readonly X509Certificate[],
  ca: string | undefined,
): ChainFault | undefined {
  const anchors = anchorsOf(ca);
  const seen = new Set<X509Certificate>();
  let current = presented[0];
  let forged = false;
  while (current !== undefined && !seen.has(current)) {
    seen.add(current);
    if (isAnchored(current, anchors)) return undefined;
    if (current.subject === current.issuer) return seen.size === 1 ? "self_signed" : "untrusted_root";
    const { issuer } = current;
    const named = presented.filter((candidate) => candidate.subject === issuer && !seen.has(candidate));
    const child: X509Certificate = current;
    current = named.find((candidate) => verifies(child, candidate.publicKey));
    forged = current === undefined && (named.length > 0 || anchors.has(issuer));
  }
  if (forged) return "bad_signature";
  return seen.size > 1 ? "untrusted_root" : "incomplete";
}

/** Whether it is an anchor itself, or one of the anchors signed it. */
function isAnchored(certificate: X509Certificate, anchors: Anchors): boolean {
  const { fingerprint256 } = certificate;
  const own = anchors.get(certificate.subject) ?? [];
  if (own.some((anchor) => anchor.fingerprint256 === fingerprint256)) return true;
  return (anchors.get(certificate.issuer) ?? []).some((anchor) => verifies(certificate, anchor.publicKey));
}
