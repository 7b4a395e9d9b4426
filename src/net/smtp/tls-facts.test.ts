import { X509Certificate } from "node:crypto";
import { describe, expect, it } from "vitest";

import { serveSmtp, serverContext, testAuthority } from "../../../test/support/scripted-smtp.ts";
import { testClient } from "../../../test/support/smtp-client.ts";
import { makeCertificates } from "../../lab/certificates.ts";
import type { CertificateVariant } from "../../lab/fault.ts";
import { Secret } from "../../model/secret.ts";
import type { TlsSettings } from "../../model/subject.ts";
import type { TlsFacts } from "../../model/tls.ts";
import { chainFaultOf } from "./chain-fault.ts";
import { secureContextOf, serverNameOf } from "./tls.ts";

type ContextOptions = Parameters<typeof serverContext>[1];

async function handshake(
  variant: CertificateVariant,
  settings: TlsSettings = {},
  options?: ContextOptions,
): Promise<TlsFacts> {
  const { ca } = await testAuthority();
  const secureContext = await serverContext(variant, options);
  const server = await serveSmtp({}, { secureContext, implicitTls: true });
  const tls = { ca, serverName: "mx.test", ...settings };
  const session = await testClient().dial({ port: server.port, implicitTls: true, tls });
  if (session.tls === undefined) throw new Error("no facts");
  await session.quit();
  return session.tls;
}

describe("the facts of a handshake", () => {
  it.each<[CertificateVariant, Partial<TlsFacts>]>([
    ["good", { trusted: true }],
    ["rsa", { trusted: true }],
    ["expired", { trusted: false, verifyError: "CERT_HAS_EXPIRED" }],
    ["not_yet_valid", { trusted: false, verifyError: "CERT_NOT_YET_VALID" }],
    ["wrong_name", { trusted: false, verifyError: "ERR_TLS_CERT_ALTNAME_INVALID" }],
    ["self_signed", { trusted: false, chainFault: "self_signed" }],
    ["incomplete_chain", { trusted: false, chainFault: "incomplete" }],
    ["untrusted_root", { trusted: false, chainFault: "untrusted_root" }],
  ])("of a server whose certificate is %s", async (variant, expected) => {
    const facts = await handshake(variant);
    expect(facts).toMatchObject({ version: "TLSv1.3", serverName: "mx.test", ...expected });
    expect(facts.chainFault).toBe(expected.chainFault);
    expect(facts.cipher).toMatch(/^TLS_/);
    const [leaf] = facts.chain;
    expect(leaf?.selfSigned).toBe(variant === "self_signed");
    expect(leaf).toMatchObject(
      variant === "rsa" ? { keyType: "rsa", keyBits: 2048 } : { keyType: "ec", keyBits: 256 },
    );
    expect(leaf?.notAfter).toBeGreaterThan(leaf?.notBefore ?? 0);
    // The root that the server of `untrusted_root` adds is no part of the chain.
    expect(facts.chain.every(({ subject, issuer }, i) => i === 0 || subject !== issuer)).toBe(true);
  });

  it("hold the names of the certificate, and its identity", async () => {
    const [leaf, issuing] = (await handshake("good")).chain;
    const { cert } = await (await testAuthority()).get("good");
    const certificate = new X509Certificate(cert);
    expect(leaf).toMatchObject({
      subject: "CN=localhost",
      issuer: "CN=Mailgauge Lab Issuing CA",
      dnsNames: ["localhost", "mx.test"],
      ipAddresses: ["127.0.0.1", "0:0:0:0:0:0:0:1"],
      fingerprint: certificate.fingerprint256.replaceAll(":", "").toLowerCase(),
      serialNumber: certificate.serialNumber.toLowerCase(),
      notAfter: certificate.validToDate.getTime(),
    });
    expect(issuing?.subject).toBe("CN=Mailgauge Lab Issuing CA");
  });

  it("say what OpenSSL's single error would hide: expired and self-signed are two things", async () => {
    const authority = await makeCertificates(["mx.test"], Date.now() - 200 * 86_400_000);
    const { key, cert } = await authority.get("self_signed");
    const facts = await handshake("good", {}, { key, cert });
    expect(facts.chainFault).toBe("self_signed");
    expect(facts.chain[0]?.notAfter).toBeLessThan(Date.now());
  });

  it("judge the name by the settings, and an address by the certificate's addresses", async () => {
    expect((await handshake("good", { serverName: "other.test" })).trusted).toBe(false);
    expect((await handshake("good", { serverName: "127.0.0.1" })).trusted).toBe(true);
    expect((await handshake("good", { serverName: "127.0.0.9" })).trusted).toBe(false);
  });

  it("trust the system's authorities only when none are configured", async () => {
    const { ca, ...rest } = { ca: "", serverName: "mx.test" };
    const server = await serveSmtp({}, { secureContext: await serverContext(), implicitTls: true });
    const session = await testClient().dial({ port: server.port, implicitTls: true, tls: rest });
    expect(session.tls).toMatchObject({ trusted: false, chainFault: "untrusted_root" });
    expect(ca).toBe("");
  });

  it("are the same for TLS 1.2", async () => {
    const facts = await handshake("good", {}, { maxVersion: "TLSv1.2" });
    expect(facts).toMatchObject({ version: "TLSv1.2", trusted: true });
    expect(facts.chain).toHaveLength(2);
  });
});

