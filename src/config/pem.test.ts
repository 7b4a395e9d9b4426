import { createPrivateKey } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { fakeProbes } from "../../test/config/fake-probes.ts";
import { type KeyAndChain, makeCertificates } from "../lab/certificates.ts";
import { parseConfig } from "./load.ts";

let files: Record<string, string>;
let ca: string;
let client: KeyAndChain;

beforeAll(async () => {
  const certificates = await makeCertificates(["relay.example.com"]);
  ca = certificates.ca;
  client = await certificates.client("probe");
  const other = await certificates.client("other");
  const locked = createPrivateKey(client.key).export({
    type: "pkcs8",
    format: "pem",
    cipher: "aes-256-cbc",
    passphrase: "x",
  });
  files = {
    "/c/ca.pem": ca,
    "/c/cert.pem": client.cert,
    "/c/key.pem": client.key,
    "/c/other.pem": other.key,
    "/c/locked.pem": locked.toString(),
    "/c/cut.pem": ca + ca.replace(/MII.{20}/, "MII"),
  };
});

function load(tls: string) {
  return parseConfig(
    `relays: [{ name: eu, url: "submission://relay.example.com", auth: { mechanism: EXTERNAL }, tls: ${tls} }]`,
    "/c/m.yml",
    {
      probes: fakeProbes,
      env: {},
      readFile: (path) => files[path] ?? "",
    },
  );
}

describe("certificates", () => {
  it("are read for the connection, the key as a secret", () => {
    const result = load("{ ca: ca.pem, cert: cert.pem, key: key.pem }");
    const tls = result.ok ? result.config.relays[0]?.tls : undefined;
    expect(tls).toMatchObject({ ca, cert: client.cert });
    expect(tls?.key?.reveal()).toBe(client.key);
    expect(JSON.stringify(tls)).not.toContain("PRIVATE KEY");
  });

  it.each([
    ["{ cert: cert.pem, key: other.pem }", "other.pem is not the key of the certificate in cert.pem"],
    ["{ cert: cert.pem, key: locked.pem }", "locked.pem holds an encrypted key"],
    ["{ cert: cert.pem, key: ca.pem }", "ca.pem holds no private key"],
    ["{ cert: key.pem, key: key.pem }", "key.pem holds no certificate"],
    [
      "{ cert: cert.pem, key: key.pem, ca: cut.pem }",
      "cut.pem holds as number 2 a certificate that cannot be read",
    ],
  ])("%s: %s", (tls, message) => {
    const result = load(tls);
    expect(result.ok ? [] : result.problems.map((problem) => problem.message)).toEqual([message]);
  });
});
