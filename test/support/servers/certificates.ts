import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LOOPBACK } from "./ports.ts";
import { makeWorkDir, removeWorkDir } from "./server.ts";

/** Name that every certificate but the one with the wrong name is made for. */
export const SERVER_NAME = "mx.mailgauge.test";

/** What can stand wrong with a certificate. `several_faults` is expired, weak and of another name at once. */
export const CERTIFICATE_KINDS = [
  "good",
  "expired",
  "not_yet_valid",
  "self_signed",
  "wrong_name",
  "weak_rsa",
  "sha1",
  "incomplete_chain",
  "untrusted_root",
  "expiring",
  "rsa",
  "several_faults",
] as const;

export type CertificateKind = (typeof CERTIFICATE_KINDS)[number];

export interface Certificate {
  /** PEM file: leaf, then what the server sends with it. */
  readonly chainFile: string;
  readonly keyFile: string;
  /** Milliseconds since the epoch. */
  readonly notAfter: number;
}

export interface Certificates {
  readonly dir: string;
  /** PEM text and file of the root that the tests trust. */
  readonly ca: string;
  readonly caFile: string;
  get(kind: CertificateKind): Certificate;
  remove(): void;
}

const DAY_MS = 86_400_000;
const EC = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];
const RSA_2048 = ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"];
const RSA_1024 = ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"];

/** Deviations from a good leaf, one line a kind. Days count from now. */
const RECIPES: Readonly<Record<CertificateKind, Recipe>> = {
  good: {},
  expired: { from: -90, to: -3 },
  not_yet_valid: { from: 2, to: 60 },
  self_signed: { issuer: "self" },
  wrong_name: { name: "other.mailgauge.test" },
  weak_rsa: { key: RSA_1024 },
  sha1: { digest: "sha1" },
  incomplete_chain: { sendIssuer: false },
  untrusted_root: { issuer: "foreign" },
  expiring: { to: 5 },
  rsa: { key: RSA_2048 },
  several_faults: { from: -90, to: -3, key: RSA_1024, name: "other.mailgauge.test" },
};

interface Recipe {
  readonly from?: number;
  readonly to?: number;
  readonly name?: string;
  readonly key?: readonly string[];
  readonly digest?: string;
  readonly issuer?: "self" | "foreign";
  readonly sendIssuer?: false;
}

/**
 * Makes a root, an intermediate and certificates below them with the `openssl` program; a kind is made when it is
 * first asked for. `openssl ca` is used since it alone takes any date in the versions around.
 */
export function makeCertificates(): Certificates {
  const dir = makeWorkDir("certificates");
  const authority = new Authority(dir);
  authority.makeRoot("root");
  authority.makeIntermediate("intermediate", "root");
  const made = new Map<CertificateKind, Certificate>();
  const caFile = join(dir, "root.pem");
  return {
    dir,
    caFile,
    ca: readFileSync(caFile, "utf8"),
    get: (kind) => {
      const certificate = made.get(kind) ?? authority.makeLeaf(kind, RECIPES[kind]);
      made.set(kind, certificate);
      return certificate;
    },
    remove: () => removeWorkDir(dir),
  };
}

class Authority {
  readonly #dir: string;

  constructor(dir: string) {
    this.#dir = dir;
    mkdirSync(join(dir, "issued"));
    writeFileSync(join(dir, "index.txt"), "");
    writeFileSync(join(dir, "index.txt.attr"), "unique_subject = no\n");
    writeFileSync(join(dir, "ca.cnf"), configuration(dir));
  }

  makeRoot(name: string): void {
    this.#request(name, EC);
    this.#sign(name, { issuer: name, extensions: "authority", from: -400, to: 4000, digest: "sha256" });
  }

  makeIntermediate(name: string, issuer: string): void {
    this.#request(name, EC);
    this.#sign(name, { issuer, extensions: "authority", from: -400, to: 2000, digest: "sha256" });
  }

