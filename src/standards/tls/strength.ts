import type { CertificateFacts } from "../../model/tls.ts";

/** CA/Browser Forum Baseline Requirements section 6.1.5: smallest RSA modulus. */
const RSA_BITS = 2048;
/** NIST SP 800-57 part 1 table 4: 112 bits of security, the least that is still allowed, need a curve of 224 bits. */
const EC_BITS = 224;

/** What kind of public key is too weak, as an object to "has"; or undefined. A size of 0 is not known, and so not judged. */
export function weakKey(certificate: CertificateFacts): string | undefined {
  const { keyType, keyBits } = certificate;
  if (keyType === "dsa") return "a DSA key, which is no longer accepted";
  const least = keyType === "rsa" || keyType === "rsa-pss" ? RSA_BITS : keyType === "ec" ? EC_BITS : 0;
  if (keyBits === 0 || keyBits >= least) return undefined;
  const article = keyType === "ec" || keyType.startsWith("rsa") ? "an" : "a";
  return `${article} ${keyType.toUpperCase()} key of ${keyBits} bits, at least ${least} are needed`;
}

/** Why a certificate's signature is too weak (RFC 9155 for the hashes), or undefined. */
export function weakSignature(certificate: CertificateFacts): string | undefined {
  const name = certificate.signatureAlgorithm.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
  if (/md[245]/.test(name)) return `signed with ${certificate.signatureAlgorithm}`;
  if (/sha1(?!\d)/.test(name)) return `signed with ${certificate.signatureAlgorithm}`;
  return undefined;
}

/** TLS 1.0 and 1.1 must not be used (RFC 8996); SSL 3 neither (RFC 7568). */
export function obsoleteVersion(version: string): boolean {
  return ["SSLv2", "SSLv3", "TLSv1", "TLSv1.0", "TLSv1.1"].includes(version);
}

/** Parts of cipher suite names, as IANA or OpenSSL spell them, and what is wrong with each (RFC 9325 section 4.1). */
const WEAK_CIPHERS: readonly (readonly [RegExp, string])[] = [
  [/(^|[_-])NULL([_-]|$)/, "does not encrypt"],
  [/(^|[_-])(anon|ADH|AECDH)([_-]|$)/i, "does not authenticate the server"],
  [/(^|[_-])EXP(ORT)?/, "is of export strength"],
  [/RC4/, "uses RC4 (RFC 7465)"],
  [/RC2/, "uses RC2"],
  [/(^|[_-])(3DES|DES)([_-]|$)/, "uses DES or Triple-DES"],
  [/IDEA/, "uses IDEA"],
  [/[_-]MD5$/, "uses MD5"],
];

/** Why a negotiated cipher suite is weak, or undefined. */
export function weakCipher(cipher: string): string | undefined {
  return WEAK_CIPHERS.find(([pattern]) => pattern.test(cipher))?.[1];
}

/** TLS 1.3 always has it; below, only (EC)DHE suites do (RFC 9325 section 4.1). */
export function hasForwardSecrecy(version: string, cipher: string): boolean {
  return version === "TLSv1.3" || /(^|[_-])(ECDHE|DHE|EDH|EECDH)[_-]/.test(cipher);
}
