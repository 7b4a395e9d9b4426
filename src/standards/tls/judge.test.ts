import { describe, expect, it } from "vitest";
import type { CertificateFacts, TlsFacts } from "../../model/tls.ts";
import { type CertificateJudgement, judgeCertificate } from "./judge.ts";

const NOW = Date.UTC(2026, 10, 22);
const DAY = 86_400_000;

function certificate(change: Partial<CertificateFacts> = {}): CertificateFacts {
  return {
    subject: "CN=mx.example.com",
    issuer: "CN=Example CA",
    dnsNames: ["mx.example.com"],
    ipAddresses: [],
    notBefore: NOW - 30 * DAY,
    notAfter: NOW + 60 * DAY,
    serialNumber: "01",
    fingerprint: "00",
    keyType: "rsa",
    keyBits: 2048,
    signatureAlgorithm: "sha256WithRSAEncryption",
    selfSigned: false,
    ...change,
  };
}

function facts(change: Partial<TlsFacts> = {}): TlsFacts {
  return {
    version: "TLSv1.3",
    cipher: "TLS_AES_256_GCM_SHA384",
    serverName: "mx.example.com",
    chain: [certificate()],
    trusted: true,
    ...change,
  };
}

const leaf = (change: Partial<CertificateFacts>, rest: Partial<TlsFacts> = {}): TlsFacts =>
  facts({ chain: [certificate(change)], ...rest });
const behind = (change: Partial<CertificateFacts>, rest: Partial<TlsFacts> = {}): TlsFacts =>
  facts({ chain: [certificate(), certificate({ subject: "CN=Example CA", ...change })], ...rest });

const HOW: CertificateJudgement = { severity: "fail", warnDays: 14 };
const untrusted = { trusted: false } as const;

function judged(input: TlsFacts, how = HOW): string[] {
  return judgeCertificate(input, NOW, how).map((finding) => `${finding.verdict} ${finding.id}`);
}

const CASES: readonly (readonly [why: string, input: TlsFacts, found: readonly string[]])[] = [
  ["nothing wrong", facts(), []],
  ["expired", leaf({ notAfter: NOW - 1 }, untrusted), ["fail certificate_expired"]],
  ["not yet valid", leaf({ notBefore: NOW + 1 }, untrusted), ["fail certificate_not_yet_valid"]],
  ["13 days left", leaf({ notAfter: NOW + 13 * DAY }), ["warn certificate_expires_soon"]],
  ["14 days left", leaf({ notAfter: NOW + 14 * DAY }), []],
  ["wrong name", leaf({ dnsNames: ["a.test"] }, untrusted), ["fail certificate_name_mismatch"]],
  [
    "the common name does not count",
    leaf({ dnsNames: [], subject: "CN=mx.example.com" }, untrusted),
    ["fail certificate_name_mismatch"],
  ],
  [
    "self-signed",
    leaf({ selfSigned: true }, { trusted: false, chainFault: "self_signed" }),
    ["fail certificate_self_signed"],
  ],
  ["self-signed and configured as its own authority", leaf({ selfSigned: true }), []],
  [
    "incomplete chain",
    facts({ trusted: false, chainFault: "incomplete" }),
    ["fail certificate_chain_incomplete"],
  ],
  ["unknown root", facts({ trusted: false, chainFault: "untrusted_root" }), ["fail certificate_untrusted"]],
  [
    "broken signature",
    facts({ trusted: false, chainFault: "bad_signature" }),
    ["fail certificate_bad_signature"],
  ],
  ["refused for a reason of its own", facts(untrusted), ["fail certificate_untrusted"]],
  [
    "refused for a reason of its own, and soon to expire",
    leaf({ notAfter: NOW + DAY }, untrusted),
    ["warn certificate_expires_soon", "fail certificate_untrusted"],
  ],
  ["no certificate", facts({ chain: [], trusted: false }), ["fail certificate_untrusted"]],
  ["RSA 1024", leaf({ keyBits: 1024 }), ["fail certificate_weak_key"]],
  ["RSA-PSS 1024", leaf({ keyType: "rsa-pss", keyBits: 1024 }), ["fail certificate_weak_key"]],
  ["P-192", leaf({ keyType: "ec", keyBits: 192 }), ["fail certificate_weak_key"]],
  ["P-224", leaf({ keyType: "ec", keyBits: 224 }), []],
  ["DSA", leaf({ keyType: "dsa", keyBits: 3072 }), ["fail certificate_weak_key"]],
  ["Ed25519", leaf({ keyType: "ed25519", keyBits: 256 }), []],
  ["a size that is not known", leaf({ keyBits: 0 }), []],
  ["SHA-1", leaf({ signatureAlgorithm: "sha1WithRSAEncryption" }), ["fail certificate_weak_signature"]],
  ["ECDSA with SHA-1", leaf({ signatureAlgorithm: "ecdsa-with-SHA1" }), ["fail certificate_weak_signature"]],
  ["MD5", leaf({ signatureAlgorithm: "md5WithRSAEncryption" }), ["fail certificate_weak_signature"]],
  ["SHA-512/256 is not SHA-1", leaf({ signatureAlgorithm: "RSA-SHA512/256" }), []],
  [
    "SHA-1 in an intermediate",
    behind({ signatureAlgorithm: "RSA-SHA1" }),
    ["fail certificate_weak_signature"],
  ],
  ["SHA-1 in a root that was sent along", behind({ signatureAlgorithm: "RSA-SHA1", selfSigned: true }), []],
  ["expired intermediate", behind({ notAfter: NOW - DAY }, untrusted), ["fail certificate_expired_in_chain"]],
  [
    "expired intermediate that no path needs",
    behind({ notAfter: NOW - DAY }),
    ["warn certificate_expired_in_chain"],
  ],
  [
    "intermediate that expires soon",
    behind({ notAfter: NOW + DAY }),
    ["warn certificate_expires_soon_in_chain"],
  ],
  [
    "several at once",
    facts({
      chain: [certificate({ notAfter: NOW - DAY, dnsNames: ["a.test"], keyBits: 1024, selfSigned: true })],
      trusted: false,
      chainFault: "self_signed",
      version: "TLSv1",
      cipher: "TLS_RSA_WITH_RC4_128_SHA",
    }),
    [
      "fail certificate_expired",
      "fail certificate_name_mismatch",
      "fail certificate_self_signed",
      "fail certificate_weak_key",
      "fail tls_version_obsolete",
      "warn tls_cipher_weak",
    ],
  ],
  [
    "TLS 1.1",
    facts({ version: "TLSv1.1", cipher: "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA" }),
    ["fail tls_version_obsolete"],
  ],
  ["TLS 1.2", facts({ version: "TLSv1.2", cipher: "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256" }), []],
];

