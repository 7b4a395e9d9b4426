import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runK6 } from "../../support/k6.ts";
import {
  type CertificateKind,
  type Certificates,
  makeCertificates,
  SERVER_NAME,
} from "../../support/servers/certificates.ts";
import { startPostfix } from "../../support/servers/postfix.ts";
import { startOpensslServer } from "../../support/servers/s-server.ts";
import { startSmtpSink } from "../../support/servers/smtp-sink.ts";

/** What the script tells of its one connection. */
interface Opened {
  readonly ok: boolean;
  readonly code: number;
  readonly phase: string;
  readonly error: string;
  readonly message: string;
  readonly tls: { readonly version: string; readonly keyExchange: string } | null;
}

type Parameters = Readonly<Record<string, string | number>>;

const OPEN = "test/integration/loadtest/scripts/open.ts";
/** OpenSSL refuses what is old, unless told to be lenient. */
const LENIENT = ["-cipher", "ALL:@SECLEVEL=0"];
/** Any will do. */
const CERTIFICATE_WANTED = ["-Verify", "1"];

let certificates: Certificates;

beforeAll(() => {
  certificates = makeCertificates();
});
afterAll(() => certificates?.remove());

async function open(parameters: Parameters): Promise<Opened> {
  const run = await runK6(OPEN, {
    STEP: "connect",
    SMTP_TLS: "implicit",
    SMTP_CA: certificates.ca,
    SMTP_SERVER_NAME: SERVER_NAME,
    ...parameters,
  });
  const line = run.lines.find((text) => text.startsWith("{"));
  if (line === undefined) throw new Error(`the script told nothing:\n${run.log}`);
  return JSON.parse(line) as Opened;
}

async function openTo(kind: CertificateKind, flags: readonly string[], parameters: Parameters = {}) {
  const server = await startOpensslServer(certificates.get(kind), flags);
  try {
    return await open({ SMTP_PORT: server.ports.tls, ...parameters });
  } finally {
    await server.stop();
  }
}

describe("k6 against OpenSSL's s_server", () => {
  it.each<readonly [string, CertificateKind, readonly string[], Parameters, RegExp]>([
    ["as it comes", "good", [], {}, /1\.3/],
    ["with TLS 1.2 only", "good", ["-tls1_2"], {}, /1\.2/],
    ["with an RSA key", "rsa", [], {}, /1\.3/],
    ["with TLS 1.1, when told so", "good", ["-tls1_1", ...LENIENT], { SMTP_TLS_MIN: "1.0" }, /1\.1/],
    ["with P-384 only", "good", ["-groups", "P-384"], {}, /1\.3/],
    ["expired, when told not to look", "expired", [], { SMTP_INSECURE: "yes" }, /1\.3/],
  ])("reads the banner: %s", async (_title, kind, flags, parameters, version) => {
    const opened = await openTo(kind, flags, parameters);
    expect(opened).toMatchObject({ ok: true, code: 220, phase: "banner", error: "" });
    expect(opened.tls?.version).toMatch(version);
  });

  it.each<readonly [string, CertificateKind, readonly string[], Parameters, string, RegExp]>([
    ["expired", "expired", [], {}, "tls_certificate", /expired/],
    ["not yet valid", "not_yet_valid", [], {}, "tls_certificate", /not yet valid|expired/],
    ["of another name", "wrong_name", [], {}, "tls_certificate", /other\.mailgauge\.test/],
    ["self-signed", "self_signed", [], {}, "tls_certificate", /unknown authority|not trusted/],
    ["of an unknown authority", "untrusted_root", [], {}, "tls_certificate", /unknown authority|not trusted/],
    [
      "without its intermediate",
      "incomplete_chain",
      [],
      {},
      "tls_certificate",
      /unknown authority|not trusted/,
    ],
    ["TLS 1.1 only", "good", ["-tls1_1", ...LENIENT], {}, "tls_handshake_failed", /version/],
    [
      "TLS 1.2 only, 1.3 wanted",
      "good",
      ["-tls1_2"],
      { SMTP_TLS_MIN: "1.3" },
      "tls_handshake_failed",
      /version/,
    ],
    [
      "P-384 only, X25519 and P-256 offered",
      "good",
      ["-groups", "P-384"],
      { SMTP_KEY_EXCHANGE: "classic" },
      "tls_handshake_failed",
      /handshake/,
    ],
    [
      "breaks the handshake off: a certificate of ours is wanted",
      "good",
      ["-tls1_2", ...CERTIFICATE_WANTED],
      {},
      "tls_handshake_failed",
      /certificate|handshake/,
    ],
  ])("names what is wrong: %s", async (_title, kind, flags, parameters, error, message) => {
    const opened = await openTo(kind, flags, parameters);
    expect(opened).toMatchObject({ ok: false, code: 0, phase: "tls_handshaking", error, tls: null });
    expect(opened.message).toMatch(message);
  });

  it("shows the certificate that is wanted", async () => {
    const own = certificates.get("good");
    const opened = await openTo("good", [...CERTIFICATE_WANTED], {
      SMTP_CERT: readFileSync(own.chainFile, "utf8"),
      SMTP_KEY: readFileSync(own.keyFile, "utf8"),
    });
    expect(opened).toMatchObject({ ok: true, code: 220 });
  });
});

describe("k6 against Postfix", () => {
  it("takes no delayed acknowledgement of session tickets for the server's time", async () => {
    const postfix = await startPostfix({ certificate: certificates.get("good") });
    try {
      const run = await runK6("test/integration/loadtest/scripts/ehlo-times.ts", {
        SMTP_PORT: postfix.ports.submission,
        SMTP_CA: certificates.ca,
        SMTP_SERVER_NAME: SERVER_NAME,
      });
      const median = JSON.parse(run.lines.at(-1) ?? run.log) as Record<"1.2" | "1.3", number>;
      // TLS 1.2 has no ticket behind the handshake. A delay would be of 40 ms, where EHLO takes about 0.2.
      expect(median["1.3"]).toBeLessThan(20 * median["1.2"]);
    } finally {
      await postfix.stop();
    }
  });
});

describe("k6 against a server without TLS", () => {
  it("says that the handshake failed where TLS comes first", async () => {
    const sink = await startSmtpSink();
    try {
      const opened = await open({ SMTP_PORT: sink.ports.smtp });
      expect(opened).toMatchObject({ ok: false, phase: "tls_handshaking", error: "tls_handshake_failed" });
    } finally {
      await sink.stop();
    }
  });

  it("says that STARTTLS is not offered, and sends nothing in the clear", async () => {
    const sink = await startSmtpSink();
    try {
      const opened = await open({ SMTP_PORT: sink.ports.smtp, SMTP_TLS: "starttls", STEP: "open" });
      expect(opened).toMatchObject({ ok: false, error: "tls_not_offered" });
    } finally {
      await sink.stop();
    }
  });
});
