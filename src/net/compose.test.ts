import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { SeedOptions } from "../model/probe.ts";
import { SeedComposer } from "./compose.ts";
import { mintToken, readToken } from "./seed-token.ts";

const KEY = Buffer.alloc(32, 7);
const NOW = Date.UTC(2026, 10, 22, 14, 0, 0);
const OPTIONS: SeedOptions = { from: "probe@x.test", to: ["seed@y.test"], route: "x-to-y" };

async function compose(options: Partial<SeedOptions> = {}, composer = new SeedComposer(KEY)) {
  const { bytes, ...rest } = await composer.compose({ ...OPTIONS, ...options }, NOW);
  const text = Buffer.from(bytes).toString("latin1");
  const end = text.indexOf("\r\n\r\n");
  // Unfolded as RFC 5322 section 2.2.3 asks.
  const headers = text
    .slice(0, end)
    .replace(/\r\n(?=[ \t])/g, "")
    .split("\r\n");
  return { ...rest, text, headers, body: text.slice(end + 4) };
}

describe("SeedComposer", () => {
  it("composes a message that can be found again and that no one answers", async () => {
    const { headers, token, messageId, body } = await compose();
    expect(headers).toEqual(
      expect.arrayContaining([
        "From: probe@x.test",
        "To: seed@y.test",
        `Subject: Mailgauge probe ${token}`,
        "Date: Sun, 22 Nov 2026 14:00:00 +0000",
        `Message-ID: ${messageId}`,
        `X-Mailgauge-Token: ${token}`,
        "Auto-Submitted: auto-generated",
        "X-Auto-Response-Suppress: All",
      ]),
    );
    expect(messageId).toBe(`<${token}@x.test>`);
    expect(readToken(token, ["other", "x-to-y"], KEY)).toEqual({ route: "x-to-y", sequence: 1, sentAt: NOW });
    expect(body).toMatch(/^This message was sent by Mailgauge/);
  });

  it("changes nothing but date, id and token from one message to the next", async () => {
    const composer = new SeedComposer(KEY);
    const one = await compose({}, composer);
    const two = await compose({}, composer);
    expect(two.token).not.toBe(one.token);
    expect(two.text.replaceAll(two.token, one.token)).toBe(one.text);
    expect((await compose({ route: "other" }, composer)).body).not.toBe(one.body);
  });

  it.each([
    ["a long one", "A subject of some length, that leaves no room beside it for a token"],
    ["one outside ASCII", "Pr\u00fcfung der Zustellung f\u00fcr alle Empf\u00e4nger und noch mehr"],
    ["a replacement pattern", "costs $1 $& $$"],
    ["none", ""],
  ])("keeps the token whole beside %s as subject", async (_, subject) => {
    const { headers, token, text } = await compose({ subject });
    expect(headers.find((line) => line.startsWith("Subject: "))).toMatch(
      new RegExp(`^Subject: .+ ${token}$`),
    );
    expect(text.split("\r\n").every((line) => line.length <= 78)).toBe(true);
    expect(text.replaceAll("\r\n", "")).not.toMatch(/[\r\n]/);
  });

  it("names an author and a domain also for the null sender", async () => {
    const { headers, messageId } = await compose({ from: "" });
    expect(headers).toContain("From: seed@y.test");
    expect(messageId).toMatch(/@y\.test>$/);
  });

  it.each(["a@x.test\r\nBcc: victim@z.test", '"a\r\nBcc: victim@z.test" <a@x.test>'])(
    "lets no header in with the address %j",
    async (from) => {
      expect((await compose({ from })).headers.filter((line) => line.startsWith("Bcc"))).toEqual([]);
    },
  );

  it("signs with a key of its own when none is given", async () => {
    const { token } = await compose({}, new SeedComposer());
    expect(readToken(token, ["x-to-y"], KEY)).toBeUndefined();
  });
});

describe("a token", () => {
  const origin = fc.record({
    route: fc.string(),
    sequence: fc.nat(),
    sentAt: fc.nat({ max: 8_640_000_000_000_000 }),
  });

  it("is read as it was minted, and fits into any header", () => {
    fc.assert(
      fc.property(origin, (seed) => {
        const token = mintToken(seed, KEY);
        expect(token).toMatch(/^[a-z0-9-]{1,80}$/);
        expect(readToken(token, [seed.route], KEY)).toEqual(seed);
      }),
    );
  });

  it("is not read when anything about it was changed", () => {
    fc.assert(
      fc.property(origin, fc.nat(), fc.constantFrom("0", "1", "z", "-", ""), (seed, at, by) => {
        const token = mintToken(seed, KEY);
        const i = at % token.length;
        const changed = token.slice(0, i) + by + token.slice(i + 1);
        if (changed !== token) expect(readToken(changed, [seed.route], KEY)).toBeUndefined();
      }),
    );
  });

  it.each(["", "mg-", "mg-1-2-3-4", "mg-z-z-00000000-000000000000000000000000"])("is not %j", (text) => {
    expect(readToken(text, ["x-to-y"], KEY)).toBeUndefined();
  });
});
