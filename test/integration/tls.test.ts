import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CauseCode } from "../../src/model/codes.ts";
import type { TlsEvidence } from "../../src/model/evidence.ts";
import type { Observation } from "../../src/model/observation.ts";
import type { Relay } from "../../src/model/subject.ts";
import { type Blackbox, startBlackbox } from "../support/servers/blackbox.ts";
import {
  CERTIFICATE_KINDS,
  type CertificateKind,
  type Certificates,
  makeCertificates,
  SERVER_NAME,
} from "../support/servers/certificates.ts";
import { sampleValue } from "../support/servers/exposition.ts";
import { type Postfix, startPostfix } from "../support/servers/postfix.ts";
import { openTestObserving, relayAt, type TestObserving } from "./observing.ts";

/** OpenSSL itself refuses what is old or weak, unless told to be lenient. */
const LENIENT = { tls_medium_cipherlist: "ALL:@SECLEVEL=0", tls_high_cipherlist: "ALL:@SECLEVEL=0" };

type Listener = CertificateKind | "implicit_expired" | "tls_1_1" | "tls_1_2" | "no_forward_secrecy";

let certificates: Certificates;
let postfix: Postfix<Listener>;
let blackbox: Blackbox;
let observing: TestObserving;

function listeners(): Record<Listener, Record<string, string>> {
  const serving = (kind: CertificateKind): Record<string, string> => {
    const { chainFile, keyFile } = certificates.get(kind);
    return { smtpd_tls_cert_file: chainFile, smtpd_tls_key_file: keyFile, ...LENIENT };
  };
  const byKind = Object.fromEntries(CERTIFICATE_KINDS.map((kind) => [kind, serving(kind)])) as Record<
    CertificateKind,
    Record<string, string>
  >;
  return {
    ...byKind,
    implicit_expired: { ...serving("expired"), smtpd_tls_wrappermode: "yes" },
    tls_1_1: { ...serving("good"), smtpd_tls_protocols: "TLSv1.1" },
    tls_1_2: { ...serving("good"), smtpd_tls_protocols: "TLSv1.2" },
    no_forward_secrecy: {
      ...serving("rsa"),
      smtpd_tls_protocols: "TLSv1.2",
      tls_medium_cipherlist: "AES128-GCM-SHA256",
    },
  };
}

beforeAll(async () => {
  certificates = makeCertificates();
  postfix = await startPostfix({ certificate: certificates.get("good"), listeners: listeners() });
  blackbox = await startBlackbox({ caFile: certificates.caFile, serverName: SERVER_NAME });
  observing = openTestObserving([]);
});

afterAll(async () => {
  observing.close();
  await blackbox.stop();
  await postfix.stop();
  certificates.remove();
});

/** STARTTLS required, as on a submission port. */
function observe(listener: Listener, changes: Partial<Relay> = {}): Promise<Observation<TlsEvidence>> {
  const relay = relayAt(postfix.ports[listener], certificates.ca, { scheme: "submission", ...changes });
  return observing.observe("tls", relay);
}

function findings(seen: Observation): string[] {
  return seen.findings.map(({ id, verdict }) => `${verdict} ${id}`).toSorted();
}

