import { createPrivateKey, X509Certificate } from "node:crypto";
import { say } from "./say.ts";

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

/** What is wrong with a file of certificates, in the form of `say`; its content is never shown. */
export function certificateComplaint(pem: string): string | undefined {
  const blocks = pem.match(CERTIFICATE) ?? [];
  if (blocks.length === 0) {
    return say("holds no certificate", "name a PEM file with -----BEGIN CERTIFICATE-----");
  }
  const bad = blocks.findIndex((block) => !canRead(() => new X509Certificate(block)));
  if (bad < 0) return undefined;
  return say(`holds as number ${bad + 1} a certificate that cannot be read`, "write the file again");
}

export function privateKeyComplaint(pem: string): string | undefined {
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem)) {
    return say("holds no private key", "name a PEM file with -----BEGIN PRIVATE KEY-----");
  }
  if (/ENCRYPTED/.test(pem)) return say("holds an encrypted key", "name a file with the key decrypted");
  if (canRead(() => createPrivateKey(pem))) return undefined;
  return say("holds a private key that cannot be read", "write the file again");
}

/** Whether the key is the one of the first certificate. */
export function belongTogether(certificate: string, key: string): boolean {
  return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key));
}

function canRead(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch {
    return false;
  }
}
