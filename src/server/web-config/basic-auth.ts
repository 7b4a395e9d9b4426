import { createHmac, randomBytes } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import { BcryptWorker, BusyError } from "./bcrypt-worker.ts";

/** Answers that are remembered: a scraper comes every few seconds, and bcrypt is slow on purpose. */
const MAX_REMEMBERED = 100;

/** Longest user name and password together; bcrypt itself looks at 72 bytes of the password. */
const MAX_CREDENTIALS = 1024;

/** Compared with when the user does not exist, so that the time of an answer does not tell who does. */
const NOBODY = "$2b$10$1iArCxsJ3gPY.ti0URFvQ.0qtqxTQLSlLDK8v.uHx69oFSVrpN2MW";

export interface BasicAuth {
  readonly middleware: MiddlewareHandler;
  stop(): Promise<void>;
}

/**
 * Basic authentication (RFC 7617) against bcrypt hashes, read anew for each request. Credentials are remembered only
 * as an HMAC under a key of this process, together with the hash, so that a changed password is asked again.
 */
export function createBasicAuth(users: () => ReadonlyMap<string, string>): BasicAuth {
  const worker = new BcryptWorker();
  const key = randomBytes(32);
  /** Apart from the others, or a flood of guesses would push out who is known, and find the worker busy for them. */
  const admitted = new Map<string, Promise<boolean>>();
  const others = new Map<string, Promise<boolean>>();

  function check(user: string, password: string): Promise<boolean> {
    const hash = users().get(user);
    const digest = createHmac("sha256", key)
      .update(JSON.stringify([user, hash ?? "", password]))
      .digest("base64");
    const known = admitted.get(digest) ?? others.get(digest);
    if (known !== undefined) return known;
    const answer = worker.compare(password, hash ?? NOBODY).then((same) => same && hash !== undefined);
    remember(others, digest, answer);
    answer.then(
      (isRight) => {
        if (isRight) remember(admitted, digest, answer);
      },
      () => others.delete(digest),
    );
    return answer;
  }

  return {
    async middleware(c, next) {
      if (users().size === 0) return next();
      const credentials = parseBasic(c.req.header("Authorization"));
      const answer =
        credentials === undefined ? false : await check(credentials.user, credentials.password).catch(busy);
      if (answer === true) return next();
      if (answer === "busy") return c.text("Too many requests without valid credentials.\n", 503);
      return c.text("Unauthorized\n", 401, {
        "WWW-Authenticate": 'Basic realm="mailgauge", charset="UTF-8"',
      });
    },
    stop: () => worker.stop(),
  };
}

function remember(answers: Map<string, Promise<boolean>>, digest: string, answer: Promise<boolean>): void {
  answers.set(digest, answer);
  for (const oldest of answers.keys()) {
    if (answers.size <= MAX_REMEMBERED) break;
    answers.delete(oldest);
  }
}

function busy(error: unknown): "busy" {
  if (error instanceof BusyError) return "busy";
  throw error;
}

/** `Basic base64(user:password)`; the first colon parts them. */
export function parseBasic(header: string | undefined): { user: string; password: string } | undefined {
  const [, encoded] = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(header ?? "") ?? [];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, "base64").toString("utf8");
  const colon = text.indexOf(":");
  if (colon < 0 || text.length > MAX_CREDENTIALS) return undefined;
  return { user: text.slice(0, colon), password: text.slice(colon + 1) };
}
