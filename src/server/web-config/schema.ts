import { z } from "zod";

/** Modular crypt form of bcrypt: revision, cost 4 to 31, 22 characters of salt and 31 of hash. */
const BCRYPT_HASH = /^\$2[aby]\$(?:0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{53}$/;

const TLS_VERSIONS = { TLS10: "TLSv1", TLS11: "TLSv1.1", TLS12: "TLSv1.2", TLS13: "TLSv1.3" } as const;

/** Go's names, which the format uses, and OpenSSL's. TLS 1.3 suites are not configurable in either. */
const CIPHERS = {
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: "ECDHE-ECDSA-AES128-GCM-SHA256",
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: "ECDHE-ECDSA-AES256-GCM-SHA384",
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: "ECDHE-ECDSA-CHACHA20-POLY1305",
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: "ECDHE-RSA-AES128-GCM-SHA256",
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: "ECDHE-RSA-AES256-GCM-SHA384",
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: "ECDHE-RSA-CHACHA20-POLY1305",
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA: "ECDHE-ECDSA-AES128-SHA",
  TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA: "ECDHE-ECDSA-AES256-SHA",
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA: "ECDHE-RSA-AES128-SHA",
  TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA: "ECDHE-RSA-AES256-SHA",
} as const;

const CURVES = { X25519: "X25519", CurveP256: "P-256", CurveP384: "P-384", CurveP521: "P-521" } as const;

/** One of the keys of a table, read as its value. */
function named<const T extends Readonly<Record<string, string>>>(table: T) {
  return z
    .enum(Object.keys(table) as [keyof T & string, ...(keyof T & string)[]])
    .transform((name): T[keyof T] => table[name]);
}

const CLIENT_AUTH_TYPES = [
  "NoClientCert",
  "RequestClientCert",
  "RequireAnyClientCert",
  "RequireClientCert",
  "VerifyClientCertIfGiven",
  "RequireAndVerifyClientCert",
] as const;

const tlsServerConfig = z
  .strictObject({
    cert: z.string().optional(),
    key: z.string().optional(),
    client_ca: z.string().optional(),
    cert_file: z.string().optional(),
    key_file: z.string().optional(),
    client_auth_type: z.enum(CLIENT_AUTH_TYPES).default("NoClientCert"),
    client_ca_file: z.string().optional(),
    client_allowed_sans: z.array(z.string()).optional(),
    min_version: named(TLS_VERSIONS).default("TLSv1.2"),
    max_version: named(TLS_VERSIONS).default("TLSv1.3"),
    cipher_suites: z.array(named(CIPHERS)).default([]),
    prefer_server_cipher_suites: z.boolean().default(true),
    curve_preferences: z.array(named(CURVES)).default([]),
  })
  .superRefine((tls, context) => {
    const complain = (message: string) => context.addIssue({ code: "custom", message });
    for (const part of ["cert", "key"] as const) {
      const [inline, file] = [tls[part] !== undefined, tls[`${part}_file`] !== undefined];
      if (!inline && !file) complain(`missing one of ${part} or ${part}_file`);
      if (inline && file) complain(`${part} and ${part}_file exclude each other`);
    }
    const hasCa = tls.client_ca !== undefined || tls.client_ca_file !== undefined;
    const isRequired = tls.client_auth_type.startsWith("Require");
    if (hasCa && tls.client_auth_type === "NoClientCert") complain("client_ca needs a client_auth_type");
    if (!hasCa && /Verify/.test(tls.client_auth_type)) {
      complain(`client_auth_type ${tls.client_auth_type} needs client_ca or client_ca_file`);
    }
    if (tls.client_allowed_sans !== undefined && !isRequired) {
      complain(
        "client_allowed_sans needs client_auth_type RequireAnyClientCert or RequireAndVerifyClientCert",
      );
    }
  });

const httpServerConfig = z.strictObject({
  // Taken for the format's sake: this server speaks HTTP/1.1.
  http2: z.boolean().default(true),
  headers: z
    .strictObject({
      "Content-Security-Policy": z.string().optional(),
      "X-Frame-Options": z.enum(["deny", "sameorigin", ""]).optional(),
      "X-Content-Type-Options": z.enum(["nosniff", ""]).optional(),
      "X-XSS-Protection": z.string().optional(),
      "Strict-Transport-Security": z.string().optional(),
    })
    .default({}),
});

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

/** A duration of Go in one unit, such as `500ms` or `1s`; 0 switches the limit off. In milliseconds. */
const duration = z.union([
  z.literal(0).transform(() => 0),
  z
    .string()
    .regex(/^(?:0|\d+(?:\.\d+)?(?:ms|s|m|h))$/, "write a duration such as 500ms or 1s")
    .transform((text) => {
      const [, amount, unit] = /^([\d.]+)(ms|s|m|h)?$/.exec(text) ?? [];
      return Number(amount) * UNIT_MS[(unit ?? "ms") as keyof typeof UNIT_MS];
    }),
]);

export const webConfigSchema = z.strictObject({
  tls_server_config: tlsServerConfig.optional(),
  http_server_config: httpServerConfig.optional(),
  basic_auth_users: z
    .record(
      z.string().regex(/^[^:]+$/, "a user name holds no colon"),
      z.string().regex(BCRYPT_HASH, "is not a bcrypt hash; make one with: htpasswd -nBC 10 USER"),
    )
    .default({}),
  rate_limit: z
    .strictObject({ interval: duration.default(0), burst: z.number().int().min(0).default(0) })
    .optional(),
});

export type WebConfigFile = z.output<typeof webConfigSchema>;
export type TlsServerConfig = NonNullable<WebConfigFile["tls_server_config"]>;
export type ClientAuthType = TlsServerConfig["client_auth_type"];
