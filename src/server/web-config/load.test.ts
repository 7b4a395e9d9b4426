import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Certificates, makeCertificates } from "../../lab/certificates.ts";
import { loadWebConfig, WebConfigError } from "./load.ts";

const HASH = "$2y$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG";

let folder: string;
let certificates: Certificates;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mailgauge-web-"));
  certificates = await makeCertificates(["localhost"]);
  const { key, cert } = await certificates.get("good");
  await writeFile(join(folder, "server.crt"), cert);
  await writeFile(join(folder, "server.key"), key);
  await writeFile(join(folder, "ca.crt"), certificates.ca);
  await writeFile(join(folder, "other.key"), (await certificates.get("self_signed")).key);
});

afterAll(() => rm(folder, { recursive: true }));

async function load(text: string) {
  const path = join(folder, "web.yml");
  await writeFile(path, text);
  return loadWebConfig(path);
}

/** Problems without the path of the file, which differs from run to run. */
async function problems(text: string): Promise<string[]> {
  try {
    await load(text);
  } catch (error) {
    if (!(error instanceof WebConfigError)) throw error;
    return error.problems.map((problem) => problem.replaceAll(`${folder}/`, ""));
  }
  return [];
}

const TLS = "tls_server_config: { cert_file: server.crt, key_file: server.key";

describe("a web configuration file", () => {
  it("may be empty: no TLS, no users", async () => {
    expect(await load("")).toEqual({ headers: {}, users: new Map() });
  });

  it.each([
    ["an alias that names no anchor", "basic_auth_users: *nobody", /nobody/],
    [
      "aliases that multiply each other",
      "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b,*b,*b,*b,*b,*b]",
      /alias/,
    ],
  ])("with %s is a bad one, and no defect of ours", async (_what, text, said) => {
    const found = await problems(text);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(said);
  });

  it("is read with every key of the format", async () => {
    const config = await load(`
tls_server_config:
  cert_file: server.crt
  key_file: server.key
  client_auth_type: RequireAndVerifyClientCert
  client_ca_file: ca.crt
  client_allowed_sans: [prometheus.example.com]
  min_version: TLS12
  max_version: TLS13
  cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256]
  prefer_server_cipher_suites: true
  curve_preferences: [X25519, CurveP256]
http_server_config:
  http2: true
  headers:
    Strict-Transport-Security: max-age=31536000
    X-Frame-Options: sameorigin
basic_auth_users:
  prometheus: ${HASH}
rate_limit:
  interval: 500ms
  burst: 20
`);
    expect(config.users).toEqual(new Map([["prometheus", HASH]]));
    expect(config.headers).toEqual({
      "Strict-Transport-Security": "max-age=31536000",
      "X-Frame-Options": "sameorigin",
    });
    expect(config.rateLimit).toEqual({ intervalMs: 500, burst: 20 });
    expect(config.tls).toMatchObject({
      clientAuth: "RequireAndVerifyClientCert",
      allowedSans: ["prometheus.example.com"],
      context: {
        minVersion: "TLSv1.2",
        maxVersion: "TLSv1.3",
        ecdhCurve: "X25519:P-256",
        ca: certificates.ca,
      },
    });
    expect(config.tls?.context.ciphers).toContain("ECDHE-ECDSA-AES128-GCM-SHA256");
  });

  it.each([
    ["tls_config: {}", 'web.yml: the file: Unrecognized key: "tls_config"', "a key that is none"],
    ["a: [", "web.yml: Flow sequence in block collection must be sufficiently indented", "no YAML"],
    [
      `${TLS}, min_version: TLS9 }`,
      "web.yml: tls_server_config.min_version: Invalid option",
      "no such version",
    ],
    [
      "tls_server_config: { cert_file: server.crt }",
      "web.yml: tls_server_config: missing one of key or key_file",
      "no key",
    ],
    [`${TLS}, cert: x }`, "web.yml: tls_server_config: cert and cert_file exclude each other", "both"],
    [
      "tls_server_config: { cert_file: none.crt, key_file: server.key }",
      "web.yml: cannot read none.crt (ENOENT)",
      "no file",
    ],
    [
      "tls_server_config: { cert_file: server.crt, key_file: other.key }",
      "web.yml: tls_server_config: error:05800074:x509 certificate routines::key values mismatch",
      "another's key",
    ],
    [
      `${TLS}, client_ca_file: ca.crt }`,
      "web.yml: tls_server_config: client_ca needs a client_auth_type",
      "as in Go",
    ],
    [
      `${TLS}, client_auth_type: RequireAndVerifyClientCert }`,
      "web.yml: tls_server_config: client_auth_type RequireAndVerifyClientCert needs client_ca or client_ca_file",
      "nothing to verify by",
    ],
    [
      `${TLS}, client_allowed_sans: [a] }`,
      "web.yml: tls_server_config: client_allowed_sans needs client_auth_type RequireAnyClientCert or RequireAndVerifyClientCert",
      "nobody need show one",
    ],
    [
      "http_server_config: { headers: { X-Other: a } }",
      'web.yml: http_server_config.headers: Unrecognized key: "X-Other"',
      "only these five",
    ],
    [
      "basic_auth_users: { prometheus: hunter2 }",
      "web.yml: basic_auth_users.prometheus: is not a bcrypt hash; make one with: htpasswd -nBC 10 USER",
      "a password in the clear",
    ],
    ["rate_limit: { interval: fast }", "web.yml: rate_limit.interval: Invalid input", "no duration"],
  ])("%j: %s", async (text, message, _reason) => {
    const found = await problems(text);
    expect(found[0]).toContain(message);
  });

  it("never repeats a password or hash in a message", async () => {
    expect((await problems("basic_auth_users: { prometheus: hunter2 }")).join()).not.toContain("hunter2");
  });

  it("says so when there is no file", async () => {
    await expect(loadWebConfig(join(folder, "none.yml"))).rejects.toThrow("cannot read");
  });
});
