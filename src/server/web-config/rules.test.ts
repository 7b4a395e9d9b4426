import { describe, expect, it } from "vitest";
import { parseBasic } from "./basic-auth.ts";
import { accepts, subjectAltNames } from "./client-certificate.ts";
import { createRateLimiter } from "./rate-limit.ts";

describe("the policy for client certificates", () => {
  const none = { given: false, verified: false, sans: [] };
  const bad = { given: true, verified: false, sans: ["a.example"] };
  const good = { given: true, verified: true, sans: ["a.example"] };

  it.each([
    ["NoClientCert", none, true],
    ["NoClientCert", bad, true],
    ["RequestClientCert", none, true],
    ["RequestClientCert", bad, true],
    ["RequireAnyClientCert", none, false],
    ["RequireAnyClientCert", bad, true],
    ["RequireClientCert", none, false],
    ["VerifyClientCertIfGiven", none, true],
    ["VerifyClientCertIfGiven", bad, false],
    ["VerifyClientCertIfGiven", good, true],
    ["RequireAndVerifyClientCert", none, false],
    ["RequireAndVerifyClientCert", bad, false],
    ["RequireAndVerifyClientCert", good, true],
  ] as const)("%s with %j: %s", (clientAuth, certificate, expected) => {
    expect(accepts({ clientAuth }, certificate)).toBe(expected);
  });

  it("takes one of the allowed names only", () => {
    const policy = { clientAuth: "RequireAndVerifyClientCert", allowedSans: ["a.example"] } as const;
    expect(accepts(policy, good)).toBe(true);
    expect(accepts(policy, { ...good, sans: ["b.example"] })).toBe(false);
    expect(accepts(policy, { ...good, sans: [] })).toBe(false);
  });

  it.each([
    [undefined, [], "no extension"],
    ["DNS:a.example, DNS:b.example", ["a.example", "b.example"], "names"],
    ["IP Address:192.0.2.1, URI:spiffe://x/y", ["192.0.2.1", "spiffe://x/y"], "an address, a URI"],
    ['DNS:"evil.example, DNS:a.example"', [], "a separator within a name is quoted: no name at all"],
    ["othername:<unsupported>", [], "nothing that can be compared"],
  ])("reads %j", (text, expected, _reason) => {
    expect(subjectAltNames(text)).toEqual(expected);
  });
});

describe("an Authorization header", () => {
  const encode = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`;

  it.each([
    [encode("user:pass"), { user: "user", password: "pass" }, "as in RFC 7617"],
    [encode("user:pa:ss"), { user: "user", password: "pa:ss" }, "the first colon parts them"],
    [encode("ü:ß"), { user: "ü", password: "ß" }, "UTF-8"],
    [encode(":"), { user: "", password: "" }, "empty"],
    [encode("user"), undefined, "no colon"],
    [encode(`u:${"x".repeat(2000)}`), undefined, "too long"],
    ["Bearer abc", undefined, "another scheme"],
    ["Basic !!!", undefined, "no base64"],
    [undefined, undefined, "none"],
  ])("%j", (header, expected, _reason) => {
    expect(parseBasic(header)).toEqual(expected);
  });
});

describe("the rate limit", () => {
  it("saves up a burst, then lets one through each interval", () => {
    let now = 0;
    const isAllowed = createRateLimiter({ intervalMs: 100, burst: 2 }, () => now);
    expect([isAllowed(), isAllowed(), isAllowed()]).toEqual([true, true, false]);
    now = 100;
    expect([isAllowed(), isAllowed()]).toEqual([true, false]);
    now = 10_000;
    expect([isAllowed(), isAllowed(), isAllowed()]).toEqual([true, true, false]);
  });

  it("lets nothing through without a burst, as in Go", () => {
    expect(createRateLimiter({ intervalMs: 1, burst: 0 })()).toBe(false);
  });
});
