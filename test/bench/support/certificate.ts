import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Name in the certificate: what every client verifies. */
export const SERVER_NAME = "mx.bench.test";

export interface BenchCertificate {
  /** PEM text: the root that clients trust. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** A root, and below it a certificate of RSA with 2048 bits: what most mail servers have. */
export function makeBenchCertificate(): BenchCertificate {
  const dir = mkdtempSync(join(tmpdir(), "mailgauge-bench-"));
  const openssl = (...args: readonly string[]): void => {
    execFileSync("openssl", [...args], { cwd: dir, stdio: ["ignore", "ignore", "pipe"] });
  };
  const request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "60"];
  try {
    const authority = ["-addext", "basicConstraints=critical,CA:TRUE"];
    openssl(...request, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Bench root", ...authority);
    const names = ["-addext", `subjectAltName=DNS:${SERVER_NAME},IP:127.0.0.1`];
    const leaf = ["-keyout", "leaf.key", "-out", "leaf.pem", "-subj", `/CN=${SERVER_NAME}`];
    const plain = ["-addext", "basicConstraints=critical,CA:FALSE"];
    openssl(...request, "-CA", "ca.pem", "-CAkey", "ca.key", ...leaf, ...names, ...plain);
    const read = (name: string): string => readFileSync(join(dir, name), "utf8");
    return { ca: read("ca.pem"), cert: read("leaf.pem"), key: read("leaf.key") };
  } finally {
    rmSync(dir, { recursive: true });
  }
}
