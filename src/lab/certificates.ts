import {
  createHash,
  createPublicKey,
  generateKeyPair,
  type KeyObject,
  randomBytes,
  sign,
  type X509Certificate,
} from "node:crypto";
import { promisify } from "node:util";
import * as der from "./der.ts";
import type { CertificateVariant } from "./fault.ts";

/** PEM texts as `tls.createSecureContext` takes them. */
export interface KeyAndChain {
  readonly key: string;
  /** Leaf first, then what the server presents above it. */
  readonly cert: string;
}

/** The lab's authority. Nothing is written to disk, and nothing outlives the process. */
export interface Certificates {
  /** PEM of the root: what a client of the lab must trust. */
  readonly ca: string;
  /** Makes the variant at the first call, and gives the same one afterwards. */
  get(variant: CertificateVariant): Promise<KeyAndChain>;
  /** A client certificate for AUTH EXTERNAL, issued to that name. */
  client(name: string): Promise<KeyAndChain>;
  /** The name in a certificate that `client` issued; nothing for any other certificate. */
  clientName(certificate: X509Certificate): string | undefined;
}

interface Issuer {
  readonly name: string;
  readonly key: KeyObject;
  readonly pem: string;
}

interface Request {
  readonly subject: string;
  readonly key: KeyObject;
  readonly issuer: Pick<Issuer, "name" | "key">;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly ca: boolean;
  readonly dnsNames?: readonly string[];
}

const DAY_MS = 86_400_000;
const newKeyPair = promisify(generateKeyPair);

async function p256(): Promise<KeyObject> {
  return (await newKeyPair("ec", { namedCurve: "P-256" })).privateKey;
}

async function rsa(modulusLength: number): Promise<KeyObject> {
  return (await newKeyPair("rsa", { modulusLength })).privateKey;
}

/** Names of the lab's hosts; the loopback addresses are added to each certificate that carries them. */
export async function makeCertificates(dnsNames: readonly string[], now = Date.now()): Promise<Certificates> {
  const root = await makeRoot("Mailgauge Lab Root", now);
  const intermediate = await makeIntermediate("Mailgauge Lab Issuing CA", root, now);
  const made = new Map<CertificateVariant, Promise<KeyAndChain>>();
  return {
    ca: root.pem,
    get(variant) {
      const known = made.get(variant) ?? makeVariant(variant, dnsNames, intermediate, now);
      made.set(variant, known);
      return known;
    },
    async client(name) {
      const key = await p256();
      const pem = issue({ ...validity(now, -1, 7), subject: name, key, issuer: intermediate, ca: false });
      return { key: toPem(key), cert: pem + intermediate.pem };
    },
    clientName(certificate) {
      return certificate.verify(createPublicKey(intermediate.key))
        ? /^CN=(.+)$/m.exec(certificate.subject)?.[1]
        : undefined;
    },
  };
}

async function makeVariant(
  variant: CertificateVariant,
  dnsNames: readonly string[],
  intermediate: Issuer,
  now: number,
): Promise<KeyAndChain> {
  const subject = dnsNames[0] ?? "localhost";
  const key = variant === "weak_key" ? await rsa(1024) : variant === "rsa" ? await rsa(2048) : await p256();
  const good: Request = { ...validity(now, -1, 90), subject, key, issuer: intermediate, ca: false, dnsNames };
  const below = (request: Request): KeyAndChain => ({
    key: toPem(key),
    cert: issue(request) + intermediate.pem,
  });
  const makers: Readonly<Record<CertificateVariant, () => KeyAndChain | Promise<KeyAndChain>>> = {
    good: () => below(good),
    rsa: () => below(good),
    weak_key: () => below(good),
    expired: () => below({ ...good, ...validity(now, -91, -1) }),
    not_yet_valid: () => below({ ...good, ...validity(now, 1, 91) }),
    wrong_name: () => below({ ...good, subject: "wrong.example", dnsNames: ["wrong.example"] }),
    incomplete_chain: () => ({ key: toPem(key), cert: issue(good) }),
    self_signed: () => ({ key: toPem(key), cert: issue({ ...good, issuer: { name: subject, key } }) }),
    // The root is presented too: otherwise a client could not tell this from a missing intermediate.
    untrusted_root: async () => {
      const foreign = await makeRoot("Nobody's Root", now);
      const issuing = await makeIntermediate("Nobody's Issuing CA", foreign, now);
      return { key: toPem(key), cert: issue({ ...good, issuer: issuing }) + issuing.pem + foreign.pem };
    },
  };
  return makers[variant]();
}