describe("tls probe against certificates made by openssl, served by Postfix", () => {
  it.each<readonly [CertificateKind, readonly string[], CauseCode | undefined]>([
    ["good", ["pass tls_ok"], undefined],
    ["rsa", ["pass tls_ok"], undefined],
    ["expiring", ["pass tls_ok", "warn certificate_expires_soon"], undefined],
    ["expired", ["fail certificate_expired"], "certificate_expired"],
    ["not_yet_valid", ["fail certificate_not_yet_valid"], "certificate_not_yet_valid"],
    ["wrong_name", ["fail certificate_name_mismatch"], "certificate_name_mismatch"],
    ["self_signed", ["fail certificate_self_signed"], "certificate_untrusted"],
    ["untrusted_root", ["fail certificate_untrusted"], "certificate_untrusted"],
    ["incomplete_chain", ["fail certificate_chain_incomplete"], "certificate_untrusted"],
    ["weak_rsa", ["fail certificate_weak_key"], "certificate_weak"],
    ["sha1", ["fail certificate_weak_signature"], "certificate_weak"],
    [
      "several_faults",
      ["fail certificate_expired", "fail certificate_name_mismatch", "fail certificate_weak_key"],
      "certificate_expired",
    ],
  ])("%s: %j", async (kind, expected, cause) => {
    const seen = await observe(kind);
    expect(findings(seen)).toEqual(expected);
    if (cause !== undefined) expect(seen.cause?.code).toBe(cause);
    // Whatever stands wrong with it, what the certificate says is read.
    expect(seen.evidence.tls?.chain[0]).toMatchObject({ notAfter: certificates.get(kind).notAfter });
    expect(seen.evidence.tls?.trusted).toBe(cause === undefined);
  });

  it("warns only, where TLS is opportunistic or need not be verified", async () => {
    for (const changes of [{ scheme: "smtp" }, { tls: { verify: false } }] as const) {
      const seen = await observe("expired", changes);
      expect(findings(seen)).toContain("warn certificate_expired");
      expect(seen.verdict).toBe("warn");
    }
  });

  it("reads the certificate also under TLS from the first byte", async () => {
    const seen = await observe("implicit_expired", { scheme: "submissions" });
    expect(findings(seen)).toEqual(["fail certificate_expired"]);
    expect(seen.evidence).toMatchObject({
      tls: { chain: [{ notAfter: certificates.get("expired").notAfter }, {}] },
    });
  });
});

describe("tls probe against old ways to encrypt", () => {
  it("names TLS 1.1 as obsolete when the server has nothing newer", async () => {
    const seen = await observe("tls_1_1");
    expect(seen).toMatchObject({ verdict: "fail", cause: { code: "tls_obsolete" } });
  });

  it("is content with TLS 1.2, unless the relay is to have TLS 1.3", async () => {
    const seen = await observe("tls_1_2");
    expect(findings(seen)).toEqual(["pass tls_ok"]);
    expect(seen.evidence.tls).toMatchObject({ version: "TLSv1.2", trusted: true });
    expect(await observe("tls_1_2", { tls: { minVersion: "TLSv1.3" } })).toMatchObject({
      verdict: "fail",
      fault: { code: "tls_handshake_failed", phase: "tls" },
      cause: { code: "tls_obsolete" },
    });
  });

  it("warns of a cipher suite without forward secrecy", async () => {
    const seen = await observe("no_forward_secrecy");
    expect(findings(seen)).toEqual(["pass tls_ok", "warn tls_no_forward_secrecy"]);
  });
});

describe("tls probe agrees with blackbox_exporter", () => {
  // Go's verification does not mind a key of 1,024 bits.
  const DISAGREE: ReadonlySet<CertificateKind> = new Set(["weak_rsa"]);

  it.each(CERTIFICATE_KINDS)(
    "on success, on the earliest expiry and on the TLS version: %s",
    async (kind) => {
      const port = postfix.ports[kind];
      const [ours, verified, read] = await Promise.all([
        observe(kind),
        blackbox.probe("starttls", port, true),
        blackbox.probe("starttls", port, false),
      ]);
      if (!DISAGREE.has(kind)) {
        expect(sampleValue(verified, "probe_success")).toBe(ours.verdict === "fail" ? 0 : 1);
      }
      const chain = ours.evidence.tls?.chain ?? [];
      const earliest = Math.min(...chain.map(({ notAfter }) => notAfter));
      expect(earliest / 1000).toBe(sampleValue(read, "probe_ssl_earliest_cert_expiry"));
      const version = read.find(({ name }) => name === "probe_tls_version_info")?.labels["version"];
      expect(ours.evidence.tls?.version).toBe(version?.replace("TLS ", "TLSv"));
      const fingerprint = read.find(({ name }) => name === "probe_ssl_last_chain_info")?.labels[
        "fingerprint_sha256"
      ];
      expect(chain[0]?.fingerprint).toBe(fingerprint);
    },
  );

  it.each(["tls_1_2", "tls_1_1"] as const)("on a server of %s", async (listener) => {
    const [ours, read] = await Promise.all([
      observe(listener),
      blackbox.probe("starttls", postfix.ports[listener], true),
    ]);
    expect(sampleValue(read, "probe_success")).toBe(ours.verdict === "fail" ? 0 : 1);
  });
});
