import type { MiddlewareHandler } from "hono";
import type { ReloadResult } from "../types.ts";
import { createBasicAuth } from "./basic-auth.ts";
import { loadWebConfig, NO_WEB_CONFIG, type WebConfig } from "./load.ts";
import { createRateLimiter } from "./rate-limit.ts";

/** The web configuration in force, and what it does to each request. */
export interface WebLayer {
  config(): WebConfig;
  readonly rateLimit: MiddlewareHandler;
  readonly authenticate: MiddlewareHandler;
  /** Reads the file again and takes it, unless `problem` finds one. Rejects with `WebConfigError`; the old one stays. */
  reload(problem: (next: WebConfig, before: WebConfig) => string | undefined): Promise<ReloadResult>;
  stop(): Promise<void>;
}

/** Without a path: no TLS, no users. Rejects with `WebConfigError`. */
export async function openWebLayer(path?: string): Promise<WebLayer> {
  const load = () => (path === undefined ? Promise.resolve(NO_WEB_CONFIG) : loadWebConfig(path));
  let config = await load();
  let isAllowed = limiterOf(config);
  const auth = createBasicAuth(() => config.users);
  return {
    config: () => config,
    rateLimit: async (c, next) => (isAllowed() ? next() : c.text("Too many requests.\n", 429)),
    authenticate: auth.middleware,
    async reload(problem) {
      const next = await load();
      const found = problem(next, config);
      if (found !== undefined) return { ok: false, problems: [found] };
      config = next;
      isAllowed = limiterOf(next);
      return { ok: true, problems: [] };
    },
    stop: () => auth.stop(),
  };
}

function limiterOf({ rateLimit }: WebConfig): () => boolean {
  return rateLimit === undefined ? () => true : createRateLimiter(rateLimit);
}
