import { hashSync } from "bcryptjs";
import { Hono } from "hono";
import { afterEach, describe, expect, it } from "vitest";
import { type BasicAuth, createBasicAuth } from "./basic-auth.ts";
import { BcryptWorker, BusyError } from "./bcrypt-worker.ts";

/** Cost 4, the least that there is: these tests are not about bcrypt. */
const HASH = hashSync("correct horse", 4);
const OTHER = hashSync("new password", 4);

const opened: BasicAuth[] = [];
afterEach(async () => {
  for (const auth of opened.splice(0)) await auth.stop();
});

function setUp(users: () => ReadonlyMap<string, string>) {
  const auth = createBasicAuth(users);
  opened.push(auth);
  const app = new Hono();
  app.use(auth.middleware);
  app.get("/", (c) => c.text("in"));
  return async (credentials?: string) => {
    const headers = credentials === undefined ? {} : { Authorization: `Basic ${btoa(credentials)}` };
    return (await app.request("/", { headers })).status;
  };
}

describe("basic authentication", () => {
  it("lets everybody in when there are no users", async () => {
    expect(await setUp(() => new Map())()).toBe(200);
  });

  it("lets in who knows the password, again and again, and nobody else", async () => {
    const ask = setUp(() => new Map([["prometheus", HASH]]));
    for (const [credentials, status] of [
      [undefined, 401],
      ["prometheus:correct horse", 200],
      ["prometheus:correct horse", 200],
      ["prometheus:wrong", 401],
      ["prometheus:wrong", 401],
      ["nobody:nobody at all", 401],
      ["prometheus:", 401],
    ] as const) {
      expect(await ask(credentials), credentials).toBe(status);
    }
  });

  it("says how to log in", async () => {
    const auth = createBasicAuth(() => new Map([["a", HASH]]));
    opened.push(auth);
    const app = new Hono().use(auth.middleware);
    const answer = await app.request("/");
    expect(answer.headers.get("WWW-Authenticate")).toBe('Basic realm="mailgauge", charset="UTF-8"');
  });

  it("asks again when a reload changed the password", async () => {
    let users = new Map([["prometheus", HASH]]);
    const ask = setUp(() => users);
    expect(await ask("prometheus:correct horse")).toBe(200);
    users = new Map([["prometheus", OTHER]]);
    expect(await ask("prometheus:correct horse")).toBe(401);
    expect(await ask("prometheus:new password")).toBe(200);
    users = new Map([["somebody", HASH]]);
    expect(await ask("prometheus:new password")).toBe(401);
  });

  it("compares once for requests that come at the same time", async () => {
    const ask = setUp(() => new Map([["prometheus", HASH]]));
    const statuses = await Promise.all(Array.from({ length: 50 }, () => ask("prometheus:correct horse")));
    expect(new Set(statuses)).toEqual(new Set([200]));
  });

  it("turns away a flood of guesses", async () => {
    const ask = setUp(() => new Map([["prometheus", HASH]]));
    const statuses = await Promise.all(Array.from({ length: 40 }, (_, guess) => ask(`prometheus:${guess}`)));
    expect(statuses.filter((status) => status === 503).length).toBeGreaterThan(0);
    expect(new Set(statuses)).toEqual(new Set([401, 503]));
    expect(await ask("prometheus:correct horse")).toBe(200);
  });

  it("goes on to let in who was in before the flood, though no comparison is free", async () => {
    const ask = setUp(() => new Map([["prometheus", HASH]]));
    expect(await ask("prometheus:correct horse")).toBe(200);
    for (let guess = 0; guess < 120; guess += 1) await ask(`prometheus:early ${guess}`);
    const flood = Array.from({ length: 40 }, (_, guess) => ask(`prometheus:${guess}`));
    expect(await ask("prometheus:correct horse")).toBe(200);
    expect(await Promise.all(flood)).toContain(503);
  });
});

describe("the bcrypt thread", () => {
  it("takes a hash that is none for a mismatch", async () => {
    const worker = new BcryptWorker();
    expect(await worker.compare("x", "not a hash")).toBe(false);
    await worker.stop();
  });

  it("rejects what waits when it stops", async () => {
    const worker = new BcryptWorker();
    const answer = worker.compare("x", hashSync("y", 4));
    const rejected = expect(answer).rejects.toThrow("stopped");
    await worker.stop();
    await rejected;
  });

  it("rejects more than may wait", async () => {
    const worker = new BcryptWorker();
    const answers = Array.from({ length: 20 }, () => worker.compare("x", HASH));
    const results = await Promise.allSettled(answers);
    const rejected = results.filter((result) => result.status === "rejected");
    expect(rejected).toHaveLength(4);
    expect(rejected[0]?.reason).toBeInstanceOf(BusyError);
    await worker.stop();
  });
});