async function makeRoot(name: string, now: number): Promise<Issuer> {
  const key = await p256();
  const pem = issue({ ...validity(now, -365, 3650), subject: name, key, issuer: { name, key }, ca: true });
  return { name, key, pem };
}

async function makeIntermediate(name: string, root: Issuer, now: number): Promise<Issuer> {
  const key = await p256();
  const pem = issue({ ...validity(now, -365, 1825), subject: name, key, issuer: root, ca: true });
  return { name, key, pem };
}

function validity(now: number, fromDays: number, toDays: number): Pick<Request, "notBefore" | "notAfter"> {
  return { notBefore: new Date(now + fromDays * DAY_MS), notAfter: new Date(now + toDays * DAY_MS) };
}

function toPem(key: KeyObject): string {
  return key.export({ type: "pkcs8", format: "pem" }).toString();
}

/** An X.509 version 3 certificate (RFC 5280 section 4.1), as PEM. */
function issue(request: Request): string {
  const algorithm =
    request.issuer.key.asymmetricKeyType === "rsa"
      ? der.sequence(der.oid("1.2.840.113549.1.1.11"), der.nothing())
      : der.sequence(der.oid("1.2.840.10045.4.3.2"));
  const tbs = der.sequence(
    der.explicit(0, der.integer(Buffer.from([2]))),
    der.integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    algorithm,
    commonName(request.issuer.name),
    der.sequence(der.time(request.notBefore), der.time(request.notAfter)),
    commonName(request.subject),
    spki(request.key),
    der.explicit(3, der.sequence(...extensions(request))),
  );
  const raw = der.sequence(tbs, algorithm, der.bits(sign("sha256", tbs, request.issuer.key)));
  const lines = raw.toString("base64").replace(/.{1,64}/g, "$&\n");
  return `-----BEGIN CERTIFICATE-----\n${lines}-----END CERTIFICATE-----\n`;
}

function spki(key: KeyObject): Buffer {
  return createPublicKey(key).export({ type: "spki", format: "der" });
}

function keyId(key: KeyObject): Buffer {
  return createHash("sha1").update(spki(key)).digest();
}

function commonName(name: string): Buffer {
  return der.sequence(der.set(der.sequence(der.oid("2.5.4.3"), der.utf8(name))));
}

function extensions(request: Request): Buffer[] {
  const list = [
    extension("2.5.29.19", true, request.ca ? der.sequence(der.boolean(true)) : der.sequence()),
    // keyCertSign and cRLSign of an authority; digitalSignature of a leaf.
    extension(
      "2.5.29.15",
      true,
      request.ca ? der.bits(Buffer.from([0x06]), 1) : der.bits(Buffer.from([0x80]), 7),
    ),
    extension("2.5.29.14", false, der.octets(keyId(request.key))),
    extension("2.5.29.35", false, der.sequence(der.implicit(0, keyId(request.issuer.key)))),
  ];
  if (request.ca) return list;
  const usages = [der.oid("1.3.6.1.5.5.7.3.1"), der.oid("1.3.6.1.5.5.7.3.2")];
  list.push(extension("2.5.29.37", false, der.sequence(...usages)));
  if (request.dnsNames !== undefined) list.push(subjectAltName(request.dnsNames));
  return list;
}

function subjectAltName(dnsNames: readonly string[]): Buffer {
  const names = dnsNames.map((name) => der.implicit(2, Buffer.from(name, "ascii")));
  // A certificate for a foreign name must not hold on an address either.
  if (dnsNames.includes("localhost")) {
    names.push(der.implicit(7, Buffer.from([127, 0, 0, 1])));
    names.push(der.implicit(7, Buffer.from([...Array<number>(15).fill(0), 1])));
  }
  return extension("2.5.29.17", false, der.sequence(...names));
}

function extension(id: string, critical: boolean, value: Buffer): Buffer {
  return der.sequence(der.oid(id), ...(critical ? [der.boolean(true)] : []), der.octets(value));
}
