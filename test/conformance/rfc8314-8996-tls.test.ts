import { Buffer } from "node:buffer";
import { describe, expect, it } from "vitest";

import { tlsPolicy } from "../../probes/common/tls-policy.ts";
import { MAILBOX_SCHEMES, parseServiceUrl, RELAY_SCHEMES } from "../../src/config/service-url.ts";
import { FaultError } from "../../src/model/observation.ts";
import { Secret } from "../../src/model/secret.ts";
import type { Relay, RelayScheme, TlsSettings } from "../../src/model/subject.ts";
import { obsoleteVersion } from "../../src/standards/tls/strength.ts";
import { follow } from "../support/rfc-dialogue.ts";
import { type ServerEnd, serverContext, serveSmtp } from "../support/scripted-smtp.ts";
import { testClient } from "../support/smtp-client.ts";

const secureContext = await serverContext();

const relay = (scheme: RelayScheme, tls: TlsSettings = {}): Relay => ({
  kind: "relay",
  name: "r",
  labels: {},
  scheme,
  host: "mail.example.com",
  port: 1,
  helo: "client.example.com",
  from: "a@example.com",
  to: ["b@example.net"],
  auth: { username: "u", password: new Secret("p") },
  tls,
});

describe("RFC 8314: TLS for access and submission", () => {
  it.each([
    ["submissions://mail.example.com", 465, "3.3 and 7.3: implicit TLS"],
    ["submission://mail.example.com", 587, "3.3: STARTTLS, as it was before"],
    ["smtp://mail.example.com", 25, "1: relaying is not its subject"],
  ])("%s is port %i (%s)", (url, port) => {
    expect(parseServiceUrl(url, RELAY_SCHEMES)).toMatchObject({ port });
  });

  it.each([
    ["imaps://mail.example.com", 993, "3.2"],
    ["pop3s://mail.example.com", 995, "3.1"],
  ])("%s is port %i (%s)", (url, port) => {
    expect(parseServiceUrl(url, MAILBOX_SCHEMES)).toMatchObject({ port });
  });

  it.each<[RelayScheme, boolean, string, string]>([
    ["submissions", true, "implicit", "3: TLS is negotiated at once, and STARTTLS is not used"],
    ["submission", true, "required", "5.2: no falling back to the clear"],
    ["submission", false, "required", "5.2: no falling back to the clear"],
    ["smtp", true, "required", "4.1: no password without TLS, whatever the port"],
    ["smtp", false, "opportunistic", "1: relaying is not its subject"],
  ])("%s with credentials %s: TLS is %s (%s)", (scheme, credentials, policy) => {
    expect(tlsPolicy(relay(scheme), credentials)).toBe(policy);
  });

  it("section 3: with implicit TLS the handshake comes before the greeting", async () => {
    const dialogue = `
      *: TLS
      S: 220 mail.example.com ESMTP
      C: EHLO client.example.com
      S: 250-mail.example.com
      S: 250 AUTH PLAIN
      C: AUTH PLAIN AHUAcA==
      S: 235 2.7.0 ok`;
    await follow(
      dialogue,
      async (session) => {
        expect(session.banner.code).toBe(220);
        expect(session.tls?.version).toMatch(/^TLSv1\.[23]$/);
        await session.ehlo("client.example.com");
        await session.auth({ username: "u", password: new Secret("p") });
      },
      { secureContext, dial: { implicitTls: true } },
    );
  });
});

interface Hello {
  readonly legacyVersion: number;
  /** From the extension supported_versions (RFC 8446 section 4.2.1). */
  readonly versions: ReadonlySet<number>;
  /** From the extension server_name (RFC 6066 section 3). */
  readonly serverName?: string;
}

/** The fields of a ClientHello that say what the client would take (RFC 8446 section 4.1.2). */
function readHello(message: Buffer): Hello {
  let at = 4; // type and length
  const take = (size: number): Buffer => message.subarray(at, (at += size));
  const number = (size: number): number => take(size).readUIntBE(0, size);
  const legacyVersion = number(2);
  take(32); // random
  take(number(1)); // session id
  take(number(2)); // cipher suites
  take(number(1)); // compression
  number(2); // length of the extensions
  const extensions = new Map<number, Buffer>();
  while (at < message.length) {
    const type = number(2);
    extensions.set(type, take(number(2)));
  }
  const offered = extensions.get(43)?.subarray(1) ?? Buffer.alloc(0);
  const versions = Array.from({ length: offered.length / 2 }, (_, i) => offered.readUInt16BE(2 * i));
  const name = extensions.get(0)?.subarray(5).toString("latin1");
  return { legacyVersion, versions: new Set(versions), ...(name === undefined ? {} : { serverName: name }) };
}

/** The first message of our client, as a server sees it. */
async function helloOf(tls: TlsSettings): Promise<Hello> {
  const heard: Hello[] = [];
  const listen = async (end: ServerEnd): Promise<void> => {
    const head = Buffer.from(await end.octets(5), "latin1");
    heard.push(readHello(Buffer.from(await end.octets(head.readUInt16BE(3)), "latin1")));
    end.hangUp();
  };
  const server = await serveSmtp({ banner: listen });
  await expect(testClient().dial({ port: server.port, implicitTls: true, tls })).rejects.toThrow(FaultError);
  const [hello] = heard;
  if (hello === undefined) throw new Error("no ClientHello");
  return hello;
}

describe("RFC 8996: TLS 1.0 and 1.1 are over", () => {
  it.each([
    ["SSLv2", true, "RFC 6176"],
    ["SSLv3", true, "RFC 7568"],
    ["TLSv1", true, "section 4"],
    ["TLSv1.1", true, "section 5"],
    ["TLSv1.2", false, "in use"],
    ["TLSv1.3", false, "in use"],
  ])("%s is obsolete: %s (%s)", (version, obsolete) => {
    expect(obsoleteVersion(version)).toBe(obsolete);
  });

  it("sections 4 and 5: our ClientHello offers neither", async () => {
    const { legacyVersion, versions } = await helloOf({});
    expect(legacyVersion).toBe(0x0303);
    expect(versions).toEqual(new Set([0x0303, 0x0304]));
  });

  it("an operator may ask for them, to see what a server still takes", async () => {
    const { versions } = await helloOf({ minVersion: "TLSv1" });
    expect(versions).toEqual(new Set([0x0301, 0x0302, 0x0303, 0x0304]));
    expect((await helloOf({ minVersion: "TLSv1.3" })).versions).toEqual(new Set([0x0304]));
  });
});

describe("RFC 6066 section 3: server_name", () => {
  it("names the host, without the final dot", async () => {
    expect(await helloOf({ serverName: "mail.example.com." })).toMatchObject({
      serverName: "mail.example.com",
    });
  });

  it.each(["192.0.2.1", "2001:db8::1"])("is left out for the address %s", async (serverName) => {
    expect(await helloOf({ serverName })).not.toHaveProperty("serverName");
  });
});
