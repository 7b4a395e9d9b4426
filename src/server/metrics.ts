import { Hono } from "hono";
import type { ServerDeps } from "./types.ts";

/** The text exposition format of Prometheus; `charset` spares old scrapers a guess. */
export const METRICS_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

export function metricsRoutes(deps: Pick<ServerDeps, "metrics">): Hono {
  const app = new Hono();
  app.get("/metrics", async (c) =>
    c.body(await deps.metrics(), 200, { "Content-Type": METRICS_CONTENT_TYPE }),
  );
  return app;
}