describe("chainFaultOf", () => {
  it("sees a signature that the named issuer did not make", async () => {
    const one = await makeCertificates(["mx.test"]);
    const two = await makeCertificates(["mx.test"]);
    const split = (pem: string): X509Certificate[] =>
      pem
        .split(/(?<=END CERTIFICATE-----\n)/)
        .filter((part) => part.includes("BEGIN"))
        .map((part) => new X509Certificate(part));
    const [leaf] = split((await one.get("good")).cert);
    const [, foreign] = split((await two.get("good")).cert);
    if (leaf === undefined || foreign === undefined) throw new Error("no certificates");
    expect(chainFaultOf([leaf, foreign], two.ca)).toBe("bad_signature");
    expect(chainFaultOf(split((await one.get("good")).cert), one.ca)).toBeUndefined();
    expect(chainFaultOf([], one.ca)).toBe("incomplete");
  });
});

describe("secure contexts", () => {
  it("are shared by the same settings, as object and as content", () => {
    const settings: TlsSettings = { minVersion: "TLSv1.3" };
    expect(secureContextOf(settings)).toBe(secureContextOf(settings));
    expect(secureContextOf({ minVersion: "TLSv1.3", serverName: "a" })).toBe(secureContextOf(settings));
    expect(secureContextOf({ minVersion: "TLSv1.2" })).toBe(secureContextOf({}));
    expect(secureContextOf({ minVersion: "TLSv1.1" })).not.toBe(secureContextOf({}));
  });

  it("carry the client certificate for AUTH EXTERNAL", async () => {
    const authority = await testAuthority();
    const { key, cert } = await authority.client("probe");
    const server = await serveSmtp(
      { EHLO: "250-mx.test\r\n250 AUTH EXTERNAL PLAIN", AUTH: "235 2.7.0 known" },
      { secureContext: await serverContext(), implicitTls: true },
    );
    const tls = { ca: authority.ca, cert, key: new Secret(key) };
    const session = await testClient().dial({ port: server.port, implicitTls: true, tls });
    await session.ehlo("probe.test");
    expect(await session.auth({ username: "" })).toMatchObject({
      mechanism: "EXTERNAL",
      reply: { code: 235 },
    });
    expect(server.lines.at(-1)).toBe("AUTH EXTERNAL =");
  });
});

describe("serverNameOf", () => {
  it.each<[TlsSettings, string, string]>([
    [{}, "mx.test", "mx.test"],
    [{}, "mx.test.", "mx.test"],
    [{}, "[::1]", "::1"],
    [{ serverName: "a.test" }, "mx.test", "a.test"],
  ])("of %j and %s", (settings, host, expected) => {
    expect(serverNameOf(settings, host)).toBe(expected);
  });
});
