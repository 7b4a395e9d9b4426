/** What one certificate says, read also when it is not trusted. Times are milliseconds since the epoch. */
export interface CertificateFacts {
  readonly subject: string;
  readonly issuer: string;
  /** subjectAltName entries of type dNSName, lower case; iPAddress entries as text. */
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  readonly notBefore: number;
  readonly notAfter: number;
  readonly serialNumber: string;
  /** SHA-256 of the DER form, hex, lower case. */
  readonly fingerprint: string;
  readonly keyType: "rsa" | "rsa-pss" | "ec" | "ed25519" | "ed448" | "dsa" | "unknown";
  /** RSA: modulus bits; EC: bits of the curve; 0 when unknown. */
  readonly keyBits: number;
  /** Signature algorithm by its usual name, such as `ecdsa-with-SHA256`; empty when unknown. */
  readonly signatureAlgorithm: string;
  /** Issuer equals subject, and the signature verifies with its own key. */
  readonly selfSigned: boolean;
}

/** What stands wrong with the chain as such, apart from names and dates. */
export type ChainFault = "self_signed" | "incomplete" | "untrusted_root" | "bad_signature";

/** What a TLS handshake yielded. */
export interface TlsFacts {
  /** `TLSv1` to `TLSv1.3`. */
  readonly version: string;
  /** Cipher suite by its standard name. */
  readonly cipher: string;
  /** Name sent as SNI and checked against the certificate. */
  readonly serverName: string;
  /** Leaf first, as the server presented it; the trust anchor is not in it. */
  readonly chain: readonly CertificateFacts[];
  /** Chain, name and dates all hold for the configured trust anchors. */
  readonly trusted: boolean;
  readonly chainFault?: ChainFault;
  /** OpenSSL's first complaint, such as `CERT_HAS_EXPIRED`; for the report, never for a decision. */
  readonly verifyError?: string;
}
