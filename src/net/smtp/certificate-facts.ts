import type { KeyObject, X509Certificate } from "node:crypto";

import type { CertificateFacts } from "../../model/tls.ts";

/** Certificates are the server's to choose: enough of each field to recognise it. */
const MAX_NAME = 1000;
const MAX_ALT_NAMES = 256;
const MAX_CACHED = 1000;

const CURVE_BITS: Readonly<Record<string, number>> = {
  prime256v1: 256,
  secp384r1: 384,
  secp521r1: 521,
  secp256k1: 256,
  secp224r1: 224,
  prime192v1: 192,
};
const EDWARDS_BITS: Readonly<Record<string, number>> = { ed25519: 256, ed448: 456 };
const KEY_TYPES: ReadonlySet<string> = new Set(["rsa", "rsa-pss", "ec", "ed25519", "ed448", "dsa"]);

/** The same certificate is seen at every run. By SHA-256 fingerprint, so that no two can be taken for one another. */
const cache = new Map<string, CertificateFacts>();

export function certificateFacts(certificate: X509Certificate): CertificateFacts {
  const fingerprint = certificate.fingerprint256;
  const known = cache.get(fingerprint);
  if (known !== undefined) return known;
  const facts = Object.freeze(readCertificate(certificate, fingerprint.replaceAll(":", "").toLowerCase()));
  if (cache.size >= MAX_CACHED) cache.clear();
  cache.set(fingerprint, facts);
  return facts;
}

function readCertificate(certificate: X509Certificate, fingerprint: string): CertificateFacts {
  const key = publicKeyOf(certificate);
  return {
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    ...altNames(certificate.subjectAltName ?? ""),
    notBefore: certificate.validFromDate.getTime(),
    notAfter: certificate.validToDate.getTime(),
    serialNumber: certificate.serialNumber.toLowerCase().slice(0, 80),
    fingerprint,
    keyType: keyTypeOf(key),
    keyBits: keyBitsOf(key),
    // Older Node does not tell.
    signatureAlgorithm: certificate.signatureAlgorithm ?? "",
    selfSigned: isSelfSigned(certificate, key),
  };
}

/** Node gives a distinguished name with one attribute a line. */
function oneLine(name: string | undefined): string {
  return (name ?? "")
    .slice(0, MAX_NAME)
    .replaceAll("\n", ", ")
    .replace(/\p{Cc}/gu, "\ufffd");
}

/** `DNS:a, IP Address:192.0.2.1`; a name that holds a comma or a quote stands in JSON quotes (CVE-2021-44532). */
const ALT_NAME = /(?:^|, )([^:,"]{1,40}):("(?:[^"\\]|\\.)*"|[^,]*)/g;

function altNames(text: string): { dnsNames: readonly string[]; ipAddresses: readonly string[] } {
  const dnsNames: string[] = [];
  const ipAddresses: string[] = [];
  for (const [, kind, value = ""] of text.matchAll(ALT_NAME)) {
    if (dnsNames.length + ipAddresses.length >= MAX_ALT_NAMES) break;
    const name = oneLine(value.startsWith('"') ? value.slice(1, -1) : value);
    if (kind === "DNS") dnsNames.push(name.toLowerCase());
    if (kind === "IP Address") ipAddresses.push(name);
  }
  return { dnsNames: Object.freeze(dnsNames), ipAddresses: Object.freeze(ipAddresses) };
}

/** OpenSSL cannot read every key that a certificate may hold. */
function publicKeyOf(certificate: X509Certificate): KeyObject | undefined {
  try {
    return certificate.publicKey;
  } catch {
    return undefined;
  }
}

function keyTypeOf(key: KeyObject | undefined): CertificateFacts["keyType"] {
  const type = key?.asymmetricKeyType ?? "";
  return KEY_TYPES.has(type) ? (type as CertificateFacts["keyType"]) : "unknown";
}

function keyBitsOf(key: KeyObject | undefined): number {
  const details = key?.asymmetricKeyDetails;
  if (details?.modulusLength !== undefined) return details.modulusLength;
  return CURVE_BITS[details?.namedCurve ?? ""] ?? EDWARDS_BITS[key?.asymmetricKeyType ?? ""] ?? 0;
}

/** Names alone do not make it so: anyone can write them. */
function isSelfSigned(certificate: X509Certificate, key: KeyObject | undefined): boolean {
  return certificate.subject === certificate.issuer && key !== undefined && verifies(certificate, key);
}

/** Whether `key` made the certificate's signature; `false` also where OpenSSL does not know the algorithm. */
export function verifies(certificate: X509Certificate, key: KeyObject): boolean {
  try {
    return certificate.verify(key);
  } catch {
    return false;
  }
}
