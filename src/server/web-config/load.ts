import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { createSecureContext, type SecureContextOptions } from "node:tls";
import { parseDocument } from "yaml";
import { type ClientAuthType, type TlsServerConfig, type WebConfigFile, webConfigSchema } from "./schema.ts";

/** A file larger than this is no web configuration. */
const MAX_BYTES = 1024 * 1024;

export class WebConfigError extends Error {
  /** One sentence each, with the path of the key. */
  readonly problems: readonly string[];

  constructor(file: string, problems: readonly string[]) {
    super(`${file}: ${problems.join("; ")}`);
    this.name = "WebConfigError";
    this.problems = problems.map((problem) => `${file}: ${problem}`);
  }
}

export interface WebTls {
  readonly context: SecureContextOptions;
  readonly clientAuth: ClientAuthType;
  readonly allowedSans?: readonly string[];
}

/** A web configuration file of the Prometheus exporter-toolkit, ready for use. */
export interface WebConfig {
  readonly tls?: WebTls;
  readonly headers: Readonly<Record<string, string>>;
  /** User name to bcrypt hash; empty: no authentication. */
  readonly users: ReadonlyMap<string, string>;
  readonly rateLimit?: { readonly intervalMs: number; readonly burst: number };
}

export const NO_WEB_CONFIG: WebConfig = { headers: {}, users: new Map() };

/** Reads the file and the certificates that it names, relative to its folder. Rejects with `WebConfigError`. */
export async function loadWebConfig(path: string): Promise<WebConfig> {
  const file = parse(await read(path, path), path);
  const { tls_server_config: tls, rate_limit: limit, http_server_config: http } = file;
  const headers = Object.entries(http?.headers ?? {}).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return {
    ...(tls === undefined ? {} : { tls: await loadTls(tls, path) }),
    headers: Object.fromEntries(headers),
    users: new Map(Object.entries(file.basic_auth_users)),
    ...(limit === undefined || limit.interval === 0
      ? {}
      : { rateLimit: { intervalMs: limit.interval, burst: limit.burst } }),
  };
}

function parse(text: string, path: string): WebConfigFile {
  const document = parseDocument(text);
  if (document.errors.length > 0) {
    const problems = document.errors.map(({ message }) => message.split("\n", 1)[0] ?? "");
    throw new WebConfigError(path, problems);
  }
  const result = webConfigSchema.safeParse(valuesOf(document, path) ?? {});
  if (result.success) return result.data;
  throw new WebConfigError(
    path,
    result.error.issues.map(({ path: key, message }) => `${key.join(".") || "the file"}: ${message}`),
  );
}

/** Aliases are resolved only here: one without an anchor, or a bomb made of them, is thrown as an error of any class. */
function valuesOf(document: ReturnType<typeof parseDocument>, path: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 10 });
  } catch (error) {
    throw new WebConfigError(path, [error instanceof Error ? error.message : String(error)]);
  }
}

async function loadTls(tls: TlsServerConfig, path: string): Promise<WebTls> {
  const folder = dirname(path);
  const pem = async (inline: string | undefined, file: string | undefined) =>
    file === undefined ? inline : read(resolve(folder, file), path);
  const ca = await pem(tls.client_ca, tls.client_ca_file);
  const context: SecureContextOptions = {
    cert: await pem(tls.cert, tls.cert_file),
    key: await pem(tls.key, tls.key_file),
    minVersion: tls.min_version,
    maxVersion: tls.max_version,
    honorCipherOrder: tls.prefer_server_cipher_suites,
    ...(ca === undefined ? {} : { ca }),
    ...(tls.cipher_suites.length === 0 ? {} : { ciphers: [...TLS13_SUITES, ...tls.cipher_suites].join(":") }),
    ...(tls.curve_preferences.length === 0 ? {} : { ecdhCurve: tls.curve_preferences.join(":") }),
  };
  try {
    createSecureContext(context);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new WebConfigError(path, [`tls_server_config: ${reason}`]);
  }
  const sans = tls.client_allowed_sans;
  return { context, clientAuth: tls.client_auth_type, ...(sans === undefined ? {} : { allowedSans: sans }) };
}

/** OpenSSL keeps all suites in one list; leaving these out would switch TLS 1.3 off. */
const TLS13_SUITES = ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"];

async function read(file: string, configPath: string): Promise<string> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
    throw new WebConfigError(configPath, [`cannot read ${file} (${code})`]);
  }
  if (bytes.length > MAX_BYTES) throw new WebConfigError(configPath, [`${file} is larger than 1 MiB`]);
  return bytes.toString("utf8");
}