/** Suites by their IANA and OpenSSL names. */
const CIPHERS: readonly (readonly [cipher: string, found: readonly string[]])[] = [
  ["ECDHE-RSA-AES256-GCM-SHA384", []],
  ["DHE-RSA-AES128-SHA", []],
  ["TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256", []],
  ["AES128-SHA", ["warn tls_no_forward_secrecy"]],
  ["TLS_RSA_WITH_AES_128_CBC_SHA", ["warn tls_no_forward_secrecy"]],
  ["TLS_RSA_WITH_3DES_EDE_CBC_SHA", ["warn tls_cipher_weak"]],
  ["ECDHE-RSA-DES-CBC3-SHA", ["warn tls_cipher_weak"]],
  ["TLS_DH_anon_WITH_AES_128_CBC_SHA", ["warn tls_cipher_weak"]],
  ["AECDH-AES128-SHA", ["warn tls_cipher_weak"]],
  ["EXP-RC2-CBC-MD5", ["warn tls_cipher_weak"]],
  ["TLS_ECDHE_RSA_WITH_NULL_SHA", ["warn tls_cipher_weak"]],
];

describe("judgeCertificate", () => {
  it.each(CASES)("%s", (_why, input, found) => {
    expect(judged(input)).toEqual(found);
  });

  it.each(CIPHERS)("cipher %s", (cipher, found) => {
    expect(judged(facts({ version: "TLSv1.2", cipher }))).toEqual(found);
  });

  it("only warns where TLS is opportunistic", () => {
    const bad = leaf(
      { notAfter: NOW - DAY, dnsNames: [] },
      { trusted: false, version: "TLSv1", cipher: "ECDHE-RSA-AES128-SHA" },
    );
    expect(judged(bad, { severity: "warn", warnDays: 14 })).toEqual([
      "warn certificate_expired",
      "warn certificate_name_mismatch",
      "warn tls_version_obsolete",
    ]);
  });

  it.each([
    [NOW - 400 * DAY, "the certificate expired 400 days ago, on 2025-10-18"],
    [NOW - 3_600_000, "the certificate expired 1 hour ago, on 2026-11-21"],
    [-Number.MAX_VALUE, "on -1.7976931348623157e+308"],
  ])("names the date of expiry %d", (notAfter, message) => {
    expect(judgeCertificate(leaf({ notAfter }), NOW, HOW)[0]?.message).toContain(message);
  });

  it.each([
    [{ keyBits: 1024 }, "the certificate has an RSA key of 1024 bits, at least 2048 are needed"],
    [{ keyType: "ec", keyBits: 192 }, "the certificate has an EC key of 192 bits, at least 224 are needed"],
    [{ keyType: "dsa", keyBits: 3072 }, "the certificate has a DSA key, which is no longer accepted"],
    [{ signatureAlgorithm: "RSA-SHA1" }, "the certificate is signed with RSA-SHA1"],
  ] as const)("says what is weak about %j", (weakness, message) => {
    expect(judgeCertificate(leaf(weakness), NOW, HOW)[0]?.message).toBe(message);
  });

  it("keeps a hostile name short and on one line", () => {
    const dnsNames = Array.from({ length: 1000 }, (_, i) => `${"x".repeat(300)}\n${i}`);
    const message = judgeCertificate(leaf({ dnsNames }), NOW, HOW)[0]?.message ?? "";
    expect(message.length).toBeLessThan(800);
    expect(message).not.toContain("\n");
    expect(message).toContain("and 995 more");
  });
});
