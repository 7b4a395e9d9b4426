import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import tls from "node:tls";
import { describe, expect, it } from "vitest";
import { type Certificates, makeCertificates } from "./certificates.ts";
import type { CertificateVariant } from "./fault.ts";

const NAMES = ["relay.lab.test", "*.lab.test", "localhost"];

/** What OpenSSL says about the variant in a real handshake; the empty string is trust. */
async function verdict(certificates: Certificates, variant: CertificateVariant): Promise<string> {
  const { key, cert } = await certificates.get(variant);
  const server = tls.createServer({ key, cert, ciphers: "DEFAULT@SECLEVEL=0" }, (socket) => socket.end());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const client = tls.connect({
    host: "127.0.0.1",
    port,
    servername: "relay.lab.test",
    ca: certificates.ca,
    rejectUnauthorized: false,
  });
  await once(client, "secureConnect");
  const error = client.authorizationError as Error | string | undefined;
  client.destroy();
  server.close();
  await once(server, "close");
  if (error === undefined || error === null) return "";
  return typeof error === "string" ? error : ((error as NodeJS.ErrnoException).code ?? error.message);
}

describe("makeCertificates", () => {
  const shared = makeCertificates(NAMES);

  it.each<[CertificateVariant, string]>([
    ["good", ""],
    ["rsa", ""],
    ["expired", "CERT_HAS_EXPIRED"],
    ["not_yet_valid", "CERT_NOT_YET_VALID"],
    ["self_signed", "DEPTH_ZERO_SELF_SIGNED_CERT"],
    ["wrong_name", "ERR_TLS_CERT_ALTNAME_INVALID"],
    ["incomplete_chain", "UNABLE_TO_VERIFY_LEAF_SIGNATURE"],
    ["untrusted_root", "SELF_SIGNED_CERT_IN_CHAIN"],
    ["weak_key", "UNSPECIFIED"], // Node has no name for OpenSSL's "EE certificate key too weak"
  ])("%s yields %j", async (variant, expected) => {
    expect(await verdict(await shared, variant)).toBe(expected);
  });

  it("puts names and loopback addresses into the good leaf", async () => {
    const leaf = new X509Certificate((await (await shared).get("good")).cert);
    expect(leaf.subjectAltName).toBe(
      "DNS:relay.lab.test, DNS:*.lab.test, DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1",
    );
    expect(leaf.ca).toBe(false);
  });

  it("makes a variant once", async () => {
    const certificates = await shared;
    expect(await certificates.get("good")).toBe(await certificates.get("good"));
  });

  it("writes dates past 2049 as GeneralizedTime", async () => {
    const far = Date.UTC(2049, 11, 1);
    const leaf = new X509Certificate((await (await makeCertificates(NAMES, far)).get("good")).cert);
    expect(new Date(leaf.validTo).getTime()).toBe(far + 90 * 86_400_000);
  });

  it("issues client certificates under the same root", async () => {
    const certificates = await makeCertificates(NAMES);
    const { cert } = await certificates.client("probe");
    const [leaf = "", above = ""] = cert.split(/(?<=-----END CERTIFICATE-----\n)/);
    expect(new X509Certificate(leaf).subject).toBe("CN=probe");
    expect(new X509Certificate(leaf).checkIssued(new X509Certificate(above))).toBe(true);
    expect(new X509Certificate(above).checkIssued(new X509Certificate(certificates.ca))).toBe(true);
  });
});
