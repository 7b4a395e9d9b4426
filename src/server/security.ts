import type { MiddlewareHandler } from "hono";

/**
 * The page loads its own style and script and nothing else; no inline script or style, no frame, no other origin.
 * A route may set a policy of its own, and a web configuration file may replace each of these.
 */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  "Content-Security-Policy":
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; " +
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "deny",
  // Not `no-referrer`: browsers would then send `Origin: null` with the forms of the page itself.
  "Referrer-Policy": "same-origin",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
};

export function securityHeaders(configured: () => Readonly<Record<string, string>>): MiddlewareHandler {
  return async (c, next) => {
    await next();
    const own = c.res.headers.get("Content-Security-Policy");
    const policy = own === null ? {} : { "Content-Security-Policy": own };
    for (const [name, value] of Object.entries({ ...SECURITY_HEADERS, ...policy, ...configured() })) {
      if (value === "") c.res.headers.delete(name);
      else c.res.headers.set(name, value);
    }
  };
}

/**
 * Refuses requests that change something when a browser says that another site sent them. A program sends neither
 * header and passes: it needs no trick to reach a port that it can reach.
 */
export const sameSiteOnly: MiddlewareHandler = async (c, next) => {
  const { method } = c.req;
  if (method === "GET" || method === "HEAD" || method === "OPTIONS") return next();
  const site = c.req.header("Sec-Fetch-Site");
  const origin = c.req.header("Origin");
  if (isForeign(site, origin, c.req.header("Host"))) {
    return c.text("A request from another site may not change anything here.\n", 403);
  }
  return next();
};

/**
 * The same for a probe, although it is a GET: it logs in and may send mail, and a page elsewhere could ask for a thousand
 * as images. Who follows a link to one means it.
 */
export const probedByChoice: MiddlewareHandler = async (c, next) => {
  const site = c.req.header("Sec-Fetch-Site");
  if (isForeign(site, undefined, undefined) && c.req.header("Sec-Fetch-User") !== "?1") {
    return c.text("A page of another site may not start a probe here.\n", 403);
  }
  return next();
};

/** `Sec-Fetch-Site` decides where there is one: a proxy may have changed `Host`, and then `Origin` says nothing. */
function isForeign(site: string | undefined, origin: string | undefined, host: string | undefined): boolean {
  if (site !== undefined) return site !== "same-origin" && site !== "none";
  return origin !== undefined && hostOf(origin) !== host;
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}
