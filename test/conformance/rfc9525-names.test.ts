import { createSecureContext } from "node:tls";
import { describe, expect, it } from "vitest";

import { makeCertificates } from "../../src/lab/certificates.ts";
import { matchesServerName } from "../../src/standards/tls/match-name.ts";
import { serveSmtp } from "../support/scripted-smtp.ts";
import { testClient } from "../support/smtp-client.ts";

/** What a handshake with a server of these names says, the certificate being sound apart from its names. */
async function trusted(serverName: string, dnsNames: readonly string[]): Promise<boolean | undefined> {
  const authority = await makeCertificates(dnsNames);
  const { key, cert } = await authority.get("good");
  const server = await serveSmtp(
    {},
    { secureContext: createSecureContext({ key, cert }), implicitTls: true },
  );
  const session = await testClient().dial({
    port: server.port,
    implicitTls: true,
    tls: { ca: authority.ca, serverName },
  });
  await session.quit();
  return session.tls?.trusted;
}

/** RFC 9525, with the examples of RFC 6125 section 6.4.3 where it keeps or forbids them. */
const NAMES: readonly (readonly [server: string, certificate: string, matches: boolean, why: string])[] = [
  ["www.example.com", "www.example.com", true, "6.3: the same labels"],
  ["WWW.Example.COM", "www.example.com", true, "6.3: without regard to case"],
  ["www.example.com", "example.com", false, "6.3: all labels must match"],
  ["foo.example.com", "*.example.com", true, "6.3: a wildcard for the left-most label"],
  ["bar.foo.example.com", "*.example.com", false, "6.3: it stands for one label only"],
  ["example.com", "*.example.com", false, "6.3: and not for none"],
  ["foo.bar.example.com", "foo.*.example.com", false, "6.3: nowhere but at the left"],
  ["foo.example.com", "*.*.com", false, "6.3: once only"],
  ["baz1.example.net", "baz*.example.net", false, "6.3: not beside other characters, as RFC 6125 allowed"],
  ["foobaz.example.net", "*baz.example.net", false, "6.3: not beside other characters, as RFC 6125 allowed"],
  ["buzz.example.net", "b*z.example.net", false, "6.3: not beside other characters, as RFC 6125 allowed"],
  ["xn--caf-dma.example.com", "xn--caf-dma.example.com", true, "6.3: A-labels are compared as they are"],
  ["xn--caf-dma.example.com", "*.example.com", true, "6.3: an A-label is a label"],
  ["xn--caf-dma.example.com", "xn--caf*.example.com", false, "6.3: no wildcard within an A-label"],
];

describe("RFC 9525 section 6: does the certificate name the server", () => {
  it.each(NAMES)("%s against %s: %s (%s)", async (server, certificate, matches) => {
    const presented = { dnsNames: [certificate], ipAddresses: [] };
    expect(matchesServerName(server, presented)).toBe(matches);
    // What decides about trust on the wire is OpenSSL: the two must not disagree.
    expect(await trusted(server, [certificate])).toBe(matches);
  });

  describe("6.4: addresses", () => {
    /** For `localhost` and, as iPAddress, the loopback addresses. */
    const own = ["localhost", "192.0.2.1"];

    it.each([
      ["127.0.0.1", true, "the octets of an iPAddress"],
      ["::1", true, "an IPv6 address, too"],
      ["0:0:0:0:0:0:0:1", true, "octets, not spelling"],
      ["127.0.0.2", false, "another address"],
      ["192.0.2.1", false, "an address in a dNSName is none"],
    ])("%s: %s (%s)", async (server, matches) => {
      const presented = { dnsNames: own, ipAddresses: ["127.0.0.1", "0:0:0:0:0:0:0:1"] };
      expect(matchesServerName(server, presented)).toBe(matches);
      expect(await trusted(server, own)).toBe(matches);
    });
  });
});
