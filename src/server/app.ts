import { Hono } from "hono";
import { apiRoutes } from "./api/routes.ts";
import { healthRoutes } from "./health.ts";
import { loadReportRoutes } from "./load-report.ts";
import { metricsRoutes } from "./metrics.ts";
import { pageRoutes } from "./page/routes.ts";
import { probeRoutes } from "./probe/routes.ts";
import { serviceDiscoveryRoutes } from "./sd.ts";
import { sameSiteOnly, securityHeaders } from "./security.ts";
import type { ReloadResult, ServerDeps } from "./types.ts";
import type { WebLayer } from "./web-config/layer.ts";

export interface AppParts {
  readonly deps: ServerDeps;
  readonly web: WebLayer;
  /** Reads everything again, the web configuration included. */
  readonly reload: () => Promise<ReloadResult>;
  /** Aborts when the server stops. */
  readonly stopping: AbortSignal;
}

/** All routes, as one function of a request: `app.request("/metrics")` tests it without a port. */
export function createApp({ deps, web, reload, stopping }: AppParts): Hono {
  const app = new Hono();
  app.use(securityHeaders(() => web.config().headers));
  app.use(web.rateLimit);
  app.use(web.authenticate);
  app.use(sameSiteOnly);
  app.route("/", healthRoutes(deps, reload));
  app.route("/", metricsRoutes(deps));
  app.route("/", probeRoutes(deps, stopping));
  app.route("/", serviceDiscoveryRoutes(deps));
  app.route("/", apiRoutes(deps));
  app.route("/", loadReportRoutes(deps));
  app.route("/", pageRoutes(deps));
  app.notFound((c) => c.text("There is nothing here. Try / or /metrics.\n", 404));
  app.onError((error, c) => {
    deps.onError?.(error);
    return c.text("Internal error; the log has the details.\n", 500);
  });
  return app;
}