  makeLeaf(kind: CertificateKind, recipe: Recipe): Certificate {
    if (recipe.issuer === "foreign") this.makeRoot("foreign");
    const issuer = recipe.issuer === "self" ? kind : recipe.issuer === "foreign" ? "foreign" : "intermediate";
    const name = recipe.name ?? SERVER_NAME;
    const notAfter = wholeSecond(recipe.to ?? 90);
    this.#request(kind, recipe.key ?? EC, name);
    this.#sign(kind, {
      issuer,
      extensions: "leaf",
      from: recipe.from ?? -1,
      to: recipe.to ?? 90,
      digest: recipe.digest ?? "sha256",
      subjectAltName: name === SERVER_NAME ? `DNS:${name},IP:${LOOPBACK}` : `DNS:${name}`,
    });
    const sent = issuer === kind || recipe.sendIssuer === false ? [kind] : [kind, issuer];
    const chainFile = join(this.#dir, `${kind}.chain.pem`);
    writeFileSync(chainFile, sent.map((part) => readFileSync(this.#file(part, "pem"), "utf8")).join(""));
    return { chainFile, keyFile: this.#file(kind, "key"), notAfter };
  }

  #file(name: string, extension: string): string {
    return join(this.#dir, `${name}.${extension}`);
  }

  #request(name: string, key: readonly string[], commonName = `Mailgauge test ${name}`): void {
    const keyFile = this.#file(name, "key");
    openssl(["genpkey", "-quiet", ...key, "-out", keyFile]);
    chmodSync(keyFile, 0o644); // servers of other users read it
    const subject = `/CN=${commonName}`;
    openssl([
      "req",
      "-new",
      "-key",
      keyFile,
      "-subj",
      subject,
      "-out",
      this.#file(name, "csr"),
      ...this.#config,
    ]);
  }

  #sign(name: string, options: SignOptions): void {
    const signer =
      options.issuer === name
        ? ["-selfsign", "-keyfile", this.#file(name, "key")]
        : ["-cert", this.#file(options.issuer, "pem"), "-keyfile", this.#file(options.issuer, "key")];
    const what = ["-md", options.digest, "-extensions", options.extensions];
    const when = ["-startdate", asn1Time(options.from), "-enddate", asn1Time(options.to)];
    const files = ["-in", this.#file(name, "csr"), "-out", this.#file(name, "pem")];
    openssl(["ca", "-batch", "-notext", ...what, ...when, ...files, ...this.#config, ...signer], {
      SAN: options.subjectAltName ?? "DNS:unused.test",
    });
  }

  get #config(): string[] {
    return ["-config", join(this.#dir, "ca.cnf")];
  }
}

interface SignOptions {
  readonly issuer: string;
  readonly extensions: "authority" | "leaf";
  /** Days from now. */
  readonly from: number;
  readonly to: number;
  readonly digest: string;
  readonly subjectAltName?: string;
}

function configuration(dir: string): string {
  return `[ca]
default_ca = test
[test]
database = ${dir}/index.txt
new_certs_dir = ${dir}/issued
serial = ${dir}/serial
rand_serial = yes
policy = any
unique_subject = no
[any]
commonName = supplied
[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[leaf]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature,keyEncipherment
extendedKeyUsage = serverAuth
subjectAltName = $ENV::SAN
`;
}

const MADE_AT = Date.now();

function wholeSecond(days: number): number {
  return Math.floor((MADE_AT + days * DAY_MS) / 1000) * 1000;
}

/** `YYYYMMDDHHMMSSZ`. */
function asn1Time(days: number): string {
  return `${new Date(wholeSecond(days)).toISOString().replace(/\D/g, "").slice(0, 14)}Z`;
}

function openssl(args: readonly string[], env: Record<string, string> = {}): void {
  execFileSync("openssl", args, {
    stdio: ["ignore", "ignore", "pipe"],
    encoding: "utf8",
    env: { PATH: process.env["PATH"] ?? "", SAN: "DNS:unused.test", ...env },
  });
}
